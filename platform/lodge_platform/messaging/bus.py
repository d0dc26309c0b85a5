"""The bus: after a commit, whoever waits for such a change looks at once instead of later.

A wake-up may be lost, never data: every loop also looks from time to time. On PostgreSQL
wake-ups travel by LISTEN/NOTIFY, on SQLite by watching the file for commits, and with
`bus_url` by NATS, where several hosts share the work.
"""

from collections.abc import Iterable
from threading import Lock, get_ident
from typing import Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from lodge_platform.lodge import Lodge
from lodge_platform.messaging.listeners import Listener


class Carrier(Protocol):
    """What brings wake-ups from and to other processes."""

    @property
    def longest_wait_seconds(self) -> float:
        """After how long a waiting loop looks by itself: less while the carrier is away."""
        ...

    def start(self, bus: "Bus") -> None:
        """Begin to call `bus.woken` for what comes in."""
        ...

    def send(self, topics: Iterable[str]) -> None:
        """Wake other processes; never raises for a carrier that is away."""
        ...

    def close(self) -> None:
        """Stop."""
        ...


class Bus:
    """Wakes and is woken. One a process is enough; any thread may use it."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._listeners: list[Listener] = []
        self._waiting: dict[tuple[int, frozenset[str]], Listener] = {}
        self._lock = Lock()
        self._is_started = False

    @property
    def longest_wait_seconds(self) -> float:
        """After how long a waiting loop should look by itself, as things are."""
        return self._carrier.longest_wait_seconds

    def wake(self, *topics: str) -> None:
        """Wake whoever waits for one of `topics`, here and elsewhere. Call it after the commit."""
        self.woken(topics)
        self._carrier.send(topics)

    def wait(self, topics: Iterable[str], timeout: float) -> set[str]:
        """Wait at most `timeout` seconds and give the topics woken since this thread last waited.

        On SQLite any commit of another connection wakes every topic. An empty answer is no
        promise that nothing happened.
        """
        key = (get_ident(), frozenset(map(str, topics)))
        listener = self._waiting.get(key)
        if listener is None:
            listener = self._waiting[key] = self.listener(key[1])
        return listener.wait(min(timeout, self._carrier.longest_wait_seconds))

    def listener(self, topics: Iterable[str] = ()) -> Listener:
        """A listener of one's own; end it with `forget`."""
        listener = Listener(topics)
        with self._lock:
            self._listeners.append(listener)
            if not self._is_started:
                self._is_started = True
                self._carrier.start(self)
        return listener

    def forget(self, listener: Listener) -> None:
        """The listener is needed no more."""
        listener.close()
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def woken(self, topics: Iterable[str] | None) -> None:
        """Something happened: these topics, or for None any. Called by the carrier."""
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.notify(topics)

    def close(self) -> None:
        """Let go of everything."""
        self._carrier.close()
        with self._lock:
            listeners, self._listeners = self._listeners, []
            self._waiting.clear()
        for listener in listeners:
            listener.close()


def open_bus(lodge: Lodge) -> Bus:
    """A bus for this Lodge, by the carrier that the settings ask for."""
    if lodge.settings.bus_url:
        from lodge_platform.messaging.nats_carrier import NatsCarrier

        return Bus(NatsCarrier(lodge.settings.bus_url, lodge.settings.partition_name))
    if lodge.stores.active.is_sqlite:
        from lodge_platform.messaging.sqlite_carrier import SqliteCarrier

        return Bus(SqliteCarrier(str(lodge.stores.active.engine.url.database)))
    from lodge_platform.messaging.postgresql_carrier import PostgresqlCarrier

    return Bus(PostgresqlCarrier(lodge.stores.active.engine.url))


_SHARED: WeakKeyDictionary[Engine, Bus] = WeakKeyDictionary()
_SHARED_LOCK = Lock()


def bus_of(lodge: Lodge) -> Bus:
    """The one bus of this Lodge in this process, opened at first need."""
    with _SHARED_LOCK:
        bus = _SHARED.get(lodge.stores.active.engine)
        if bus is None:
            bus = _SHARED[lodge.stores.active.engine] = open_bus(lodge)
        return bus


def close_bus_of(lodge: Lodge) -> None:
    """Close the shared bus, if one was opened."""
    with _SHARED_LOCK:
        bus = _SHARED.pop(lodge.stores.active.engine, None)
    if bus is not None:
        bus.close()


def wake(lodge: Lodge, *topics: str) -> None:
    """Wake whoever waits for one of `topics`, by the shared bus. Call it after the commit."""
    bus_of(lodge).wake(*topics)
