"""Wake-ups on SQLite: one connection asks ten times a second whether anybody has committed."""

import logging
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lodge_platform.messaging.bus import Bus

_EVERY_SECONDS = 0.1
_LOG = logging.getLogger(__name__)


class SqliteCarrier:
    """Watches `pragma data_version`, which changes with every commit of another connection.

    It cannot say what changed, so all topics are woken. Nothing has to be sent.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._stop = Event()
        self._thread: Thread | None = None

    @property
    def longest_wait_seconds(self) -> float:
        """A minute; while nothing can be watched, everybody is woken each second."""
        return 60.0

    def start(self, bus: "Bus") -> None:
        """Watch, on a thread of its own."""
        self._thread = Thread(target=self._watch, args=(bus,), name="bus", daemon=True)
        self._thread.start()

    def send(self, topics: Iterable[str]) -> None:
        """The commit itself is the message."""

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _watch(self, bus: "Bus") -> None:
        while not self._stop.is_set():
            try:
                self._watch_once(bus)
            except sqlite3.Error as error:
                _LOG.warning("cannot watch %s: %s; looking each second", self._path, error)
                self._stop.wait(1)
                bus.woken(None)

    def _watch_once(self, bus: "Bus") -> None:
        target = f"file:{self._path}?mode=ro"
        with closing(
            sqlite3.connect(target, uri=True, isolation_level=None, check_same_thread=False)
        ) as own:
            last = _version(own)
            while not self._stop.wait(_EVERY_SECONDS):
                if (version := _version(own)) != last:
                    last = version
                    bus.woken(None)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma data_version").fetchone()[0])
