"""The read-only SQL door: one query over the last published state of the reports store.

Read-only by the engine: the lake is attached read-only at one snapshot, files and network are
shut off, settings are locked. What the engine would still let through is refused by its parser.
"""

import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime

import duckdb

from lodge_dictionary.statement import require_query
from lodge_platform.errors import RefusedError
from lodge_platform.settings import Settings
from lodge_platform.stores import open_stores
from lodge_platform.stores.published import Published, last_published
from lodge_platform.stores.reports import open_reports


class Door:
    """An open door; `published` says which state it shows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, published: Published) -> None:
        self.published = published
        self._connection = connection

    def ask(self, query: str, *, seconds: float = 300) -> duckdb.DuckDBPyConnection:
        """The open result of `query`, computed within `seconds`.

        Raises RefusedError for anything but one query over the reports store.
        """
        require_query(self._connection, query)
        stop = threading.Timer(seconds, self._connection.interrupt)
        stop.daemon = True
        stop.start()
        try:
            return self._connection.execute(query)
        except duckdb.InterruptException as error:
            raise RefusedError(f"the query took longer than {seconds:g} seconds") from error
        except duckdb.OutOfMemoryException as error:
            raise RefusedError(
                f"the query needs more memory than setting memory_limit_megabytes allows: {error}"
            ) from error
        except duckdb.Error as error:
            raise RefusedError(f"the query was refused: {error}") from error
        finally:
            stop.cancel()


@contextmanager
def open_door(settings: Settings, *, as_of: datetime | None = None) -> Generator[Door]:
    """The door to the newest published state, or to the one that was newest at `as_of`."""
    stores = open_stores(settings)
    try:
        with stores.master.read() as master:
            published = last_published(master, as_of=as_of)
    finally:
        stores.close()
    with closing(open_reports(settings, snapshot=published.snapshot_no)) as connection:
        yield Door(connection, published)
