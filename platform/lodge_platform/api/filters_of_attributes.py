"""Filters by custom attributes: `attributes.NAME`, and for what has an order `.from`, `.before`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement

from lodge_platform.api.values import (
    choice_in,
    instant_in,
    integer_in,
    number_in,
    refused_parameter,
    text_in,
)
from lodge_platform.errors import nearest
from lodge_platform.vocabulary import AttributeType

_ORDERED = (
    AttributeType.INTEGER,
    AttributeType.NUMBER,
    AttributeType.DATE,
    AttributeType.INSTANT,
)


@dataclass(frozen=True)
class Attribute:
    """A custom attribute as filters need it: `column` holds all of them as JSON."""

    name: str
    type: AttributeType
    column: ColumnElement[Any]


def attribute_condition(
    parameter: str, value: str, attributes: Mapping[str, Attribute]
) -> ColumnElement[bool]:
    """What the parameter asks of a custom attribute. Raises ApiProblem 400 naming it."""
    name, _, operator = parameter.removeprefix("attributes.").partition(".")
    found = attributes.get(name)
    if found is None:
        hint = nearest(name, attributes) if attributes else "none is declared here"
        raise refused_parameter(parameter, f"There is no such custom attribute; {hint}")
    at, wanted = _compared(found, parameter, value)
    if not operator and not parameter.endswith("."):
        return at == wanted
    if operator not in ("from", "before") or found.type not in _ORDERED:
        known = [f"attributes.{name}"]
        if found.type in _ORDERED:
            known += [f"attributes.{name}.{word}" for word in ("from", "before")]
        raise refused_parameter(
            parameter, f"There is no such parameter; {nearest(parameter, known)}", known
        )
    return at >= wanted if operator == "from" else at < wanted


def _compared(attribute: Attribute, parameter: str, value: str) -> tuple[ColumnElement[Any], Any]:
    """The kept value as SQL, and what it is compared with."""
    at: Any = attribute.column[attribute.name]  # pyright: ignore[reportUnknownVariableType, reportIndexIssue]
    match attribute.type:
        case AttributeType.INTEGER:
            return at.as_string().cast(BigInteger), integer_in(parameter, value)
        case AttributeType.NUMBER:
            return at.as_float(), number_in(parameter, value)
        case AttributeType.BOOLEAN:
            return at.as_boolean(), choice_in(parameter, value, {"true": True, "false": False})
        case AttributeType.DATE:
            return at.as_string(), _date_in(parameter, value)
        case AttributeType.INSTANT:
            said = instant_in(parameter, value).isoformat(timespec="microseconds")
            return at.as_string(), f"{said[:-6]}Z"
        case _:
            return at.as_string(), text_in(parameter, value)


def _date_in(parameter: str, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise refused_parameter(parameter, "It is a day, as 2026-01-31") from error
