"""Custom attributes: what master declares, and values checked against it.

A value is kept as JSON, in one form for each type: text, choice and boolean as they are; integer
and number as JSON numbers; a date as "2026-01-05"; an instant as "2026-01-05T09:00:00.000000Z", in
UTC, so that the order of the words is the order of time.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Engine, select

from lodge_core.routing.configuration import ConfigurationStamp, configuration_stamp
from lodge_platform.errors import RefusedError, nearest
from lodge_platform.schema.master import CustomAttribute
from lodge_platform.stores import Store
from lodge_platform.vocabulary import AttributeType, Sensitivity

MOST_CHARACTERS = 4_000
MOST = 2**53 - 1  # beyond it, JSON readers disagree about a number


class AttributeDefinition(msgspec.Struct, frozen=True):
    """One declared attribute of activities, cases or customers."""

    object_type: str
    name: str
    label: str
    attribute_type: AttributeType
    choices: tuple[str, ...]
    is_required: bool
    sensitivity: Sensitivity
    is_active: bool


Definitions = tuple[AttributeDefinition, ...]

_read: WeakKeyDictionary[Engine, tuple[ConfigurationStamp, Definitions]] = WeakKeyDictionary()


def definitions_of(master: Store) -> Definitions:
    """Every declared attribute, inactive ones too; read again only when configuration changed."""
    with master.read() as connection:
        stamp = configuration_stamp(connection)
        known = _read.get(master.engine)
        if known is None or known[0] != stamp:
            table = CustomAttribute.__table__
            columns: list[Any] = [table.c[name] for name in AttributeDefinition.__struct_fields__]
            rows = connection.execute(select(*columns).order_by(table.c.object_type, table.c.name))
            found = tuple(
                msgspec.convert(dict(row), AttributeDefinition) for row in rows.mappings()
            )
            known = _read[master.engine] = stamp, found
    return known[1]


def checked_attributes(
    definitions: Iterable[AttributeDefinition], object_type: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The given values in their kept form, by name; None takes a value away. Pure.

    Raises RefusedError for a name that is not declared or not active any more, and for a value
    that does not fit, with the field `attributes.NAME` and the values allowed.
    """
    known = {one.name: one for one in definitions if one.object_type == object_type}
    return {name: _checked(known, object_type, name, value) for name, value in given.items()}


def with_attributes(present: Mapping[str, Any], checked: Mapping[str, Any]) -> dict[str, Any]:
    """What an object has after `checked` was given to it, in order of name. Pure."""
    together = {**present, **checked}
    return {name: together[name] for name in sorted(together) if together[name] is not None}


def missing_required(
    definitions: Iterable[AttributeDefinition], object_type: str, present: Mapping[str, Any]
) -> list[str]:
    """Names of the active required attributes that `present` lacks, in order. Pure."""
    return sorted(
        one.name
        for one in definitions
        if one.object_type == object_type
        and one.is_required
        and one.is_active
        and present.get(one.name) in (None, "")
    )


def _checked(
    known: Mapping[str, AttributeDefinition], object_type: str, name: str, value: Any
) -> Any:
    field = f"attributes.{name}"
    active = [one for one in known if known[one].is_active]
    if name not in known:
        hint = nearest(name, active) if active else "none is declared"
        raise RefusedError(
            f"no attribute {name!r} of {object_type}; {hint}", field=field, allowed=active
        )
    if value is None:
        return None
    if name not in active:
        raise RefusedError(
            f"attribute {name!r} of {object_type} is not used any more", field=field, allowed=active
        )
    definition = known[name]
    kept = _FORMS[definition.attribute_type](definition, value)
    if kept is None:
        words = allowed_values(definition)
        raise RefusedError(
            f"attribute {name!r} takes {words}", field=field, allowed=_words(known[name])
        )
    return kept


def allowed_values(definition: AttributeDefinition) -> str:
    """What the attribute takes, in words: `true or false`, `one of: bronze, gold`."""
    if definition.attribute_type is AttributeType.CHOICE:
        return f"one of: {', '.join(definition.choices)}"
    return _MEANINGS[definition.attribute_type]


def _words(definition: AttributeDefinition) -> tuple[str, ...]:
    if definition.attribute_type is AttributeType.CHOICE:
        return definition.choices
    return (allowed_values(definition),)


_MEANINGS = {
    AttributeType.TEXT: f"text of up to {MOST_CHARACTERS} characters, without the character NUL",
    AttributeType.INTEGER: f"a whole number from -{MOST} to {MOST}",
    AttributeType.NUMBER: f"a number from -{MOST} to {MOST}",
    AttributeType.BOOLEAN: "true or false",
    AttributeType.DATE: "a day such as 2026-01-05",
    AttributeType.INSTANT: "an instant with its offset such as 2026-01-05T09:00:00Z",
}


def _text(_definition: AttributeDefinition, value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > MOST_CHARACTERS or "\0" in value:
        return None
    return None if any("\ud800" <= character <= "\udfff" for character in value) else value


def _integer(_definition: AttributeDefinition, value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and abs(value) <= MOST else None


def _number(_definition: AttributeDefinition, value: Any) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) or abs(value) > MOST:
        return None
    return int(value) if value == int(value) else float(value)


def _boolean(_definition: AttributeDefinition, value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _date(_definition: AttributeDefinition, value: Any) -> str | None:
    try:
        return msgspec.convert(value, date).isoformat() if isinstance(value, str) else None
    except msgspec.ValidationError:
        return None


def _instant(_definition: AttributeDefinition, value: Any) -> str | None:
    try:
        instant = msgspec.convert(value, datetime) if isinstance(value, str) else None
        if instant is None or instant.tzinfo is None:
            return None
        return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
    except (msgspec.ValidationError, OverflowError):
        return None


def _choice(definition: AttributeDefinition, value: Any) -> str | None:
    return value if isinstance(value, str) and value in definition.choices else None


_FORMS: dict[AttributeType, Callable[[AttributeDefinition, Any], Any]] = {
    AttributeType.TEXT: _text,
    AttributeType.INTEGER: _integer,
    AttributeType.NUMBER: _number,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.DATE: _date,
    AttributeType.INSTANT: _instant,
    AttributeType.CHOICE: _choice,
}
