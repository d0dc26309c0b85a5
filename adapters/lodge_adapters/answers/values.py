"""Values of a source as the types of the link language; whole columns at a time.

Each converter takes a cell and gives the typed value, or raises ValueError with what it is not.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lodge_adapters.language import Type

_INTEGER = re.compile(r"[+-]?[0-9]{1,1000}")
_TRUE = frozenset({"true", "t", "1", "yes"})
_FALSE = frozenset({"false", "f", "0", "no"})
_MOST_DIGITS = 1000


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return _instant(cell).isoformat().replace("+00:00", "Z")
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, (bytes, bytearray)):
        try:
            return bytes(cell).decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError("is bytes that are no UTF-8") from error
    if isinstance(cell, (list, tuple, dict, set)):
        raise ValueError("has parts, where one text is wanted")
    return str(cell)


def _integer(cell: Any) -> int:
    if type(cell) is int:
        return cell
    if isinstance(cell, str) and _INTEGER.fullmatch(text := cell.strip()):
        return int(text)
    if isinstance(cell, (float, Decimal)) and cell == cell and abs(cell) < 10**18 and cell % 1 == 0:
        return int(cell)
    raise ValueError("is no integer")


def _decimal(cell: Any) -> Decimal:
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str, Decimal)):
        raise ValueError("is no decimal number")
    try:
        found = cell if isinstance(cell, Decimal) else Decimal(str(cell).strip())
    except InvalidOperation as error:
        raise ValueError("is no decimal number") from error
    if not found.is_finite() or abs(found.adjusted()) > _MOST_DIGITS:
        raise ValueError("is no decimal number")
    return found


def _boolean(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    word = str(cell).strip().lower() if isinstance(cell, (int, str)) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("is neither true nor false")


def _date(cell: Any) -> date:
    if isinstance(cell, datetime):
        if (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0):
            return cell.date()
        raise ValueError("is an instant, where a date is wanted")
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(str(cell).strip()) if isinstance(cell, str) else _no_date()
    except ValueError:
        return _no_date()


def _no_date() -> date:
    raise ValueError("is no date like 2026-01-31")


def _instant(cell: Any) -> datetime:
    found = cell
    if isinstance(cell, str):
        try:
            found = datetime.fromisoformat(cell.strip())
        except ValueError as error:
            raise ValueError("is no instant like 2026-01-31T09:00:00Z") from error
    if not isinstance(found, datetime):
        raise ValueError("is no instant like 2026-01-31T09:00:00Z")
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is an instant beyond the years 1 to 9999") from error


CONVERTERS: dict[Type, Callable[[Any], Any]] = {
    Type.TEXT: _text,
    Type.INTEGER: _integer,
    Type.DECIMAL: _decimal,
    Type.BOOLEAN: _boolean,
    Type.DATE: _date,
    Type.INSTANT: _instant,
}
_READY: dict[Type, type[Any]] = {
    Type.TEXT: str,
    Type.INTEGER: int,
    Type.DECIMAL: Decimal,
    Type.BOOLEAN: bool,
}


def is_ready(kind: Type, cells: tuple[Any, ...]) -> bool:
    """Whether no cell of a column needs a conversion: the usual case, told without a loop."""
    wanted = _READY.get(kind)
    if wanted is None:
        return False
    found = set(map(type, cells))
    if found - {wanted, type(None)}:
        return False
    return kind is not Type.DECIMAL or all(cell is None or cell.is_finite() for cell in cells)


def literal(value: Any) -> str:
    """A typed value as XML and CSV write it: 1.50, true, 2026-01-31, 2026-01-31T09:00:00Z."""
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def instant(value: datetime) -> str:
    """An instant in UTC, as 2026-01-31T09:00:00Z."""
    return f"{value.replace(tzinfo=None).isoformat()}Z"
