"""The journal of calls: a row for each, written in groups by a thread of its own.

What a call says of its link's source goes into `data_links` with it, and only when it changes.
No asker waits for this, and none fails when the store is away.
"""

import atexit
import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from weakref import WeakSet

from sqlalchemy import Connection

from lodge_adapters.called import Called, write_calls
from lodge_adapters.states import note_said
from lodge_platform.errors import LodgeError
from lodge_platform.lodge import Lodge

_LOG = logging.getLogger(__name__)
_WRITTEN_WITHIN_SECONDS = 0.5
_MOST_KEPT = 50_000
_MOST_AT_ONCE = 5_000

Job = Callable[[Connection], None]


class Journal:
    """The journal of one Lodge; its thread begins with the first call."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge
        self._kept: deque[Called] = deque()
        self._jobs: deque[Job] = deque()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._news = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._has_warned = False
        self._lost = 0

    def note(self, called: Called) -> None:
        """Keep this for the next group."""
        if len(self._kept) >= _MOST_KEPT:
            self._lost += 1
            with suppress(IndexError):
                self._kept.popleft()
        self._kept.append(called)
        if self._thread is None:
            self._begin()
        if not self._news.is_set():
            self._news.set()

    def do(self, job: Job) -> None:
        """Have this written soon, in a transaction of its own."""
        self._jobs.append(job)
        if self._thread is None:
            self._begin()
        self._news.set()

    def flush(self) -> None:
        """Write now what is kept. What cannot be written is kept, unless the store refuses it."""
        with self._writing:
            lost, self._lost = self._lost, 0
            if lost:
                _LOG.warning("%d calls of data links were not noted: too many waited", lost)
            while self._jobs:
                if not self._written(self._jobs[0]):
                    return
                self._jobs.popleft()
            while group := self._taken():
                if not self._written(partial(_write, group)):
                    self._kept.extendleft(reversed(group))
                    return

    def _taken(self) -> list[Called]:
        count = min(len(self._kept), _MOST_AT_ONCE)
        return [self._kept.popleft() for _ in range(count)]

    def close(self) -> None:
        """Write what is kept and end the thread; the journal can be used again."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._closing.set()
            self._news.set()
        if thread is not None:
            thread.join(timeout=10)
        self.flush()
        _open.discard(self)

    def _begin(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._closing = threading.Event()
            self._thread = threading.Thread(
                target=self._work, args=(self._closing,), name="link journal", daemon=True
            )
            self._thread.start()
        _open.add(self)

    def _work(self, closing: threading.Event) -> None:
        while not closing.is_set():
            self._news.wait()
            closing.wait(_WRITTEN_WITHIN_SECONDS)
            self._news.clear()
            self.flush()

    def _written(self, job: Job) -> bool:
        """Whether it is done with: written, or refused for good, which only a row can be that no
        store can hold; that ends neither the thread nor what comes after it."""
        try:
            with self._lodge.stores.active.write() as connection:
                job(connection)
        except Exception as error:
            if not self._has_warned:
                _LOG.warning("calls of data links cannot be noted: %s", type(error).__name__)
            self._has_warned = True
            return not isinstance(error, LodgeError)
        self._has_warned = False
        return True


_open: "WeakSet[Journal]" = WeakSet()


def _flush_all() -> None:
    for journal in list(_open):
        with suppress(Exception):
            journal.flush()


atexit.register(_flush_all)


def _write(group: list[Called], connection: Connection) -> None:
    write_calls(connection, group)
    # The last word on each link counts: what lay between changed nothing for long.
    last = {called.link: called for called in group if called.said is not None}
    for called in last.values():
        if called.said is not None:
            note_said(connection, called.link, called.said, called.called_at)
