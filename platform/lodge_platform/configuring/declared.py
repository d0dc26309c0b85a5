"""Read a declared language: a file as values of typed structs, each refusal naming its line.

    workflow = read_declared(Workflow, document, Place("triage.yaml"))

The struct is the language: its fields are the entries, its annotations the values they may have.
A list may be written as one value where its members are single values. Blanks around a text are
not part of it, unless its type says a least length: then it is taken as it is written.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lodge_platform.configuring.lines import (
    DECIMAL,
    INTEGER,
    Place,
    described,
    entries,
    is_null,
    items,
    text_of,
)
from lodge_platform.errors import nearest

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
Check = Callable[[msgspec.Struct, Node, Place], None]
_MOST_DIGITS = 18


def read_struct(
    kind: type[_Struct], node: Node, place: Place, *, check: Check | None = None
) -> _Struct:
    """The value that a node declares. `check` is called with every struct made, inner ones first,
    to refuse what types alone cannot. Raises RefusedError naming line, place and allowed values.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    given = entries(node, place, allowed=fields)
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            values[field.name] = _value(hints[field.name], given[name], place.at(name), check)
        elif field.required:
            raise place.refusal(node, f"{name!r} is missing")
    made = kind(**values)
    if check is not None:
        check(made, node, place)
    return made


def _value(kind: Any, node: Node, place: Place, check: Check | None) -> Any:
    kind, limits = _bare(kind)
    if is_null(node):
        raise place.refusal(node, "nothing is written here; give a value or leave the line out")
    if get_origin(kind) is tuple:
        return _list(get_args(kind)[0], limits, node, place, check)
    if get_origin(kind) is dict:
        return _texts(node, place)
    if issubclass(kind, msgspec.Struct):
        return read_struct(kind, node, place, check=check)
    if not isinstance(node, ScalarNode):
        raise place.refusal(node, f"{described(node)} where one value is wanted")
    return _scalar(kind, limits, node, place)


def _list(kind: Any, limits: Any, node: Node, place: Place, check: Check | None) -> tuple[Any, ...]:
    """A list, or one value standing for a list of one. Lists of things are lists, and may be empty
    unless their least length says otherwise."""
    bare, _ = _bare(kind)
    if not isinstance(node, SequenceNode):
        if issubclass(bare, msgspec.Struct):
            raise place.refusal(node, f"{described(node)} where a list is wanted")
        return (_value(kind, node, place, check),)
    is_needed = getattr(limits, "min_length", None) or not issubclass(bare, msgspec.Struct)
    if not items(node) and is_needed:
        raise place.refusal(node, "the list is empty")
    return tuple(
        _value(kind, one, place.at(f"[{number}]"), check) for number, one in enumerate(items(node))
    )


def _texts(node: Node, place: Place) -> dict[str, str]:
    """Texts by any name."""
    if not isinstance(node, MappingNode):
        raise place.refusal(node, f"{described(node)} where entries are wanted")
    found: dict[str, str] = {}
    pairs: list[tuple[Node, Node]] = node.value
    for key, value in pairs:
        if not isinstance(key, ScalarNode):
            raise place.refusal(key, f"{described(key)} where the name of an entry is wanted")
        name = text_of(key)
        if name in found:
            raise place.refusal(key, f"{name[:100]!r} is given twice")
        if not isinstance(value, ScalarNode) or is_null(value):
            raise place.at(name).refusal(value, f"{described(value)} where a text is wanted")
        found[name] = text_of(value)
    return found


def _scalar(kind: type[Any], limits: Any, node: ScalarNode, place: Place) -> Any:
    text = text_of(node)
    if issubclass(kind, StrEnum):
        words = [word.value for word in kind]
        if text not in words:
            raise place.refusal(node, f"{text!r} is not allowed; {nearest(text, words)}")
        return kind(text)
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise place.refusal(node, f"{text!r} is not allowed; allowed: true, false")
        return text.lower() == "true"
    if kind in (int, float):
        return _number(kind, limits, text, node, place)
    if "\x00" in text:
        raise place.refusal(node, "the text holds a NUL character")
    least = getattr(limits, "min_length", None)
    given = text.strip() if least is None else text
    if len(given) < (1 if least is None else least):
        raise place.refusal(node, "the text is empty")
    return _fitting(given, limits, node, place)


def _number(kind: type[Any], limits: Any, text: str, node: Node, place: Place) -> Any:
    written = DECIMAL if kind is float else INTEGER
    is_number = len(text) <= _MOST_DIGITS and text.isascii() and re.fullmatch(written, text)
    value = kind(text) if is_number else None
    low, high = getattr(limits, "ge", None), getattr(limits, "le", None)
    above = getattr(limits, "gt", None)
    if (
        value is None
        or (low is not None and value < low)
        or (above is not None and value <= above)
        or (high is not None and value > high)
    ):
        least = "" if low is None else f" from {low}"
        least = least if above is None else f" above {above}"
        most = f" to {high}" if high is not None else ""
        what = "whole numbers" if kind is int else "numbers"
        said = f"{text[:100]!r} is not allowed; allowed: {what}{least}{most}"
        raise place.refusal(node, said)
    return value


def _fitting(text: str, limits: Any, node: Node, place: Place) -> str:
    """The text, within what its type says of pattern and length."""
    pattern = getattr(limits, "pattern", None)
    if pattern is not None and re.search(pattern, text) is None:
        raise place.refusal(node, f"{text[:100]!r} is not allowed; it must fit {pattern}")
    longest = getattr(limits, "max_length", None)
    if longest is not None and len(text) > longest:
        raise place.refusal(node, f"the text is longer than {longest} characters")
    return text


def _bare(kind: Any) -> tuple[Any, Any]:
    """The type without None and without what limits it, and these limits."""
    limits: Any = None
    if get_origin(kind) in (Union, UnionType):
        [kind] = [one for one in get_args(kind) if one is not type(None)]
    if get_origin(kind) is Annotated:
        kind, *said = get_args(kind)
        limits = next((one for one in said if isinstance(one, msgspec.Meta)), None)
    return kind, limits
