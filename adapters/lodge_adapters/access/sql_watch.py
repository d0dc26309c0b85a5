"""End what a database does for a call when the call's time is up."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from types import TracebackType

from lodge_adapters.access.source import Context, SlowSourceError

_AGAIN_SECONDS = 0.05


class Watch:
    """Used as a context over one call: at the deadline it does all that `over` was given.

    `grace`: how many seconds later, where the database keeps the time itself and this is for one
    that cannot be heard any more. Afterwards nothing given to it is called again.
    """

    def __init__(self, context: Context, *, grace: float = 0.0) -> None:
        self._context = context
        self._at = context.deadline + grace
        self._stops: list[Callable[[], object]] = []
        self._sockets: list[socket.socket] = []
        self._lock = Lock()
        self._done = Event()

    def __enter__(self) -> "Watch":
        self._context.left()
        Thread(target=self._wait, name="database watch", daemon=True).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._done.set()
        with self._lock:
            self._stops.clear()
            for one in self._sockets:
                one.close()

    def over(self, stop: Callable[[], object]) -> None:
        """Call `stop` at the deadline, and again until the call has ended: a statement that began
        just then heard nothing yet."""
        with self._lock:
            self._stops.append(stop)

    def over_socket(self, number: int) -> None:
        """End the connection behind an open file descriptor at the deadline."""
        # a duplicate: the number itself may be another's after the driver has closed it
        twin = socket.socket(fileno=socket.dup(number))
        with self._lock:
            self._sockets.append(twin)
            self._stops.append(lambda: twin.shutdown(socket.SHUT_RDWR))

    @property
    def is_late(self) -> bool:
        """Whether the call's time is up."""
        return time.monotonic() >= self._context.deadline

    def late(self, place: str) -> SlowSourceError:
        """What is said of a call whose time is up."""
        return slow(place, self._context)

    def _wait(self) -> None:
        self._done.wait(max(0.0, self._at - time.monotonic()))
        while not self._done.wait(_AGAIN_SECONDS):
            with self._lock:
                for stop in self._stops:
                    with suppress(Exception):  # the call may be ending at this very moment
                        stop()


def slow(place: str, context: Context) -> SlowSourceError:
    """A source that did not answer within the link's time."""
    return SlowSourceError(
        f"{place} did not answer in time: a call may take {context.link.limits.seconds:g} s"
    )
