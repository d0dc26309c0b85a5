"""Bodies and parameters of requests: declared as structs, read strictly, refused field by field."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from lodge_platform.api import problem_types as types
from lodge_platform.api.problems import ApiProblem, ended, field_error
from lodge_platform.errors import nearest

GREATEST_KEY = 2**63 - 1
ObjectKey = Annotated[int, Meta(ge=1, le=GREATEST_KEY, description="Key of a thing.")]


class Body(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What a request's body may say; every field with its type, bounds and meaning."""


class Query(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What a request's query string may say."""


_Kind = TypeVar("_Kind", bound=Struct)
_MOST_DEPTH = 100
_AT = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")


def read_json(content: bytes) -> Any:
    """The value that a JSON document says. Raises ApiProblem 400 for what is not JSON."""
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise ApiProblem(types.MALFORMED_BODY, f"Malformed JSON: {_short(error)}.") from error
    except RecursionError as error:
        raise ApiProblem(types.MALFORMED_BODY, "Malformed JSON: nested too deep.") from error
    if _depth(value) > _MOST_DEPTH:
        detail = f"The body is nested deeper than {_MOST_DEPTH} levels."
        raise ApiProblem(types.INVALID_BODY, detail, errors=[field_error("body", detail)])
    refuse_unkeepable(value)
    return value


def refuse_unkeepable(value: Any) -> None:
    """Raise ApiProblem 422 for a text in `value` that no store keeps as it is."""
    for field, detail in _unkeepable(value, ""):
        raise ApiProblem(types.REFUSED, detail, errors=[field_error(field, detail)])


def typed(value: Any, kind: type[_Kind], *, is_strict: bool = True) -> _Kind:
    """`value` as the declared struct; not strict, text may stand for numbers and truth values.

    Raises ApiProblem 422, naming the field and its allowed values.
    """
    try:
        return msgspec.convert(value, kind, strict=is_strict)
    except msgspec.ValidationError as error:
        if repr(plain := _with_whole_numbers(value)) != repr(value):
            return typed(plain, kind, is_strict=is_strict)
        field, detail, allowed = explained(error, kind, value)
        raise ApiProblem(
            types.INVALID_BODY, f"{field}: {detail}", errors=[field_error(field, detail, allowed)]
        ) from error
    except RecursionError as error:
        raise ApiProblem(types.INVALID_BODY, "The body is nested too deep.") from error


def explained(error: msgspec.ValidationError, kind: Any, value: Any) -> tuple[str, str, list[str]]:
    """The offending field, what is wrong with it, and the values allowed where they are a list."""
    said = str(error)
    at = _AT.search(said)
    path = at["path"].lstrip(".") if at else ""
    said = _AT.sub("", said)
    if unknown := _UNKNOWN.match(said):
        inner = kind_at(kind, path)
        known = list(inner.__struct_fields__) if _is_struct(inner) else []
        name = unknown["name"]
        hint = f"; {nearest(name, known)}" if known else ""
        return _joined(path, name), ended(f"There is no such field{hint}"), known
    if missing := _MISSING.match(said):
        return _joined(path, missing["name"]), "This field is missing.", []
    words = _words(kind_at(kind, path))
    if words:
        return path or "body", f"This value is not allowed; allowed: {', '.join(words)}.", words
    return path or "body", f"{said}.", []


def is_keepable(text: str) -> bool:
    """Whether a store keeps this text as it is: no NUL, no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _short(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200] or type(error).__name__


def _with_whole_numbers(value: Any) -> Any:
    """The value with 1 for each 1.0: the same number to JSON Schema, not to a struct."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= GREATEST_KEY:
        return int(value)
    if isinstance(value, list):
        return [_with_whole_numbers(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: _with_whole_numbers(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


def _depth(value: Any) -> int:
    """How deep lists and objects lie in one another, level by level."""
    depth = 0
    level: list[Any] = [value]
    while level := [one for one in level if isinstance(one, list | dict)]:  # pyright: ignore[reportUnknownVariableType]
        depth += 1
        level = [one for each in level for one in _members_of(each)]
    return depth


def _members_of(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value  # pyright: ignore[reportUnknownVariableType]


def _unkeepable(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Paths of what no store keeps as it is, each with the reason."""
    if isinstance(value, str):
        if not is_keepable(value):
            yield path or "body", "Text holds no NUL and no half of a surrogate pair."
    elif isinstance(value, int):
        if abs(value) > GREATEST_KEY:
            yield path or "body", f"A whole number is at most {GREATEST_KEY}."
    elif isinstance(value, list):
        for number, one in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            yield from _unkeepable(one, f"{path}[{number}]")
    elif isinstance(value, dict):
        for key, one in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from _unkeepable(key, f"{path}.?".lstrip("."))
            yield from _unkeepable(one, f"{path}.{key}".lstrip("."))


_STEP = re.compile(r"\.?(?P<name>[^.\[\]]+)|\[(?P<item>[^\]]*)\]")


def kind_at(kind: Any, path: str) -> Any:
    """The type declared at `path`, as `items[0].status`; None where none is."""
    hint: Any = kind
    for step in _STEP.finditer(path):
        hint = _inner(hint, step["name"])
        if hint is None:
            return None
    return next(iter(_members(hint)), hint)


def _inner(hint: Any, name: str | None) -> Any:
    for member in _members(hint):
        if name is not None and _is_struct(member):
            hints = get_type_hints(member, include_extras=True)
            if name in hints:
                return hints[name]
        if name is None and get_origin(member) in (list, tuple, set, frozenset):
            return next(iter(get_args(member)), None)
        if get_origin(member) is dict:
            return get_args(member)[1]
    return None


def _members(hint: Any) -> list[Any]:
    origin = get_origin(hint)
    if origin is Annotated:
        return _members(get_args(hint)[0])
    if origin in (Union, UnionType):
        return [inner for one in get_args(hint) for inner in _members(one)]
    return [hint]


def _words(hint: Any) -> list[str]:
    for member in _members(hint):
        if isinstance(member, type) and issubclass(member, StrEnum):
            return [word.value for word in member]
        if str(get_origin(member)) == "typing.Literal":
            return [str(word) for word in get_args(member)]
    return []


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct)
