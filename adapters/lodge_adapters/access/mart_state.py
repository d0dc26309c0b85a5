"""The published state of the reports store, opened once for all links of a house in a process.

Opening it loads DuckDB's extensions, which takes longer than most questions to a mart.
"""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from weakref import WeakKeyDictionary

import duckdb
from sqlalchemy import Engine

from lodge_platform.lodge import Lodge
from lodge_platform.settings import Settings
from lodge_platform.stores.published import last_published
from lodge_platform.stores.reports import open_reports


class PublishedState:
    """At most one snapshot is kept open, the newest; an older one is closed by its last reader."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest: _Opened | None = None

    @contextmanager
    def asking(self, settings: Settings, snapshot_no: int) -> Generator[duckdb.DuckDBPyConnection]:
        """A connection for one call, as `open_reports` gives it; it is closed at the end."""
        opened = self._taken(settings, snapshot_no)
        try:
            connection = opened.connection.cursor()
            try:
                yield connection
            finally:
                connection.close()
        finally:
            self._given_back(opened)

    def close(self) -> None:
        """Let go of what nobody reads; what is being read is closed by its last reader."""
        with self._lock:
            opened, self._newest = self._newest, None
            if opened is not None and not opened.readers:
                opened.connection.close()

    def _taken(self, settings: Settings, snapshot_no: int) -> "_Opened":
        with self._lock:
            old = self._newest
            if old is None or old.snapshot_no != snapshot_no or old.settings != settings:
                made = open_reports(settings, snapshot=snapshot_no)
                self._newest = _Opened(settings, snapshot_no, made)
                if old is not None and not old.readers:
                    old.connection.close()
            newest = self._newest
            assert newest is not None  # noqa: S101 - made above
            newest.readers += 1
            return newest

    def _given_back(self, opened: "_Opened") -> None:
        with self._lock:
            opened.readers -= 1
            if not opened.readers and opened is not self._newest:
                opened.connection.close()


class _Opened:
    def __init__(
        self, settings: Settings, snapshot_no: int, connection: duckdb.DuckDBPyConnection
    ) -> None:
        self.settings = settings
        self.snapshot_no = snapshot_no
        self.connection = connection
        self.readers = 0


_states: WeakKeyDictionary[Engine, PublishedState] = WeakKeyDictionary()
_making = Lock()


def state_of(lodge: Lodge) -> PublishedState:
    """The one of this house."""
    with _making:
        return _states.setdefault(lodge.stores.master.engine, PublishedState())


def newest_snapshot(lodge: Lodge) -> int:
    """The snapshot that was published last. Raises SetUpError when none ever was."""
    with lodge.stores.master.read() as master:
        return last_published(master).snapshot_no
