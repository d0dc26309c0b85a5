"""What is still to happen, in the order of its instants."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

Happening = Callable[[datetime], None]


class Timeline:
    """Happenings that wait for their instants; those of one instant keep their order."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, Happening]] = []
        self._numbers = count()

    def at(self, instant: datetime, happening: Happening) -> None:
        """Let `happening` be called with the instant at which it then happens."""
        heappush(self._waiting, (instant, next(self._numbers), happening))

    def take(self, until: datetime) -> tuple[datetime, Happening] | None:
        """The next that is due by `until`, with its instant; None when nothing is."""
        if not self._waiting or self._waiting[0][0] > until:
            return None
        instant, _number, happening = heappop(self._waiting)
        return instant, happening
