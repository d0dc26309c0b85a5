"""The read-only SQL door: one query over the last published state of the reports store.

Read-only by the engine: the lake is attached read-only at one snapshot, files and network are
shut off, settings are locked. What the engine would still let through is refused by its parser.
A reader's door shows that reader's rows alone, in an engine that holds no others.
"""

from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Protocol

import duckdb
from sqlalchemy import select

from lodge_dictionary.links import link_tables_of
from lodge_dictionary.readers.record import QueryRecord
from lodge_dictionary.readers.scope import reader_of
from lodge_dictionary.readers.session import Session
from lodge_dictionary.results import Result
from lodge_dictionary.statement import require_query
from lodge_dictionary.stopping import Deadline
from lodge_platform.clock import utc_now
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.master import Department
from lodge_platform.settings import Settings
from lodge_platform.stores import Stores, open_stores
from lodge_platform.stores.published import Published, last_published
from lodge_platform.stores.reports import open_reports

MOST_SECONDS = 300


class Door(Protocol):
    """An open door; `published` says which state it shows."""

    published: Published

    def ask(self, query: str, *, seconds: float = MOST_SECONDS) -> Result:
        """The open result of `query`, computed within `seconds`.

        Raises RefusedError for anything but one query over the reports store.
        """
        ...

    def note_rows(self, count: int) -> None:
        """Say how many rows of the last query were handed out."""
        ...


class OperatorsDoor:
    """The whole store, for whoever runs the machine."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, published: Published) -> None:
        self.published = published
        self._connection = connection

    def ask(self, query: str, *, seconds: float = MOST_SECONDS) -> Result:
        """As `Door.ask`."""
        require_query(self._connection, query)
        return Result(self._connection, query, Deadline(seconds))

    def note_rows(self, count: int) -> None:
        """Nobody keeps it."""


class ReadersDoor:
    """One reader's rows; each query is written down before it runs."""

    def __init__(self, session: Session, published: Published, record: QueryRecord) -> None:
        self.published = published
        self._session = session
        self._record = record
        self._last: int | None = None

    def ask(self, query: str, *, seconds: float = MOST_SECONDS) -> Result:
        """As `Door.ask`."""
        self._last = self._record.keep(query)
        return self._session.ask(query, seconds=seconds)

    def note_rows(self, count: int) -> None:
        """Add it to the record of the last query."""
        if self._last is not None:
            self._record.count(self._last, count)


@contextmanager
def open_door(
    settings: Settings,
    *,
    as_of: datetime | None = None,
    reader: SignedIn | None = None,
    now: datetime | None = None,
    address: str | None = None,
    is_export: bool = False,
) -> Generator[Door]:
    """The door to the newest published state, or to the one that was newest at `as_of`.

    With `reader` it shows what that person may query, and keeps a record of each query; `now` is
    the time of the record, `address` where the reader is, and `is_export` whether rows leave as a
    file. Raises ForbiddenError for a reader who may query nowhere, or not export.
    """
    stores = open_stores(settings)
    try:
        with stores.master.read() as master:
            published = last_published(master, as_of=as_of)
        if reader is not None:
            asking = reader_of(reader, _departments(stores), is_export=is_export)
            record = QueryRecord(stores.active, reader, now or utc_now(), address, is_export)
            session = Session(
                settings, asking, published.snapshot_no, lambda: link_tables_of(settings)
            )
            with closing(session):
                yield ReadersDoor(session, published, record)
            return
    finally:
        stores.close()
    with closing(open_reports(settings, snapshot=published.snapshot_no)) as connection:
        yield OperatorsDoor(connection, published)


def _departments(stores: Stores) -> list[int]:
    with stores.master.read() as master:
        return list(master.scalars(select(Department.department_id).where(Department.is_active)))
