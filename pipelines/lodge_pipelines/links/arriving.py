"""Rows of a link on their way: batches of Python values as Arrow, gathered in a temporary table.

Nothing of the lake is touched before the last row is here: a source that breaks off in the middle
leaves what was landed before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from importlib import import_module
from typing import Any

import duckdb
import msgspec

from lodge_pipelines.links.columns import JSON, LinkColumn, LinkTable
from lodge_pipelines.links.cursors import greatest
from lodge_platform.errors import TryAgainError

_arrow: Any = import_module("pyarrow")  # it ships no types
ARRIVING = "arriving_link"
ORDER = "order of arrival"  # no field has such a name
Rows = Iterable[Sequence[Mapping[str, Any]]]
_DECIMALS = 9
_STEP = Decimal(1).scaleb(-_DECIMALS)
_CONTEXT = Context(prec=38, rounding=ROUND_HALF_EVEN)
_json = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_ARROW_TYPES: dict[str, Any] = {
    "text": _arrow.string(),
    "integer": _arrow.int64(),
    "decimal": _arrow.decimal128(38, _DECIMALS),
    "boolean": _arrow.bool_(),
    "date": _arrow.date32(),
    "instant": _arrow.timestamp("us", tz="UTC"),
    JSON: _arrow.string(),
}


class UnfitValueError(TryAgainError):
    """A value that the source gave has no place in its column; the message never says the value."""


@dataclass
class Arrived:
    """How many rows came, up to where, and how many decimals were rounded, by field."""

    rows: int
    cursor_value: str | None
    rounded: dict[str, int]


def gather(
    connection: duckdb.DuckDBPyConnection, table: LinkTable, batches: Rows, *, since: str | None
) -> Arrived:
    """Put every row into the temporary table `ARRIVING`, numbered as it came.

    Raises what the source raises, and UnfitValueError for a value without a place.
    """
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.types.items())
    connection.execute(
        f'create or replace temporary table {ARRIVING} ({columns}, "{ORDER}" bigint)'
    )
    arrived = Arrived(0, since, {})
    for rows in batches:
        if not rows:
            continue
        connection.register("link_batch", _batch(table, rows, arrived))
        connection.execute(f"insert into {ARRIVING} select * from link_batch")  # noqa: S608
        connection.unregister("link_batch")
        arrived.rows += len(rows)
        if table.cursor is not None:
            values = [row.get(table.cursor.name) for row in rows]
            arrived.cursor_value = greatest(
                values, kind=table.cursor.kind, before=arrived.cursor_value
            )
    return arrived


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Give back the room that the rows take."""
    connection.execute(f"drop table if exists {ARRIVING}")


def _batch(table: LinkTable, rows: Sequence[Mapping[str, Any]], arrived: Arrived) -> Any:
    arrays = [_array(table, column, rows, arrived) for column in table.columns]
    order = _arrow.array(range(arrived.rows, arrived.rows + len(rows)), _arrow.int64())
    return _arrow.table([*arrays, order], names=[*table.types, ORDER])


def _array(
    table: LinkTable, column: LinkColumn, rows: Sequence[Mapping[str, Any]], arrived: Arrived
) -> Any:
    cells: list[Any] = [row.get(column.name) for row in rows]
    if column.kind == JSON:
        cells = [None if cell is None else _json.encode(cell).decode() for cell in cells]
    elif column.kind == "decimal":
        cells = [_rounded(cell, column.name, arrived) for cell in cells]
    try:
        array = _arrow.array(cells, _ARROW_TYPES[column.kind])
    except (_arrow.ArrowException, OverflowError, UnicodeError, TypeError, ValueError) as error:
        place = f"links.{table.link}: a value of {column.name}"
        raise UnfitValueError(f"{place} does not fit {column.lake_type}") from error
    return array.cast(_arrow.timestamp("us")) if column.kind == "instant" else array


def _rounded(cell: Decimal | None, name: str, arrived: Arrived) -> Decimal | None:
    if cell is None:
        return None
    exponent = cell.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -_DECIMALS:
        return cell
    try:
        rounded = cell.quantize(_STEP, context=_CONTEXT)
    except InvalidOperation:  # too large: Arrow says so
        return cell
    if rounded != cell:
        arrived.rounded[name] = arrived.rounded.get(name, 0) + 1
    return rounded
