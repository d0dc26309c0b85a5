"""Calls for answers that will be kept: whoever asks the same meanwhile waits for the first."""

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress

from lodge_adapters.cache import Entry
from lodge_adapters.call_errors import GONE, ReaderGoneError
from lodge_adapters.running import SourceCall


class Flight:
    """An answer to come; None for one that is too large to be kept, which each asks for alone."""

    def __init__(self) -> None:
        self._future: Future[Entry | None] = Future()
        self.call: SourceCall[None] | None = None

    def land(self, entry: Entry | None, error: Exception | None = None) -> None:
        """Tell all who wait; only the first word counts."""
        with suppress(InvalidStateError):
            if error is None:
                self._future.set_result(entry)
            else:
                self._future.set_exception(error)

    def wait(self) -> Entry | None:
        """The answer. Raises the error that the call ended by, at its deadline at the latest."""
        while True:
            try:
                return self._future.result(self._left())
            except LateError:
                self._give_up_if_late()

    async def wait_soon(self, gone: "asyncio.Future[None]") -> Entry | None:
        """As `wait`, for an event loop. Raises ReaderGoneError as soon as `gone` is done; the call
        goes on, for those who ask next."""
        landed = asyncio.wrap_future(self._future)
        while not landed.done():
            await asyncio.wait(
                {landed, gone}, timeout=self._left(), return_when=asyncio.FIRST_COMPLETED
            )
            if gone.done():
                landed.add_done_callback(_heard)
                raise ReaderGoneError(GONE)
            self._give_up_if_late()
        return landed.result()

    def then(self, told: Callable[[], None]) -> None:
        """Call this when it has landed."""
        self._future.add_done_callback(lambda _done: told())

    def _left(self) -> float:
        """Seconds to wait; few while the call is only being begun."""
        return max(0.0, self.call.left()) if self.call is not None else 0.05

    def _give_up_if_late(self) -> None:
        if self.call is not None and self.call.left() <= 0 and not self._future.done():
            self.call.give_up()


class Flights:
    """The calls under way, by what they ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Flight] = {}

    def join(self, key: Hashable) -> tuple[Flight, bool]:
        """The flight, and whether it is this asker's to begin."""
        with self._lock:
            found = self._flights.get(key)
            if found is not None:
                return found, False
            flight = self._flights[key] = Flight()
        flight.then(lambda: self._landed(key, flight))
        return flight, True

    def _landed(self, key: Hashable, flight: Flight) -> None:
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]


def _heard(landed: "asyncio.Future[Entry | None]") -> None:
    """Nobody waits for its error any more."""
    if not landed.cancelled():
        landed.exception()
