"""How a process' instances are doing, in a small file of the home.

The registry is the place for it. But when the trouble is the master store itself, locked, away
or on a full disk, this file still says so: it has a fixed size and is overwritten in place.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
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
    """The file of one process; `write` replaces all of it without needing room on the disk."""

    def __init__(self, home: Path, group: str) -> None:
        folder = health_folder(home)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptor = os.open(
            folder / f"{group}.health", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        if os.fstat(self._descriptor).st_size != _SIZE:
            os.pwrite(self._descriptor, b" " * _SIZE, 0)

    def write(self, lines: list[Health]) -> None:
        """Say how each instance is; what does not fit is left out."""
        content = json.dumps([asdict(line) for line in lines]).encode()
        if len(content) > _SIZE:
            content = b"[]"
        os.pwrite(self._descriptor, content.ljust(_SIZE), 0)

    def close(self) -> None:
        """Nothing is running here any more."""
        self.write([])
        os.close(self._descriptor)


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
