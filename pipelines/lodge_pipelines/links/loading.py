"""Load every landed link: each for itself, so that a source that is down holds up nobody else."""

import logging
from collections.abc import Collection
from contextlib import ExitStack
from datetime import datetime

import duckdb
from sqlalchemy import select, update

from lodge_pipelines.links import arriving, control, merging
from lodge_pipelines.links.columns import LinkTable, table_of
from lodge_pipelines.links.report import LinkLoad
from lodge_pipelines.links.shape import change_of
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError
from lodge_platform.links import LinkDescription, Links
from lodge_platform.links.opened import opened_links
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import DataLink
from lodge_platform.settings import Settings

log = logging.getLogger(__name__)


def load_links(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    now: datetime,
    names: Collection[str] | None = None,
    is_full: bool = False,
) -> tuple[LinkLoad, ...]:
    """Load these landed links, or all; `connection` is the reports store's writer.

    What came to nothing is told in the report and in `data_links`, and what was landed before
    stays. In full, loads ask for every row and remove what no longer comes, also with a cursor.
    The stores are open meanwhile and closed afterwards: land them later.
    """
    with opened_links(settings) as (lodge, links):
        wanted = [
            link
            for link in links.described()
            if link.is_landed and link.fault is None and (names is None or link.name in names)
        ]
        if wanted:
            control.prepare(connection)
        done = tuple(_load(connection, links, link, now, is_full) for link in wanted)
        links.close()  # what it notes of the calls and files is written by now
        _tell(lodge, done, now, is_all=names is None)
    return done


def _load(
    connection: duckdb.DuckDBPyConnection,
    links: Links,
    link: LinkDescription,
    now: datetime,
    is_full: bool,
) -> LinkLoad:
    try:
        return _load_table(connection, links, table_of(link), now, is_full)
    except (LodgeError, duckdb.Error) as error:
        log.warning("links.%s was not loaded: %s", link.name, error)
        return LinkLoad(link.name, link.version, failure=str(error))
    finally:
        arriving.forget(connection)
        merging.forget(connection)


def _load_table(
    connection: duckdb.DuckDBPyConnection,
    links: Links,
    table: LinkTable,
    now: datetime,
    is_full: bool,
) -> LinkLoad:
    last = control.last_load(connection, table.link)
    change = change_of(table, control.landed_types(connection, table.link), last)
    is_anew = is_full or change.is_read_anew or table.cursor is None
    since = last.cursor_value if last and not is_anew else None
    given = {table.parameter: since} if table.parameter and since is not None else {}
    with ExitStack() as call:
        batches = links.batches(table.link, given, now=now)
        call.callback(getattr(batches, "close", int))  # a call that is left half-way ends now
        arrived = arriving.gather(connection, table, batches, since=since)
    is_whole = is_full or table.cursor is None
    connection.execute("begin")
    try:
        written, removed, rows = merging.merge(
            connection, table, change, is_whole=is_whole, loaded_at=now
        )
        merging.say_what_it_means(connection, table)
        rounded = (
            f"{count} values of {name} rounded to 9 decimals"
            for name, count in arrived.rounded.items()
        )
        done = LinkLoad(
            link=table.link,
            version=table.version,
            read=arrived.rows,
            written=written,
            removed=removed,
            rows=rows,
            is_full=is_anew,
            notes=(*change.notes, *rounded),
        )
        control.record(
            connection,
            table,
            done,
            cursor_value=arrived.cursor_value,
            started_at=now,
            loaded_at=utc_now(),
        )
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return done


def _tell(lodge: Lodge, done: tuple[LinkLoad, ...], now: datetime, *, is_all: bool) -> None:
    """Say in `data_links` which loads come to nothing, and since when.

    After `is_all`, what was not loaded is landed no longer: nothing is wrong with its loads.
    """
    table = DataLink.__table__
    failures = {one.link: one.failure for one in done}
    known = select(table.c.link, table.c.load_failure, table.c.load_failing_since)
    with lodge.stores.active.write() as connection:
        for row in connection.execute(known).all():
            failure = failures.get(row.link)
            if failure == row.load_failure or not (is_all or row.link in failures):
                continue
            since = (row.load_failing_since or now) if failure else None
            values = {"load_failure": failure, "load_failing_since": since}
            connection.execute(update(table).where(table.c.link == row.link).values(values))
