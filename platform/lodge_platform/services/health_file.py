"""How a process' instances are doing, in a small file of the home.

The registry is the place for it. But when the trouble is the master store itself, locked, away
or on a full disk, this file still says so: it has a fixed size and is overwritten in place.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

_SIZE = 64 * 1024


@dataclass(frozen=True)
class Health:
    """One instance as its process sees it; instants are ISO 8601, UTC."""

    name: str
    process_id: int
    state: str
    at: str
    last_error: str | None = None
    last_error_at: str | None = None
    failures_in_row: int = 0


def health_folder(home: Path) -> Path:
    """Where the files are: `run` in the home."""
    return home / "run"


class HealthFile:
    """The file of one process; `write` replaces all of it without needing room on the disk.

    It is opened for each write: a descriptor that were kept could, once closed, be the number of
    another file of the process by the time a thread that ends late writes.
    """

    def __init__(self, home: Path, group: str) -> None:
        folder = health_folder(home)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / f"{group}.health"
        self._lock = Lock()
        self._is_closed = False
        self._write(b"[]", os.O_CREAT)

    def write(self, lines: list[Health]) -> None:
        """Say how each instance is; too much to fit is not said. After `close`, nothing is."""
        content = json.dumps([asdict(line) for line in lines]).encode()
        with self._lock:
            if not self._is_closed:
                self._write(content if len(content) <= _SIZE else b"[]")

    def close(self) -> None:
        """Nothing is running here any more."""
        self.write([])
        with self._lock:
            self._is_closed = True

    def _write(self, content: bytes, flags: int = 0) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC | flags, 0o600)
        try:
            os.pwrite(descriptor, content.ljust(_SIZE), 0)
        finally:
            os.close(descriptor)


def read_health(home: Path) -> list[Health]:
    """What the processes of this home last said, one line an instance: the worst, then the newest.

    A file that is being written at this moment is left out.
    """
    found: list[Health] = []
    for path in sorted(health_folder(home).glob("*.health")):
        try:
            lines: list[dict[str, Any]] = json.loads(path.read_bytes().strip() or b"[]")
            found += [Health(**line) for line in lines]
        except (OSError, ValueError, TypeError):
            continue
    found.sort(key=lambda line: (line.last_error_at or "", line.at))
    return list({line.name: line for line in found}.values())
