"""Wake-ups on PostgreSQL: LISTEN on one connection of its own, NOTIFY on another."""

import logging
from collections.abc import Iterable
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy.engine import URL

from lodge_platform.log import strike_secrets

if TYPE_CHECKING:
    from lodge_platform.messaging.bus import Bus

_CHANNEL = "lodge_wake"
_LOOK_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


class PostgresqlCarrier:
    """Carries topics as payloads of one channel; after a break it wakes everybody once."""

    def __init__(self, url: URL) -> None:
        plain = url.set(drivername="postgresql")
        self._target = plain.render_as_string(hide_password=False)
        self._stop = Event()
        self._thread: Thread | None = None
        self._sender: psycopg.Connection[tuple[object, ...]] | None = None
        self._lock = Lock()

    @property
    def longest_wait_seconds(self) -> float:
        """A minute; while nothing can be watched, everybody is woken each second."""
        return 60.0

    def start(self, bus: "Bus") -> None:
        """Listen, on a thread of its own."""
        self._thread = Thread(target=self._listen, args=(bus,), name="bus", daemon=True)
        self._thread.start()

    def send(self, topics: Iterable[str]) -> None:
        """Notify; a database that is away costs the others some latency, nothing else."""
        with self._lock:
            for is_second_try in (False, True):
                try:
                    if self._sender is None or self._sender.closed:
                        self._sender = psycopg.connect(
                            self._target, autocommit=True, connect_timeout=5
                        )
                    for topic in topics:
                        self._sender.execute("select pg_notify(%s, %s)", (_CHANNEL, str(topic)))
                    return
                except psycopg.Error as error:
                    self._drop_sender()
                    if is_second_try:
                        _LOG.warning("could not wake others: %s", _first_line(error))

    def close(self) -> None:
        """Stop listening and let go of both connections."""
        self._stop.set()
        with self._lock:
            self._drop_sender()
        if self._thread is not None:
            self._thread.join(timeout=3)

    def _drop_sender(self) -> None:
        if self._sender is not None:
            self._sender.close()
            self._sender = None

    def _listen(self, bus: "Bus") -> None:
        while not self._stop.is_set():
            try:
                self._listen_once(bus)
            except psycopg.Error as error:
                if self._stop.is_set():
                    return
                _LOG.warning("wake-ups are away: %s; looking each second", _first_line(error))
                self._stop.wait(_LOOK_SECONDS)
                bus.woken(None)

    def _listen_once(self, bus: "Bus") -> None:
        with psycopg.connect(self._target, autocommit=True, connect_timeout=5) as own:
            own.execute(f"listen {_CHANNEL}")
            bus.woken(None)
            while not self._stop.is_set():
                for notice in own.notifies(timeout=_LOOK_SECONDS, stop_after=1):
                    bus.woken([notice.payload])


def _first_line(error: psycopg.Error) -> str:
    lines = str(error).strip().splitlines()
    return strike_secrets(lines[0] if lines else type(error).__name__)
