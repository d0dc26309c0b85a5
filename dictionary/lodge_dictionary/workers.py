"""Queries of the API at work: in processes of their own, few at once, ended when too late."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, Timer

import msgspec

from lodge_dictionary.asked import KINDS, Asked, Told, encoded
from lodge_dictionary.frames import read_frame, write_frame
from lodge_platform.errors import (
    ConflictError,
    MistakeError,
    NotFoundError,
    RefusedError,
    TryAgainError,
)

MOST_AT_ONCE = 2
_MOST_QUERIES = 200
_WAIT_SECONDS = 10
_SPARE_SECONDS = 10  # to start, and to hand over the answer


class _Worker:
    """One process; after `_MOST_QUERIES` it is done with."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lodge_dictionary.answering"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._queries = 0
        self.is_stopped = False

    @property
    def is_of_use(self) -> bool:
        """Whether it can take another query."""
        return self._process.poll() is None and self._queries < _MOST_QUERIES

    def ask(self, content: bytes) -> tuple[Told, bytes] | None:
        """What it answers, None when it ended instead.

        Raises TryAgainError when it had ended before.
        """
        self._queries += 1
        given, taken = self._process.stdin, self._process.stdout
        assert given is not None and taken is not None  # noqa: S101, PT018 - both are pipes
        try:
            write_frame(given, content)
        except BrokenPipeError as error:
            self._queries = _MOST_QUERIES
            raise TryAgainError("the process that answers queries had ended") from error
        told, rows = read_frame(taken), read_frame(taken)
        if told is None or rows is None:
            self._queries = _MOST_QUERIES
            return None
        return msgspec.json.decode(told, type=Told), rows

    def was_killed(self) -> bool:
        """Whether it ended by a signal: out of memory, or a fault of the engine."""
        try:
            return self._process.wait(_SPARE_SECONDS) < 0
        except subprocess.TimeoutExpired:
            return False

    def stop(self) -> None:
        """End it now."""
        self.is_stopped = True
        self._process.kill()

    def close(self) -> None:
        """End it and forget it."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()


class Workers:
    """The queries that run now, by who asked and the name they gave the query."""

    def __init__(self) -> None:
        self._places = BoundedSemaphore(MOST_AT_ONCE)
        self._idle: list[_Worker] = []
        self._running: dict[tuple[str, str], _Worker] = {}
        self._lock = Lock()

    def answer(self, asked: Asked, *, name: str | None = None) -> tuple[Told, bytes]:
        """The answer's facts and its rows. Raises what the query was refused for."""
        if not self._places.acquire(timeout=_WAIT_SECONDS):
            raise TryAgainError(f"{MOST_AT_ONCE} queries run already")
        worker = self._take()
        try:
            with self._named(worker, asked.reader.name, name):
                told, rows = self._asked(worker, asked)
        finally:
            self._give_back(worker)
            self._places.release()
        if told.kind:
            raise KINDS[told.kind](told.error)
        return told, rows

    def stop(self, who: str, name: str) -> None:
        """End a running query. Raises NotFoundError unless `who` gave one that name."""
        with self._lock:
            worker = self._running.get((who, name))
        if worker is None:
            raise NotFoundError(f"no running query {name!r}")
        worker.stop()

    def _asked(self, worker: _Worker, asked: Asked) -> tuple[Told, bytes]:
        late = Timer(asked.seconds + _SPARE_SECONDS, worker.stop)
        late.daemon = True
        late.start()
        try:
            answer = worker.ask(encoded(asked))
        finally:
            late.cancel()
        if answer is None and worker.is_stopped:
            raise RefusedError(f"the query was stopped, or took longer than {asked.seconds:g} s")
        if answer is None and worker.was_killed():
            raise RefusedError("the query could not be computed: it ended the engine")
        if answer is None:
            raise MistakeError("a query could not be answered; the log says why")
        return answer

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_of_use:
                    return worker
                worker.close()
        return _Worker()

    def _give_back(self, worker: _Worker) -> None:
        if worker.is_stopped or not worker.is_of_use:
            worker.close()
            return
        with self._lock:
            self._idle.append(worker)

    @contextmanager
    def _named(self, worker: _Worker, who: str, name: str | None) -> Generator[None]:
        if name is None:
            yield
            return
        with self._lock:
            if (who, name) in self._running:
                raise ConflictError(f"you run a query named {name!r} already")
            self._running[who, name] = worker
        try:
            yield
        finally:
            with self._lock:
                del self._running[who, name]
