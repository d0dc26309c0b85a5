"""Only one `lodge up` in a home: a lock that ends with the last of its processes, and who they are.

The lock is on an open file that every process started by `lodge up` inherits. So who gets it
knows that all processes in the record have ended, and may give their leases free at once.
"""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lodge_platform.errors import TryAgainError
from lodge_platform.services.health_file import health_folder


@dataclass
class Record:
    """Who runs in this home: `lodge up` itself, and each process group it started."""

    process_id: int
    stamp: str
    host_name: str
    process_ids: list[int] = field(default_factory=list[int])

    def holders(self) -> list[str]:
        """The names under which these processes hold leases."""
        return [holder(self.host_name, pid, self.stamp) for pid in self.process_ids]


def holder(host_name: str, process_id: int, stamp: str) -> str:
    """How a process is named in leases: unique even when hosts share a name."""
    return f"{host_name}:{process_id}:{stamp}"


@contextmanager
def home_lock(home: Path) -> Generator[int]:
    """Hold the lock of the home; gives the descriptor for children to inherit.

    Raises TryAgainError naming who has it.
    """
    descriptor = _open(home)
    try:
        if not _try(descriptor):
            raise TryAgainError(f"{home} is in use by {present(home)}; `lodge down` ends it")
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(home: Path) -> bool:
    """Whether a `lodge up`, or a process it started, is alive in this home."""
    if not (health_folder(home) / "up.lock").exists():
        return False
    descriptor = _open(home)
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


def present(home: Path) -> str:
    """Who runs in the home, in words."""
    record = read_record(home)
    return f"`lodge up`, process {record.process_id}" if record else "another `lodge up`"


def write_record(home: Path, record: Record) -> None:
    """Keep who runs; whole or not at all."""
    path = _record_path(home)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(record)), "utf-8")
    part.chmod(0o600)
    part.replace(path)


def read_record(home: Path) -> Record | None:
    """Who ran last in this home, or None."""
    try:
        return Record(**json.loads(_record_path(home).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def forget_record(home: Path) -> None:
    """All of them have ended."""
    _record_path(home).unlink(missing_ok=True)


def _record_path(home: Path) -> Path:
    return health_folder(home) / "up.json"


def _open(home: Path) -> int:
    folder = health_folder(home)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
