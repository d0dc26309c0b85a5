"""Bring one landed copy up to its source: deleted rows out, changed rows replaced."""

import duckdb

from lodge_pipelines.landing.report import TableLoad
from lodge_pipelines.landing.source import Source
from lodge_platform.schema.landed import LandedTable
from lodge_platform.stores.reports import LAKE, literal


def lake_name(table: LandedTable) -> str:
    """The landed copy's full name in SQL."""
    return f'{LAKE}.{table.store}."{table.name}"'


def land_in_full(source: Source, table: LandedTable) -> TableLoad:
    """Make the copy anew from every row of the source."""
    name = lake_name(table)
    columns = ", ".join(f'"{column.name}" {column.lake_type}' for column in table.columns)
    connection = source.connection
    connection.execute(f"create or replace table {name} ({columns})")
    landed = _changed(connection, f"insert into {name} {source.rows(table, since=None)}")
    _say_what_it_means(connection, table)
    return TableLoad(landed=landed, removed=0, rows=landed, is_full=True)


def land_changes(source: Source, table: LandedTable, *, since: int) -> int:
    """Replace the rows that changed since; gives how many differ from what is landed."""
    connection = source.connection
    name = lake_name(table)
    arriving = source.rows(table, since=since)
    if not source.is_sqlite:  # a transaction that overlapped the last load is read again
        arriving = f"select arriving.* from ({arriving}) as arriving anti join {name} as landed "  # noqa: S608
        arriving += f"on {_same(table, 'change_no')}"
    connection.execute(f"create or replace temporary table arriving as {arriving}")
    connection.execute(
        f"delete from {name} as landed using arriving where {_same(table)}"  # noqa: S608
    )
    return _changed(connection, f"insert into {name} by name select * from arriving")  # noqa: S608


def remove_deleted(connection: duckdb.DuckDBPyConnection, table: LandedTable) -> int:
    """Take out the rows named in the temporary table `buried`; gives how many were there."""
    keys = ", ".join(
        f"cast(json_extract_string(row_key, '$.{key}') as {_type_of(table, key)}) as \"{key}\""
        for key in table.key
    )
    gone = f"select {keys} from buried where table_name = {literal(table.name)}"  # noqa: S608
    return _changed(
        connection,
        f"delete from {lake_name(table)} as landed using ({gone}) as arriving "  # noqa: S608
        f"where {_same(table)}",
    )


def checksums(
    connection: duckdb.DuckDBPyConnection, tables: tuple[LandedTable, ...]
) -> dict[str, tuple[int, int]]:
    """Rows and sum of change numbers of each copy, as `Source.checksums` gives them."""
    each = " union all ".join(
        f"select '{table.name}', count(*), coalesce(sum(change_no), 0) from {lake_name(table)}"  # noqa: S608
        for table in tables
    )
    rows = connection.execute(each).fetchall()
    return {str(name): (int(n), int(total)) for name, n, total in rows}


def _same(table: LandedTable, *others: str) -> str:
    return " and ".join(f'landed."{key}" = arriving."{key}"' for key in (*table.key, *others))


def _type_of(table: LandedTable, name: str) -> str:
    return next(column.lake_type for column in table.columns if column.name == name)


def _changed(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _say_what_it_means(connection: duckdb.DuckDBPyConnection, table: LandedTable) -> None:
    name = lake_name(table)
    connection.execute(f"comment on table {name} is {literal(table.comment)}")
    for column in table.columns:
        said = literal(column.comment)
        connection.execute(f'comment on column {name}."{column.name}" is {said}')
