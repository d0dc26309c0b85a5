"""Values of data links as texts and numbers, wherever the core compares or shows them. Pure."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any


def as_text(value: Any) -> str:
    """A plain value as people and templates read it: true, 12.50, 2026-01-31."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def as_number(value: Any) -> Decimal | None:
    """The value as a number; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def values_in(cell: Any) -> list[Any]:
    """The plain values of a cell, which a list has several of; none for an empty one."""
    cells: list[Any] = list(cell) if isinstance(cell, list | tuple) else [cell]  # pyright: ignore
    return [one for one in cells if one is not None]
