"""One call of a source, in a thread of its own: what it brings is taken piece by piece.

The taker waits no longer than the call's deadline, whatever its thread is stuck in. A taker that
is slower than the source holds it back; its time is not the source's.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Generic, TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    wait_random_exponential,
)

from lodge_adapters.access.source import (
    Batch,
    BrokenSourceError,
    BusySourceError,
    Context,
    SlowSourceError,
    TooLargeError,
    Values,
)
from lodge_adapters.call_errors import GONE, BusyPlaceError, ReaderGoneError, told_to_asker
from lodge_adapters.library import KnownLink
from lodge_adapters.places import Place
from lodge_platform.errors import TryAgainError

_Piece = TypeVar("_Piece")
_MOST_PIECES = 2
# A source that keeps its deadline says itself what was slow; it is given this long to.
_GRACE_SECONDS = 0.25
_PAUSES = wait_random_exponential(multiplier=0.1, max=2.0)


@dataclass(frozen=True)
class CallContext(Context):
    """A context whose deadline moves while nobody could have kept it."""

    def extend(self, seconds: float) -> None:
        """As many seconds later."""
        object.__setattr__(self, "deadline", self.deadline + seconds)

    def renew(self) -> None:
        """A whole call's time from now on."""
        object.__setattr__(self, "deadline", monotonic() + self.link.limits.seconds)


class SourceCall(Generic[_Piece]):
    """A call under way. `make` turns batches into pieces, in the call's thread.

    `ended` is called once, with None or the error the call ended by: by the thread, or by the
    taker who gave up before.
    """

    def __init__(
        self,
        known: KnownLink,
        place: Place,
        values: Values,
        context: CallContext,
        *,
        make: Callable[[Iterator[Batch]], Iterable[_Piece]],
        ended: Callable[[Exception | None], None],
    ) -> None:
        self.most_at_once = known.link.limits.at_once
        self._known, self._place, self._values, self._context = known, place, values, context
        self._make, self._ended = make, ended
        self._changed = threading.Condition()
        self._pieces: deque[_Piece] = deque()
        self._has_begun = False
        self._is_over = False
        self._error: Exception | None = None
        self._cancelled = threading.Event()
        self._wake: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin, as soon as the place has a turn for it."""
        self._place.start(self)

    def run(self) -> None:
        """The call itself."""
        self._has_begun = True
        try:
            is_whole = not self._cancelled.is_set() and self._call()
            self._end(None if is_whole else ReaderGoneError(GONE))
        except Exception as error:
            self._end(error)

    def crowded_out(self) -> None:
        """No thread could be had for it."""
        self._end(BusyPlaceError(f"{self._place.name} is not asked: this machine is too busy"))

    def take(self) -> _Piece | None:
        """The next piece; None after the last. Raises the error that the call ended by."""
        began = monotonic()
        with self._changed:
            while True:
                if self._pieces or self._is_over:
                    return self._taken()
                left = self._left_to_taker(began)
                if left <= 0:
                    break
                self._changed.wait(left)
        raise self.give_up()

    async def take_soon(self, gone: "asyncio.Future[None] | None" = None) -> _Piece | None:
        """As `take`, for an event loop. Raises ReaderGoneError as soon as `gone` is done."""
        began = monotonic()
        loop = asyncio.get_running_loop()
        while True:
            with self._changed:
                if self._pieces or self._is_over:
                    return self._taken()
                news: asyncio.Future[None] = loop.create_future()
                self._wake = partial(_wake, loop, news)
            left = self._left_to_taker(began)
            if left <= 0:
                raise self.give_up()
            waited = {news} if gone is None else {news, gone}
            await asyncio.wait(waited, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if gone is not None and gone.done():
                self.cancel()
                raise ReaderGoneError(GONE)

    def cancel(self) -> None:
        """Nothing more is wanted: the source is told as soon as it can be."""
        self._cancelled.set()
        with self._changed:
            self._changed.notify_all()
        if self._place.withdraw(self):
            self._end(ReaderGoneError(GONE))

    def give_up(self) -> SlowSourceError:
        """End it because it is late; what its taker is to be told."""
        seconds = f"{self._known.link.limits.seconds:g} s"
        if self._has_begun:
            late = SlowSourceError(f"{self._place.name} did not answer within {seconds}")
        else:
            running = f"{self._place.running} calls of it are under way"
            late = BusyPlaceError(f"{self._place.name} is busy: {running}")
        self._end(late)
        self.cancel()
        return late

    def left(self) -> float:
        """Seconds until it is late."""
        return self._left() + _GRACE_SECONDS

    @property
    def has_begun(self) -> bool:
        """Whether the source was called at all."""
        return self._has_begun

    def _left_to_taker(self, began: float) -> float:
        """How many seconds a taker who began to wait then waits at most; a load's next batch has
        a whole call's time."""
        is_load, seconds = self._context.is_load, self._known.link.limits.seconds
        until = began + seconds if is_load else self._context.deadline
        return until + _GRACE_SECONDS - monotonic()

    def _taken(self) -> _Piece | None:
        if self._pieces:
            piece = self._pieces.popleft()
            self._changed.notify_all()
            return piece
        if self._error is not None:
            raise self._error
        return None

    def _call(self) -> bool:
        """Make the call and hand over what it brings; whether to the end."""
        with self._known.in_use() as source:
            batches = self._tried(lambda: source.batches(self._values, self._context))
            try:
                return all(self._put(piece) for piece in self._make(batches))
            finally:
                batches.close()

    def _tried(self, begin: Callable[[], Iterator[Batch]]) -> Generator[Batch]:
        """The batches; until the first one comes, a call that fails is made again."""
        pauses = Retrying(
            stop=self._is_tried_enough,
            wait=_pause,
            retry=retry_if_exception(_is_passing),
            sleep=sleep_using_event(self._cancelled),
            reraise=True,
        )
        batches: Iterator[Batch] = iter(())
        found: Batch | None = None
        for attempt in pauses:
            with attempt:
                self._renew()
                batches = begin()
                found = next(batches, None)
        try:
            while found is not None:
                yield found
                self._renew()
                found = next(batches, None)
        finally:
            close = getattr(batches, "close", None)
            if close is not None:
                close()

    def _is_tried_enough(self, state: RetryCallState) -> bool:
        is_last = state.attempt_number >= self._known.link.limits.tries
        return is_last or self._cancelled.is_set() or self._left() <= state.upcoming_sleep

    def _renew(self) -> None:
        if self._context.is_load:
            self._context.renew()

    def _left(self) -> float:
        return self._context.deadline - monotonic()

    def _put(self, piece: _Piece) -> bool:
        """Hand it over; False when nothing more is wanted."""
        began = monotonic()
        patience = None if self._context.is_load else self._known.link.limits.seconds
        with self._changed:
            has_room = self._changed.wait_for(
                lambda: len(self._pieces) < _MOST_PIECES or self._cancelled.is_set(), patience
            )
            if self._cancelled.is_set():
                return False
            if not has_room:
                raise ReaderGoneError(f"the reader took nothing for {patience:g} s")
            self._pieces.append(piece)
            self._changed.notify_all()
            wake, self._wake = self._wake, None
        self._context.extend(monotonic() - began)
        if wake is not None:
            wake()
        return True

    def _end(self, error: Exception | None) -> None:
        with self._changed:
            if self._is_over:
                return
            self._is_over = True
            self._error = told_to_asker(error, self._known)
            self._changed.notify_all()
            wake, self._wake = self._wake, None
        self._ended(self._error)
        if wake is not None:
            wake()


def _pause(state: RetryCallState) -> float:
    """Seconds before the next try: what the source asks for, else more each time, never even."""
    error = state.outcome.exception() if state.outcome is not None else None
    if isinstance(error, BusySourceError):
        return error.retry_after_seconds
    return _PAUSES(state)


def _is_passing(error: BaseException) -> bool:
    is_final = isinstance(error, BrokenSourceError | TooLargeError)
    return isinstance(error, TryAgainError) and not is_final


def _wake(loop: asyncio.AbstractEventLoop, news: "asyncio.Future[None]") -> None:
    with suppress(RuntimeError):  # the loop has ended, and nobody waits
        loop.call_soon_threadsafe(_tell, news)


def _tell(news: "asyncio.Future[None]") -> None:
    if not news.done():
        news.set_result(None)
