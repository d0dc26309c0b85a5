"""Bodies in XML, read as the same values that JSON would say: what an element means, its type says.

In a struct an element is a field, in a list an `item`, in a map an `entry` with a `name` (or an
element of that name). A list may also be written by repeating its own element. xsi:nil is null.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec import inspect as kinds

from lodge_platform.api import problem_types as types
from lodge_platform.api.bodies import refuse_unkeepable
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.api.xml_tree import Node, tree_of
from lodge_platform.api.xml_words import body_of

_INTEGER = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
LISTS = (
    kinds.ListType,
    kinds.VarTupleType,
    kinds.TupleType,
    kinds.SetType,
    kinds.FrozenSetType,
    kinds.CollectionType,
)


def values_of(
    content: bytes, kind: type[Struct], *, roots: Iterable[str] = (), charset: str | None = None
) -> Any:
    """The values that an XML body says, for `kind`; its own name and `roots` may be the root's.

    Raises ApiProblem 400 for what is no XML, 422 for what can be no value of such a body.
    """
    root = tree_of(content, charset)
    allowed = sorted({body_of(kind), f"{body_of(kind)}_body", *roots})
    if root.name not in allowed:
        raise _refused(root.name, f"The root element here is {' or '.join(allowed)}.", allowed)
    value = _value(root, struct_type(kind), "")
    refuse_unkeepable(value)
    return value


@cache
def struct_type(kind: type[Struct]) -> kinds.Type:
    """What a struct's fields are."""
    return kinds.type_info(kind)


def members_of(kind: kinds.Type) -> list[kinds.Type]:
    """What a value may be: the members of a union, else the one type; without its bounds."""
    if isinstance(kind, kinds.Metadata):
        return members_of(kind.type)
    if isinstance(kind, kinds.UnionType):
        return [inner for one in kind.types for inner in members_of(one)]
    return [kind]


def item_of(kind: kinds.Type) -> kinds.Type:
    """What a list holds."""
    found = getattr(kind, "item_type", None)
    return found if isinstance(found, kinds.Type) else _ANY


def _value(node: Node, kind: kinds.Type, path: str) -> Any:
    if node.is_nil:
        return None
    members = members_of(kind)
    fitting = [one for one in members if _fits(node, one)] or [_ANY]
    chosen = fitting[0]
    if isinstance(chosen, kinds.StructType):
        return _struct(node, chosen, path)
    if isinstance(chosen, kinds.DictType):
        return _map(node, chosen.value_type, path)
    if isinstance(chosen, LISTS):
        return _list(node, item_of(chosen), path)
    if isinstance(chosen, kinds.AnyType | kinds.RawType):
        return _free(node, path)
    return _scalar(node, fitting)


_ANY = kinds.AnyType()


def _fits(node: Node, kind: kinds.Type) -> bool:
    """Whether the element can be of that type, by its form and what xsi:type says."""
    if isinstance(kind, kinds.AnyType | kinds.RawType):
        return True
    if isinstance(kind, kinds.NoneType):
        return False
    if isinstance(kind, LISTS):
        return node.type in (None, "list")
    if isinstance(kind, kinds.StructType | kinds.DictType):
        return node.type in (None, "map") and (bool(node.children) or node.is_blank)
    if node.children or node.type in ("list", "map"):
        return False
    if node.type == "number":
        return isinstance(kind, kinds.IntType | kinds.FloatType | kinds.DecimalType)
    if node.type == "boolean":
        return isinstance(kind, kinds.BoolType)
    return node.type is None or not isinstance(
        kind, kinds.IntType | kinds.FloatType | kinds.BoolType
    )


def _struct(node: Node, kind: kinds.StructType, path: str) -> dict[str, Any]:
    fields = {one.encode_name: one.type for one in kind.fields}
    found: dict[str, Any] = {}
    for name, given in _grouped(node.children).items():
        inner = fields.get(name, _ANY)
        at = f"{path}.{name}".lstrip(".")
        if len(given) == 1:
            found[name] = _value(given[0], inner, at)
            continue
        lists = [one for one in members_of(inner) if isinstance(one, LISTS)]
        if not lists:
            raise _refused(at, "This element is there twice.")
        item = item_of(lists[0])
        found[name] = [_value(one, item, f"{at}[{number}]") for number, one in enumerate(given)]
    return found


def _list(node: Node, item: kinds.Type, path: str) -> list[Any]:
    children = node.children
    if all(child.name == "item" for child in children) and node.is_blank:
        return [_value(child, item, f"{path}[{number}]") for number, child in enumerate(children)]
    return [_value(node, item, f"{path}[0]")]  # a list of one, by its own element


def _map(node: Node, kind: kinds.Type, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in node.children:
        name = child.key if child.name == "entry" and child.key is not None else child.name
        at = f"{path}.{name}".lstrip(".")
        if name in found:
            raise _refused(at, "This entry is there twice.")
        found[name] = _value(child, kind, at)
    return found


def _free(node: Node, path: str) -> Any:
    """A value of any form: what xsi:type says, else a list, a map or text, by its form."""
    names = {child.name for child in node.children}
    if node.type == "list" or (node.type is None and names == {"item"}):
        return _list(node, _ANY, path)
    if node.type == "map" or (node.type is None and names):
        return _map(node, _ANY, path)
    if node.children:
        raise _refused(path, f"A {node.type} has no elements in it.")
    if node.type in ("number", "boolean"):
        found = _boolean(node) if node.type == "boolean" else _number(node)
        if found is None:
            raise _refused(path, f"This is no {node.type}.")
        return found
    return node.text


def _scalar(node: Node, members: list[kinds.Type]) -> Any:
    """The number or truth that the text says where one is declared, else the text."""
    if any(isinstance(one, kinds.StrType) for one in members):
        return node.text
    for kind, read in _READERS:
        if any(isinstance(one, kind) for one in members):
            found = read(node)
            if found is not None:
                return found
    return node.text


def _integer(node: Node) -> int | None:
    said = node.text.strip()
    return int(said) if _INTEGER.fullmatch(said) else None


def _number(node: Node) -> int | float | None:
    said = node.text.strip()
    if _INTEGER.fullmatch(said):
        return int(said)
    try:
        return msgspec.json.decode(said) if _NUMBER.fullmatch(said) else None
    except msgspec.DecodeError:
        return None  # a number that none of ours can be


def _boolean(node: Node) -> bool | None:
    return _TRUTHS.get(node.text.strip())


_READERS: tuple[tuple[type[kinds.Type], Callable[[Node], Any]], ...] = (
    (kinds.IntType, _integer),
    (kinds.FloatType, _number),
    (kinds.BoolType, _boolean),
)


def _grouped(children: list[Node]) -> Mapping[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for child in children:
        found.setdefault(child.name, []).append(child)
    return found


def _refused(field: str, detail: str, allowed: Iterable[str] = ()) -> ApiProblem:
    errors = [field_error(field or "body", detail, allowed)]
    return ApiProblem(types.INVALID_BODY, f"{field or 'body'}: {detail}", errors=errors)
