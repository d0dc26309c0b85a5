"""One load: every landed table of both stores, in one transaction of the reports store."""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import duckdb

from lodge_pipelines.landing import control
from lodge_pipelines.landing.merge import (
    checksums,
    land_changes,
    land_in_full,
    remove_deleted,
)
from lodge_pipelines.landing.report import LoadReport, StoreLoad, TableLoad
from lodge_pipelines.landing.source import Cut, Source
from lodge_platform.schema.landed import LandedTable, StoreName, landed_tables
from lodge_platform.settings import Settings

log = logging.getLogger(__name__)
_INTERVAL_SECONDS = 900


def load(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    now: datetime,
    is_full: bool = False,
    is_verified: bool = True,
) -> LoadReport:
    """Bring every landed table up to its store; `connection` is the reports store's writer.

    Active is read before master, so that what active refers to is there. Verified, each copy's
    row count and sum of change numbers are compared with the store's, and a copy that differs is
    made anew and named in the log. A load that changed nothing is not committed, unless
    another interval has begun since the last one.
    """
    began = time.perf_counter()
    control.prepare(connection)
    with _sources(connection, settings) as sources:
        connection.execute("begin")
        last_id, last_at = control.last_landed(connection)
        stores = tuple(_land_store(source, is_full, is_verified=is_verified) for source in sources)
        has_changes = any(table.has_changes for s in stores for table in s.tables.values())
        is_committed = has_changes or last_at is None or _interval(last_at) != _interval(now)
        report = LoadReport(
            load_id=last_id + 1 if is_committed else last_id,
            landed_at=now,
            seconds=time.perf_counter() - began,
            is_committed=is_committed,
            stores=stores,
        )
        if is_committed:
            control.record(connection, report)
        connection.execute("commit" if is_committed else "rollback")
    return report


@contextmanager
def _sources(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> Generator[tuple[Source, Source]]:
    # one thread: reading a store is one stream, and a second thread only spins beside it
    connection.execute("set threads = 1")
    active = Source(connection, "active", url=settings.active_url)
    master = Source(connection, "master", url=settings.master_url)
    yield active, master
    active.close()
    master.close()
    connection.execute("reset threads")


def _land_store(source: Source, is_full: bool, *, is_verified: bool) -> StoreLoad:
    tables = tuple(table for table in landed_tables() if table.store == source.store)
    cut = source.cut(tables)
    since = None if is_full else _since(source, cut)
    done = _land_tables(source, tables, since)
    if is_verified:
        done = _verified(source, tables, done)
    return StoreLoad(source.store, cut.identity, cut.horizon, cut.newest, since is None, done)


def _since(source: Source, cut: Cut) -> int | None:
    last = control.watermark_of(source.connection, source.store)
    if last is None:
        return None
    if last.identity != cut.identity:
        return _start_over(source.store, f"it is another database ({cut.identity}) than before")
    if cut.horizon < last.watermark:
        return _start_over(source.store, "its change numbers went back, so it was restored")
    return last.watermark


def _start_over(store: StoreName, reason: str) -> None:
    log.warning("landing all of %s anew: %s", store, reason)


def _land_tables(
    source: Source, tables: tuple[LandedTable, ...], since: int | None
) -> dict[str, TableLoad]:
    connection = source.connection
    present = control.landed_columns(connection)
    changed: dict[str, int] = {}
    buried: set[str] = set()
    if since is not None:
        changed = source.changed(tables, since=since)
        buried = _bury(source, since)
    done: dict[str, TableLoad] = {}
    for table in tables:
        declared = control.is_as_declared(table, present.get((table.store, table.name)))
        if since is None or not declared:
            done[table.name] = land_in_full(source, table)
            continue
        removed = remove_deleted(connection, table) if table.name in buried else 0
        landed = land_changes(source, table, since=since) if table.name in changed else 0
        done[table.name] = TableLoad(landed=landed, removed=removed)
    return done


def _bury(source: Source, since: int) -> set[str]:
    connection = source.connection
    connection.execute(
        f"create or replace temporary table buried as {source.tombstones(since=since)}"
    )
    rows = connection.execute("select distinct table_name from buried").fetchall()
    return {str(row[0]) for row in rows}


def _verified(
    source: Source, tables: tuple[LandedTable, ...], done: dict[str, TableLoad]
) -> dict[str, TableLoad]:
    wanted, found = source.checksums(tables), checksums(source.connection, tables)
    verified: dict[str, TableLoad] = {}
    for table in tables:
        rows, expected = found[table.name][0], wanted[table.name][0]
        verified[table.name] = replace(done[table.name], rows=rows)
        if found[table.name] != wanted[table.name]:
            log.warning(
                "%s.%s holds %d rows where the store has %d, or other versions of them; made anew",
                table.store,
                table.name,
                rows,
                expected,
            )
            verified[table.name] = replace(land_in_full(source, table), is_repaired=True)
    return verified


def _interval(instant: datetime) -> int:
    return int(instant.timestamp()) // _INTERVAL_SECONDS
