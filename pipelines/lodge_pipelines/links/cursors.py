"""The greatest value of a cursor, kept as the text by which the next load asks. Pure."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def greatest(values: Iterable[Any], *, kind: str, before: str | None) -> str | None:
    """The greatest of `before` and the values that are there, exact and as text.

    Texts are compared letter by letter, by the numbers of their characters.
    """
    found = [value for value in values if value is not None]
    if before is not None:
        found.append(_value(before, kind))
    return _text(max(found)) if found else None


def _value(text: str, kind: str) -> Any:
    match kind:
        case "integer":
            return int(text)
        case "decimal":
            return Decimal(text)
        case "date":
            return date.fromisoformat(text)
        case "instant":
            return datetime.fromisoformat(text)
        case _:
            return text


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
