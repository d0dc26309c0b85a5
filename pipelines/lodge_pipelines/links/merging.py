"""Bring a link's table up to what arrived: only rows that differ are written, with their instant.

All of it runs in the transaction of the load, whose rows wait in the table `ARRIVING`.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

import duckdb

from lodge_pipelines.links.arriving import ARRIVING, ORDER
from lodge_pipelines.links.columns import LOADED_AT, LinkTable, loaded_at_comment
from lodge_pipelines.links.control import SCHEMA
from lodge_pipelines.links.shape import Change
from lodge_platform.errors import TryAgainError
from lodge_platform.stores.reports import LAKE, literal

_FRESH, _COME, _GONE = "fresh_link", "come_link", "gone_link"


class OddKeyError(TryAgainError):
    """The rows that arrived are not told apart by the key that the link declares."""


def merge(
    connection: duckdb.DuckDBPyConnection,
    table: LinkTable,
    change: Change,
    *,
    is_whole: bool,
    loaded_at: datetime,
) -> tuple[int, int, int]:
    """Rows written, removed, and landed afterwards; `is_whole`: what did not arrive is gone.

    Raises OddKeyError for rows without a key, or with the key of another row.
    """
    _freshen(connection, table)
    name = lake_name(table.link)
    _reshape(connection, table, change)
    removed = _remove_missing(connection, name, table.key) if is_whole else 0
    all_of = _listed([*table.types, *change.kept])
    nothing = "".join(f', cast(null as {kind}) as "{kept}"' for kept, kind in change.kept.items())
    connection.execute(
        f"create or replace temporary table {_COME} as "  # noqa: S608 - names are quoted
        f"select {_listed(table.types)}{nothing} from {_FRESH} "
        f"except select {all_of} from {name} as landed "
        f"where exists (from {_FRESH} as fresh where {_same('fresh', table.key)})"
    )
    connection.execute(
        f"delete from {name} as landed using {_COME} as fresh where {_same('fresh', table.key)}"  # noqa: S608
    )
    written = _count(
        connection,
        f'insert into {name} by name select *, cast(? as timestamp) as "{LOADED_AT}" from {_COME}',  # noqa: S608
        [loaded_at.replace(tzinfo=None)],
    )
    rows = _count(connection, f"select count(*) from {name}")  # noqa: S608
    return written, removed, rows


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Give back the room that the rows take."""
    for name in (_FRESH, _COME, _GONE):
        connection.execute(f"drop table if exists {name}")


def lake_name(link: str) -> str:
    """The full name of a link's table in SQL."""
    return f'{LAKE}.{SCHEMA}."{link}"'


def say_what_it_means(connection: duckdb.DuckDBPyConnection, table: LinkTable) -> None:
    """Put terms on the table and its columns where they are others than before."""
    name = lake_name(table.link)
    wanted = {column.name: column.comment for column in table.columns}
    wanted[LOADED_AT] = loaded_at_comment()
    place = [LAKE, SCHEMA, table.link]
    where = "where database_name = ? and schema_name = ? and table_name = ?"
    present = connection.execute(
        f"select column_name, comment from duckdb_columns() {where}",  # noqa: S608
        place,
    ).fetchall()
    for column, comment in present:
        if column in wanted and comment != wanted[column]:
            said = literal(wanted[column])
            connection.execute(f"comment on column {name}.{_quoted(str(column))} is {said}")
    row = connection.execute(f"select comment from duckdb_tables() {where}", place).fetchone()  # noqa: S608
    if row is not None and row[0] != table.comment:
        connection.execute(f"comment on table {name} is {literal(table.comment)}")


def _freshen(connection: duckdb.DuckDBPyConnection, table: LinkTable) -> None:
    """Each key once. Among rows of one key, that of the greatest cursor, come last, is the one;
    without a cursor rows that are equal in everything are one row, others are refused."""
    columns, key = _listed(table.types), _listed(table.key)
    keyless = " or ".join(f'"{name}" is null' for name in table.key)
    if count := _count(connection, f"select count(*) from {ARRIVING} where {keyless}"):  # noqa: S608
        raise OddKeyError(f"links.{table.link}: {count} rows without {_and(table.key)}, their key")
    if table.cursor is not None:
        newest = f'"{table.cursor.name}" desc nulls last, "{ORDER}" desc'
        chosen = f"select {columns} from {ARRIVING} qualify row_number() over "  # noqa: S608
        chosen += f"(partition by {key} order by {newest}) = 1"
    else:
        chosen = f"select distinct {columns} from {ARRIVING}"  # noqa: S608
    connection.execute(f"create or replace temporary table {_FRESH} as {chosen}")
    doubles = f"select 1 from {_FRESH} group by {key} having count(*) > 1"  # noqa: S608
    if count := _count(connection, f"select count(*) from ({doubles}) as doubles"):  # noqa: S608
        raise OddKeyError(
            f"links.{table.link}: {count} values of {_and(table.key)}, the key, come in rows that "
            "differ; name the fields that tell rows apart in land.key"
        )


def _reshape(connection: duckdb.DuckDBPyConnection, table: LinkTable, change: Change) -> None:
    name = lake_name(table.link)
    if change.is_new:
        columns = "".join(f"{_quoted(one)} {kind}, " for one, kind in table.types.items())
        connection.execute(
            f'create or replace table {name} ({columns}"{LOADED_AT}" timestamp not null)'
        )
    for one in change.added:
        connection.execute(f"alter table {name} add column {_quoted(one)} {table.types[one]}")


def _remove_missing(connection: duckdb.DuckDBPyConnection, name: str, key: Collection[str]) -> int:
    connection.execute(
        f"create or replace temporary table {_GONE} as select {_listed(key)} from {name} as landed "  # noqa: S608
        f"where not exists (from {_FRESH} as fresh where {_same('fresh', key)})"
    )
    return _count(
        connection,
        f"delete from {name} as landed using {_GONE} as gone where {_same('gone', key)}",  # noqa: S608
    )


def _same(other: str, key: Iterable[str]) -> str:
    return " and ".join(f'landed."{name}" = {other}."{name}"' for name in key)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    return f'"{name}"'  # names of fields hold no quotation mark


def _and(names: Iterable[str]) -> str:
    return " and ".join(names)


def _count(
    connection: duckdb.DuckDBPyConnection, statement: str, values: list[object] | None = None
) -> int:
    row = connection.execute(statement, values).fetchone()
    return int(row[0]) if row else 0
