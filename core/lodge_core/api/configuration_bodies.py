"""Bodies of the configuration resources, made from what a file may say: keys instead of names."""

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from lodge_platform.api import Body, ObjectKey
from lodge_platform.configuring.kind import ConfigurationKind
from lodge_platform.schema.terms import term_of

_Field = tuple[str, Any, Any]
Keys = Annotated[
    list[ObjectKey], Meta(max_length=10_000, description="Keys of all that belong to it.")
]


def whole_body(kind: ConfigurationKind) -> type[Struct]:
    """What a POST and a PUT say: a whole row; optional fields take their default."""
    said = f"A whole {kind.word}; a field that is left out has its default."
    return _struct(f"Whole{_camel(kind)}", said, _fields(kind, is_whole=True))


def changed_body(kind: ConfigurationKind) -> type[Struct]:
    """What a PATCH says: the fields to change."""
    said = f"The fields of a {kind.word} to change."
    return _struct(f"Changed{_camel(kind)}", said, _fields(kind, is_whole=False))


def members_field(kind: ConfigurationKind, field: str) -> str:
    """The name under which the keys of a list part are given: `member_ids` for `members`."""
    return f"{field.removesuffix('s')}_ids"


def _fields(kind: ConfigurationKind, *, is_whole: bool) -> list[_Field]:
    if kind.columns is not None:
        return _document_field(is_whole=is_whole)
    hints = get_type_hints(kind.said, include_extras=True)
    references = {reference.field: reference.column for reference in kind.references}
    parts = {part.field: part for part in kind.parts}
    found: list[_Field] = []
    for field in msgspec.structs.fields(kind.said):
        hint: Any = hints[field.name]
        is_required = field.required and is_whole
        if field.name in parts:
            if parts[field.name].bring_keys is not None:
                found.append(_field(members_field(kind, field.name), Keys, is_required=False))
            continue
        if field.name in kind.never_out:
            continue
        name = references.get(field.name, field.name)
        column = kind.table.c[name]
        if field.name in references:
            hint = Union[ObjectKey, None] if column.nullable else ObjectKey  # noqa: UP007
        term = term_of(column)
        described = Annotated[_given(hint), Meta(description=term.meaning if term else "")]
        found.append(_field(name, described, is_required=is_required))
    return found


def _document_field(*, is_whole: bool) -> list[_Field]:
    text = Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1_000_000,
            description="The file itself, YAML; it says name, department, kind and position.",
        ),
    ]
    return [_field("document", text, is_required=is_whole)]


def _field(name: str, hint: Any, *, is_required: bool) -> _Field:
    return (name, hint, msgspec.NODEFAULT) if is_required else (name, hint | UnsetType, UNSET)


def _given(hint: Any) -> Any:
    """The type without the case that nothing is said."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    members = [one for one in get_args(hint) if one is not UnsetType]
    joined = members[0]
    for one in members[1:]:
        joined = joined | one
    return joined


def _struct(name: str, said: str, fields: list[_Field]) -> type[Struct]:
    required = [one for one in fields if one[2] is msgspec.NODEFAULT]
    others = [one for one in fields if one[2] is not msgspec.NODEFAULT]
    return msgspec.defstruct(
        name,
        [*((field, hint) for field, hint, _ in required), *others],
        bases=(Body,),
        module=__name__,
        namespace={"__doc__": said},
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )


def _camel(kind: ConfigurationKind) -> str:
    return "".join(word.capitalize() for word in kind.word.split())
