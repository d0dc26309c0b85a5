"""Guess an answer from rows that were seen: fields, their types, and which of them may be keys.

Rows are mappings as a source names things; a value is a plain one, a list, or a mapping of its
own. Everything here takes values and returns values.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec.structs import replace

from lodge_adapters.language import Field, Type
from lodge_platform.vocabulary import Sensitivity

Row = Mapping[str, Any]
DRAFT = "DRAFT, say what it means:"
_MOST_FIELDS = 200
_MOST_DEPTH = 5
_TAKEN = ("more", "error", "end", "source")
_PERSONAL = re.compile(
    r"(?<![a-z])(e?-?mail|phone|mobile|fax|tel|name|firstname|lastname|surname|forename|fullname"
    r"|address|street|city|zip|postcode|birth|birthday|birthdate|iban|passport|ssn)(?![a-z])"
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]+")
_DATE = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_INSTANT = re.compile(_DATE.pattern + r"[T ][0-9:]{5,8}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})")


class Guessed(NamedTuple):
    """Fields in the order seen, and names of those that could be a key, the likeliest first."""

    fields: tuple[Field, ...]
    keys: tuple[str, ...]


def guess(rows: Sequence[Row], *, is_text: bool) -> Guessed:
    """The fields of these rows. `is_text`: every value is written as text, as in CSV and XML, so
    that numbers and truths are looked for in it."""
    fields = _fields(rows, is_text, 0)
    keys = _keys(fields, rows)
    likeliest = keys[0] if keys else ""
    marked = [
        replace(field, required=True) if field.name == likeliest and not field.fields else field
        for field in fields
    ]
    return Guessed(tuple(marked), keys)


def name_for(said: str, taken: Iterable[str] = ()) -> str:
    """A name that the language takes for what a source calls `said`, unlike those `taken`."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", said.removeprefix("@")).strip("_.-")[:60]
    name = plain if re.match(r"[A-Za-z_]", plain) else f"field_{plain}".rstrip("_")
    if name in _TAKEN:
        name = f"{name}_there"
    used, number, whole = set(taken), 2, name
    while name in used:
        name, number = f"{whole}_{number}", number + 1
    return name


def is_personal(said: str, values: Iterable[Any] = ()) -> bool:
    """Whether a column looks as if it holds names, addresses or numbers of people."""
    words = _CAMEL.sub("_", said).lower()
    is_mail = any(isinstance(one, str) and _MAIL.fullmatch(one.strip()) for one in values)
    return is_mail or _PERSONAL.search(words) is not None


def _fields(rows: Sequence[Row], is_text: bool, depth: int) -> list[Field]:
    found: list[Field] = []
    for said in list(dict.fromkeys(key for row in rows for key in row))[:_MOST_FIELDS]:
        values = [row[said] for row in rows if row.get(said) is not None]
        name = name_for(said, [field.name for field in found])
        found.append(_field(said, name, values, is_text, depth))
    return found


def _field(said: str, name: str, values: list[Any], is_text: bool, depth: int) -> Field:
    is_list = any(isinstance(value, list) for value in values)
    flat = [one for value in values for one in _each(value) if one is not None]
    source = None if said == name else said
    things: list[Row] = [one for one in flat if isinstance(one, Mapping)]
    if things and len(things) == len(flat) and depth < _MOST_DEPTH:
        inner = tuple(_fields(things, is_text, depth + 1))
        if inner:
            term = f"{DRAFT} {said}"
            return Field(name=name, term=term, source=source, is_list=is_list, fields=inner)
    personal = is_personal(said, flat)
    return Field(
        name=name,
        term=f"{DRAFT} {said}",
        source=source,
        type=type_of(flat, is_text=is_text),
        is_list=is_list,
        attribute=said.startswith("@") and not is_list,
        sensitivity=Sensitivity.PERSONAL if personal else Sensitivity.OPEN,
    )


def type_of(values: Sequence[Any], *, is_text: bool) -> Type:
    """The narrowest type that all values have; text where there is none or no value."""
    kinds = {_type(value, is_text) for value in values if value != "" or not is_text}
    if kinds == {Type.INTEGER, Type.DECIMAL}:
        return Type.DECIMAL
    return kinds.pop() if len(kinds) == 1 else Type.TEXT


def _type(value: Any, is_text: bool) -> Type:
    if isinstance(value, str):
        return _written(value.strip(), is_text)
    for python, kind in _KINDS:
        if isinstance(value, python):
            return kind
    return Type.TEXT


def _written(value: str, is_text: bool) -> Type:
    """What a text says it is. A number with zeros in front is a code, such as a post code."""
    if _INSTANT.fullmatch(value):
        return Type.INSTANT
    if _DATE.fullmatch(value):
        return Type.DATE
    if is_text and _INTEGER.fullmatch(value):
        return Type.INTEGER
    if is_text and _DECIMAL.fullmatch(value):
        return Type.DECIMAL
    return Type.BOOLEAN if is_text and value in ("true", "false") else Type.TEXT


_KINDS: tuple[tuple[type[Any], Type], ...] = (
    (bool, Type.BOOLEAN),
    (int, Type.INTEGER),
    (float, Type.DECIMAL),
    (Decimal, Type.DECIMAL),
    (datetime, Type.INSTANT),
    (date, Type.DATE),
)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]


def _keys(fields: Sequence[Field], rows: Sequence[Row]) -> tuple[str, ...]:
    """Plain whole numbers and texts that tell every row from every other."""
    found: list[tuple[int, int, str]] = []
    for place, field in enumerate(fields):
        if field.is_list or field.fields or field.type not in (Type.INTEGER, Type.TEXT):
            continue
        values = [row.get(field.source or field.name) for row in rows]
        if not rows or None in values or "" in values or len(set(map(str, values))) < len(values):
            continue
        found.append((_rank(field), place, field.name))
    return tuple(name for _, _, name in sorted(found))


def _rank(field: Field) -> int:
    """How unlike a key it is called."""
    words = _CAMEL.sub("_", field.name).lower().split("_")
    if words[-1] in ("id", "key", "uuid") and len(words) == 1:
        return 0
    if words[-1] in ("id", "key", "uuid", "number", "no", "code", "sku", "nr"):
        return 1
    return 3 if field.sensitivity is not Sensitivity.OPEN else 2
