"""The processes of `worker`: started when wanted, kept, ended when they take too long."""

import atexit
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from threading import Condition
from time import monotonic
from typing import Any

from lodge_adapters.documents.faults import FaultError

_MOST = 8
_MOST_OF_ONE = 3
_MOST_IDLE = 2


class SlowError(Exception):
    """It did not end in time; the process was ended."""


class GoneError(Exception):
    """The process ended by itself: it had no more memory, or a library crashed."""


class _Process:
    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, nothing from outside
                [
                    *(sys.executable, "-P", "-m", "lodge_adapters.documents.worker"),
                    str(theirs.fileno()),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", "")},
            )
        self._connection: Connection[bytes, bytes] = Connection(ours.detach())

    def run(self, job: dict[str, Any], content: bytes, deadline: float) -> tuple[Any, bytes]:
        try:
            self._connection.send_bytes(json.dumps(job).encode())
            self._connection.send_bytes(content)
            if not self._connection.poll(max(0.0, deadline - monotonic())):
                raise SlowError
            return json.loads(self._connection.recv_bytes()), self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise GoneError from error

    def end(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()


@dataclass
class _Processes:
    """Those of one process of ours: a fork of it starts its own."""

    owner: int
    idle: list[_Process] = field(default_factory=list[_Process])
    running: Counter[str] = field(default_factory=Counter[str])
    changed: Condition = field(default_factory=Condition)

    def take(self, name: str, seconds: float) -> _Process:
        """One that is free, for work of that name. Raises SlowError where none is in time."""
        with self.changed:
            if not self.changed.wait_for(lambda: self._has_room(name), seconds):
                raise SlowError
            self.running[name] += 1
            if self.idle:
                return self.idle.pop()
        try:
            return _Process()
        except BaseException:
            self.give_back(name, None)
            raise

    def give_back(self, name: str, process: _Process | None) -> None:
        """The work is done; `process` can do more, if it is given."""
        with self.changed:
            self.running[name] -= 1
            if not self.running[name]:
                del self.running[name]
            self.changed.notify_all()
            if process is not None and len(self.idle) < _MOST_IDLE:
                self.idle.append(process)
                process = None
        if process is not None:
            process.end()

    def end(self) -> None:
        """End those that are idle."""
        if self.owner == os.getpid():
            while self.idle:
                self.idle.pop().end()

    def _has_room(self, name: str) -> bool:
        return self.running.total() < _MOST and self.running[name] < _MOST_OF_ONE


_processes = _Processes(os.getpid())
atexit.register(lambda: _processes.end())


def done(name: str, job: Mapping[str, Any], content: bytes, seconds: float) -> bytes:
    """The result of a job. Those of one `name`, such as a stylesheet, cannot take all processes.

    Raises FaultError, SlowError after `seconds`, GoneError.
    """
    global _processes
    if _processes.owner != os.getpid():
        _processes = _Processes(os.getpid())
    ours = _processes
    deadline = monotonic() + seconds
    process = ours.take(name, seconds)
    try:
        said, result = process.run(dict(job) | {"seconds": seconds}, content, deadline)
    except BaseException:
        process.end()
        ours.give_back(name, None)
        raise
    ours.give_back(name, process)
    if said["error"] is not None:
        raise FaultError(said["error"], said["fault"])
    return result
