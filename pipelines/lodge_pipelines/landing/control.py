"""What the reports store knows of its loads; written in the transaction of the load itself."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb
import orjson

from lodge_pipelines.landing.report import LoadReport
from lodge_platform.clock import as_utc
from lodge_platform.schema.landed import LandedTable, StoreName
from lodge_platform.stores.reports import LAKE

# How many rows of one change go into the catalog, and not into a file of their own.
_INLINED_ROWS = 500
_SCHEMA = f"{LAKE}.landing_control"
_SCHEMAS = ("active", "master", "intermediate", "marts")
_TABLES = f"""
create schema if not exists {_SCHEMA};
create table if not exists {_SCHEMA}.watermarks (
    store varchar, identity varchar, watermark bigint, newest bigint, load_id bigint
);
create table if not exists {_SCHEMA}.loads (
    load_id bigint, store varchar, identity varchar, horizon bigint, rows_landed bigint,
    rows_removed bigint, is_full boolean, tables varchar,
    landed_at timestamp, started_at timestamp, finished_at timestamp
);
"""


@dataclass(frozen=True)
class Watermark:
    """Where the last load of a store ended."""

    identity: str
    watermark: int
    newest: int


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of this module and the schemas of landed copies, where they are missing.

    Call it outside a transaction: DuckLake takes options of committed schemas only.
    """
    try:
        connection.execute(f"from {_SCHEMA}.watermarks limit 0")
        return
    except duckdb.CatalogException:  # the first load; asking the catalog each time costs more
        pass
    connection.execute(_TABLES)
    for schema in _SCHEMAS:
        connection.execute(f"create schema if not exists {LAKE}.{schema}")
        connection.execute(
            f"call {LAKE}.set_option('data_inlining_row_limit', {_INLINED_ROWS}, "
            f"schema => '{schema}')"
        )


def watermark_of(connection: duckdb.DuckDBPyConnection, store: StoreName) -> Watermark | None:
    """Where the last load of `store` ended, or None before the first."""
    row = connection.execute(
        f"select identity, watermark, newest from {_SCHEMA}.watermarks where store = ?",  # noqa: S608
        [store],
    ).fetchone()
    return Watermark(str(row[0]), int(row[1]), int(row[2])) if row else None


def last_landed(connection: duckdb.DuckDBPyConnection) -> tuple[int, datetime | None]:
    """Number of the last load and the instant whose state it holds (None before the first)."""
    row = connection.execute(
        f"select load_id, landed_at from {_SCHEMA}.loads order by load_id desc limit 1"  # noqa: S608
    ).fetchone()
    return (int(row[0]), row[1].replace(tzinfo=UTC)) if row else (0, None)


def landed_columns(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], dict[str, str]]:
    """Columns and types of every landed copy, by store and table."""
    rows = connection.execute(
        "select schema_name, table_name, column_name, lower(data_type) from duckdb_columns() "
        "where database_name = ? and schema_name in ('active', 'master')",
        [LAKE],
    ).fetchall()
    found: dict[tuple[str, str], dict[str, str]] = {}
    for store, table, column, kind in rows:
        found.setdefault((store, table), {})[column] = kind
    return found


def is_as_declared(table: LandedTable, present: dict[str, str] | None) -> bool:
    """Whether the copy has every declared column in its type; what it has besides is kept."""
    return present is not None and all(
        present.get(column.name) == column.lake_type for column in table.columns
    )


def record(connection: duckdb.DuckDBPyConnection, report: LoadReport) -> None:
    """Write the load down and move the watermarks."""
    landed_at = as_utc(report.landed_at).replace(tzinfo=None)
    finished_at = landed_at + timedelta(seconds=report.seconds)
    for store in report.stores:
        tables = {
            name: [table.landed, table.removed]
            for name, table in store.tables.items()
            if table.has_changes
        }
        connection.execute(f"delete from {_SCHEMA}.watermarks where store = ?", [store.store])  # noqa: S608
        connection.execute(
            f"insert into {_SCHEMA}.watermarks values (?, ?, ?, ?, ?)",  # noqa: S608
            [store.store, store.identity, store.horizon, store.newest, report.load_id],
        )
        connection.execute(
            f"insert into {_SCHEMA}.loads values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            [
                report.load_id,
                store.store,
                store.identity,
                store.horizon,
                sum(table.landed for table in store.tables.values()),
                sum(table.removed for table in store.tables.values()),
                store.is_full,
                orjson.dumps(tables).decode(),
                landed_at,
                landed_at,
                finished_at,
            ],
        )
