"""Make a whole, checked state of the reports store the one that readers see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from sqlalchemy import Connection, insert, select, update

from lodge_platform.schema.master import PublishedSnapshot
from lodge_platform.settings import Settings
from lodge_platform.stores import open_stores
from lodge_platform.stores.reports import LAKE

_TABLE = PublishedSnapshot.__table__
_BUILDS = f"{LAKE}.landing_control.builds"


@dataclass(frozen=True)
class Built:
    """What the marts were last built from: the state of the project's files, and the load."""

    fingerprint: str
    load_id: int


def last_built(connection: duckdb.DuckDBPyConnection) -> Built | None:
    """What the marts were last built from, or None when they never were."""
    try:
        row = connection.execute(f"select fingerprint, load_id from {_BUILDS}").fetchone()  # noqa: S608
    except duckdb.CatalogException:
        return None
    return Built(str(row[0]), int(row[1])) if row else None


def publish(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    built: Built,
    run_name: str,
    landed_at: datetime,
    published_at: datetime,
) -> int:
    """Publish the newest snapshot and give its number; `connection` is the store's writer.

    When it is published already, only its freshness moves.
    """
    if last_built(connection) != built:
        connection.execute("begin")
        connection.execute(
            f"create or replace table {_BUILDS} (fingerprint varchar, load_id bigint)"
        )
        connection.execute(
            f"insert into {_BUILDS} values (?, ?)",  # noqa: S608
            [built.fingerprint, built.load_id],
        )
        connection.execute("commit")
    snapshot_no = _newest(connection)
    counts = row_counts(connection)
    stores = open_stores(settings)
    try:
        with stores.master.write() as master:
            _write(
                master,
                {
                    "snapshot_no": snapshot_no,
                    "published_at": published_at,
                    "landed_at": landed_at,
                    "run_name": run_name,
                    "row_counts": counts,
                },
            )
    finally:
        stores.close()
    return snapshot_no


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of every landed table, link and mart, by `schema.table`."""
    names = connection.execute(
        "select distinct schema_name, table_name from duckdb_columns() "
        "where database_name = ? and schema_name in ('active', 'master', 'marts', 'links') "
        "order by all",
        [LAKE],
    ).fetchall()
    each = " union all ".join(
        f"select '{schema}.{name}', count(*) from {LAKE}.{schema}.\"{name}\""  # noqa: S608 - names are ours
        for schema, name in names
    )
    return {str(name): int(count) for name, count in connection.execute(each).fetchall()}


def _write(master: Connection, values: dict[str, Any]) -> None:
    last = master.execute(
        select(_TABLE.c.published_snapshot_id, _TABLE.c.snapshot_no)
        .order_by(_TABLE.c.published_snapshot_id.desc())
        .limit(1)
    ).first()
    if last is not None and last.snapshot_no == values["snapshot_no"]:
        same = _TABLE.c.published_snapshot_id == last.published_snapshot_id
        master.execute(update(_TABLE).where(same).values(landed_at=values["landed_at"]))
    else:
        master.execute(insert(_TABLE).values(values))


def _newest(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute(f"select max(snapshot_id) from {LAKE}.snapshots()").fetchone()  # noqa: S608
    return int(row[0]) if row else 0
