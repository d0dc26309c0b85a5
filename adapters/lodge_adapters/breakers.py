"""A breaker for each source place: after many failures in a row it is left alone for a while."""

import threading
from datetime import datetime, timedelta

from pybreaker import (
    STATE_CLOSED,
    STATE_OPEN,
    CircuitBreaker,
    CircuitMemoryStorage,
)

from lodge_adapters.language import Breaker
from lodge_platform.errors import TryAgainError


class LeftAloneError(TryAgainError):
    """The source failed many times in a row and is not tried for `retry_after_seconds` more."""

    def __init__(self, place: str, seconds: float) -> None:
        super().__init__(f"{place} failed too often and is left alone for now")
        self.retry_after_seconds = max(1, round(seconds))


class PlaceBreaker:
    """The breaker of one place. A call is let in, and then ends by one of the three verdicts.

    The instants given decide when it is tried again, not the wall clock.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._storage = CircuitMemoryStorage(STATE_CLOSED)
        self._breaker = CircuitBreaker(state_storage=self._storage, throw_new_error_on_trip=False)
        self._lock = threading.Lock()
        self._is_tried = False

    def let_in(self, settings: Breaker, now: datetime) -> bool:
        """Whether this call is the one try after a time of rest. Raises LeftAloneError."""
        with self._lock:
            if self._breaker.current_state == STATE_CLOSED:
                return False
            if self._breaker.current_state == STATE_OPEN:
                ends_at = (self._storage.opened_at or now) + timedelta(seconds=settings.seconds)
                if now < ends_at:
                    raise LeftAloneError(self._place, (ends_at - now).total_seconds())
            if self._is_tried:
                raise LeftAloneError(self._place, 1)
            self._breaker.half_open()
            self._is_tried = True
            return True

    def answered(self, *, is_try: bool) -> None:
        """The source answered."""
        with self._lock:
            self._end(is_try)
            if is_try or self._breaker.current_state == STATE_CLOSED:
                self._breaker.call(_nothing)

    def failed(self, settings: Breaker, now: datetime, *, is_try: bool) -> None:
        """The source did not answer."""
        with self._lock:
            self._end(is_try)
            if not is_try and self._breaker.current_state != STATE_CLOSED:
                return  # a call from before it was left alone
            self._breaker.fail_max = settings.failures
            try:
                self._breaker.call(_failing)
            except _FailedError:
                if self._breaker.current_state == STATE_OPEN:
                    self._storage.opened_at = now

    def undecided(self, *, is_try: bool) -> None:
        """The call says nothing of the source: its asker went away, or it was never made."""
        with self._lock:
            self._end(is_try)

    def _end(self, is_try: bool) -> None:
        if is_try:
            self._is_tried = False


class _FailedError(Exception):
    """Tells the library of a failure."""


def _nothing() -> None:
    """Tells the library of an answer."""


def _failing() -> None:
    raise _FailedError
