"""What the reports store knows of loads of links; written in the transaction of the load."""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import orjson

from lodge_pipelines.links.columns import LinkTable
from lodge_pipelines.links.report import LinkLoad
from lodge_platform.stores.reports import LAKE

SCHEMA = "links"
# How many rows of one change go into the catalog, and not into a file of their own.
_INLINED_ROWS = 500
_LOADS = f"{LAKE}.landing_control.link_loads"
_TABLES = f"""
create schema if not exists {LAKE}.landing_control;
create schema if not exists {LAKE}.{SCHEMA};
create table if not exists {_LOADS} (
    load_no bigint, link varchar, version varchar, key varchar, columns varchar,
    cursor_field varchar, cursor_value varchar, rows_read bigint, rows_written bigint,
    rows_removed bigint, row_count bigint, is_full boolean,
    started_at timestamp, loaded_at timestamp
);
"""


@dataclass(frozen=True)
class LastLoad:
    """The last load of a link: what was declared then, and up to where it came."""

    version: str
    key: tuple[str, ...]
    columns: dict[str, str]
    cursor_field: str | None
    cursor_value: str | None


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schema and table of this module where they are missing; outside a transaction."""
    try:
        connection.execute(f"from {_LOADS} limit 0")
        return
    except duckdb.CatalogException:
        pass
    connection.execute(_TABLES)
    connection.execute(
        f"call {LAKE}.set_option('data_inlining_row_limit', {_INLINED_ROWS}, schema => '{SCHEMA}')"
    )


def last_load(connection: duckdb.DuckDBPyConnection, link: str) -> LastLoad | None:
    """The last load of `link`, None before the first."""
    row = connection.execute(
        f"select version, key, columns, cursor_field, cursor_value from {_LOADS} "  # noqa: S608
        "where link = ? order by load_no desc limit 1",
        [link],
    ).fetchone()
    if row is None:
        return None
    return LastLoad(str(row[0]), tuple(orjson.loads(row[1])), orjson.loads(row[2]), row[3], row[4])


def landed_types(connection: duckdb.DuckDBPyConnection, link: str) -> dict[str, str]:
    """Types of the columns of the link's table by name, in order; empty where there is none."""
    rows = connection.execute(
        "select column_name, lower(data_type) from duckdb_columns() where database_name = ? "
        "and schema_name = ? and table_name = ? order by column_index",
        [LAKE, SCHEMA, link],
    ).fetchall()
    return {str(name): str(kind) for name, kind in rows}


def record(
    connection: duckdb.DuckDBPyConnection,
    table: LinkTable,
    done: LinkLoad,
    *,
    cursor_value: str | None,
    started_at: datetime,
    loaded_at: datetime,
) -> None:
    """Write the load down; instants are UTC."""
    row = connection.execute(f"select coalesce(max(load_no), 0) + 1 from {_LOADS}").fetchone()  # noqa: S608
    connection.execute(
        f"insert into {_LOADS} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [
            int(row[0]) if row else 1,
            table.link,
            table.version,
            orjson.dumps(table.key).decode(),
            orjson.dumps(table.types).decode(),
            table.cursor.name if table.cursor else None,
            cursor_value,
            done.read,
            done.written,
            done.removed,
            done.rows,
            done.is_full,
            started_at.replace(tzinfo=None),
            loaded_at.replace(tzinfo=None),
        ],
    )
