"""Who waits for which topics in this process; what comes between two waits is kept."""

from collections.abc import Iterable
from threading import Condition


class Listener:
    """Wake-ups for some topics, for one waiting thread; none of them means all topics."""

    def __init__(self, topics: Iterable[str] = ()) -> None:
        self.topics = frozenset(map(str, topics))
        self._woken: set[str] = set()
        self._is_closed = False
        self._changed = Condition()

    def notify(self, topics: Iterable[str] | None) -> None:
        """Note that something happened; None stands for every topic."""
        named = {"*"} if topics is None else set(map(str, topics))
        wanted = self.topics or named if topics is None else named & (self.topics or named)
        if wanted:
            with self._changed:
                self._woken |= wanted
                self._changed.notify_all()

    def wait(self, timeout: float) -> set[str]:
        """Wait at most `timeout` seconds and give the topics woken since the last call."""
        with self._changed:
            self._changed.wait_for(lambda: self._woken or self._is_closed, timeout)
            woken, self._woken = self._woken, set()
            return woken

    def close(self) -> None:
        """Let whoever waits go on at once."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
