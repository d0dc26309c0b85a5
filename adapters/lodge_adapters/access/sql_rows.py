"""The rows of an open cursor in batches, with as little done for a row as can be."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, CursorResult

from lodge_adapters.access.source import Batch, Context
from lodge_adapters.access.sql_drivers import abandon_mariadb
from lodge_adapters.access.sql_target import Kind
from lodge_adapters.language import Link
from lodge_platform.errors import SetUpError

_FIRST_ROWS = 100
_MOST_ROWS = 1000
_MOST_BYTES = 4_000_000
_LOOKED_AT = 10

Row = tuple[Any, ...]


def rows_of(result: CursorResult[Any], link: Link, context: Context) -> Iterator[Batch]:
    """Batches of at most 1000 rows, fewer where rows are large; at least one, perhaps empty.

    Raises SetUpError for two columns of one name, SlowSourceError once the time is up.
    """
    cursor: Any = result.cursor
    columns = tuple(str(column[0]) for column in cursor.description)
    for number, name in enumerate(columns):
        if name in columns[:number]:
            raise SetUpError(f"two columns are named {name!r}; tell them apart by `as`")
    read = _reader(columns, link)
    # SQLAlchemy reads the first row ahead; the others come from the driver as they are
    rows: list[Row] = [tuple(row) for row in result.fetchmany(1)]
    if rows:
        rows += cursor.fetchmany(_FIRST_ROWS - 1)
    yield Batch(columns, read(rows))
    while rows:
        context.left()
        rows = cursor.fetchmany(_fitting(rows))
        if rows:
            yield Batch(columns, read(rows))


def early_end(connection: Connection, cursor: Any, kind: Kind, *, is_broken: bool) -> None:
    """Give up a cursor whose rows are not all read, and a connection that is broken.

    PyMySQL would read all the others first, ten million of them; so its connection goes too.
    """
    if kind is Kind.MARIADB:
        abandon_mariadb(cursor)
    if is_broken or kind is Kind.MARIADB:
        with suppress(Exception):
            connection.invalidate()


def _fitting(rows: Sequence[Row]) -> int:
    seen = rows[:_LOOKED_AT]
    weight = sum(len(cell) for row in seen for cell in row if isinstance(cell, (str, bytes)))
    return max(1, min(_MOST_ROWS, _MOST_BYTES * len(seen) // (weight + 1)))


def _reader(columns: Sequence[str], link: Link) -> Callable[[list[Row]], list[Row]]:
    """Rows as they are; only where a field is a list or has fields of its own, and the database
    keeps JSON as text, that text is read."""
    parted = {field.source or field.name for field in link.answer.fields if _has_parts(field)}
    places = [number for number, name in enumerate(columns) if name in parted]
    if not places:
        return lambda rows: rows

    def read(rows: list[Row]) -> list[Row]:
        return [
            tuple(_json(cell) if number in places else cell for number, cell in enumerate(row))
            for row in rows
        ]

    return read


def _has_parts(field: Any) -> bool:
    return bool(field.fields) or field.is_list


def _json(cell: Any) -> Any:
    if isinstance(cell, str) and cell[:1] in "[{":
        with suppress(ValueError, RecursionError):
            return json.loads(cell, parse_float=Decimal)
    return cell
