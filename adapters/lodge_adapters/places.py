"""Places that sources are at: how many calls of each run at once, and who is next.

A call that is answered without having come back keeps its place taken until it ends.
"""

import threading
from collections import deque
from typing import Protocol

from lodge_adapters.breakers import PlaceBreaker


class Work(Protocol):
    """A call that wants a turn: `most_at_once` is how many may run with it."""

    most_at_once: int

    def run(self) -> None:
        """Do it, in a thread of its own; never raises."""
        ...

    def crowded_out(self) -> None:
        """There is no thread for it."""
        ...


class Place:
    """One place, with its breaker."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.breaker = PlaceBreaker(name)
        self._lock = threading.Lock()
        self._running = 0
        self._waiting: deque[Work] = deque()

    @property
    def running(self) -> int:
        """How many calls run now."""
        return self._running

    def start(self, work: Work) -> None:
        """Give it a thread now, or when those before it have ended."""
        with self._lock:
            self._waiting.append(work)
            ready = self._ready()
        self._begin(ready)

    def withdraw(self, work: Work) -> bool:
        """It wants no turn any more; whether it had none yet."""
        with self._lock:
            try:
                self._waiting.remove(work)
            except ValueError:
                return False
            ready = self._ready()
        self._begin(ready)
        return True

    def _ready(self) -> list[Work]:
        """Those whose turn it is, in the order they came; they count as running from here on."""
        ready: list[Work] = []
        while self._waiting and self._running < self._waiting[0].most_at_once:
            ready.append(self._waiting.popleft())
            self._running += 1
        return ready

    def _begin(self, ready: list[Work]) -> None:
        for work in ready:
            name = f"link {self.name}"
            # Never waited for when the program ends: a source may hang for good.
            try:
                threading.Thread(target=self._work, args=(work,), name=name, daemon=True).start()
            except RuntimeError:  # the machine has no thread for it
                with self._lock:
                    self._running -= 1
                work.crowded_out()

    def _work(self, work: Work) -> None:
        try:
            work.run()
        finally:
            with self._lock:
                self._running -= 1
                ready = self._ready()
            self._begin(ready)


class Places:
    """Every place that was called in this process, by name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[str, Place] = {}

    def running(self) -> int:
        """How many calls run now, everywhere."""
        with self._lock:
            return sum(place.running for place in self._places.values())

    def at(self, name: str) -> Place:
        """The place of that name."""
        with self._lock:
            return self._places.setdefault(name, Place(name))
