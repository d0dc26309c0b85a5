"""End what outlived its `lodge up`: processes that carry its stamp in their environment.

A program that a service started may have left its process group, or its parents may all have
been killed at once. On Linux such processes are found in /proc; elsewhere the groups must do.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

# Not LODGE_...: those are settings.
STAMP = "_LODGE_UP_STAMP"


def stamp_of(stamp: str, group: str) -> dict[str, str]:
    """The environment variable that marks what one group of one `lodge up` starts."""
    return {STAMP: f"{stamp}.{group}"}


def stamped(stamp: str, group: str = "") -> list[int]:
    """Processes started under `stamp`, all or those of one group; this one is not counted."""
    wanted = f"{STAMP}={stamp}.{group}".encode()
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            lines = (folder / "environ").read_bytes().split(b"\0")
            said = next((line for line in lines if line.startswith(wanted)), None)
            if said is not None and (not group or said == wanted) and not _is_over(folder):
                found.append(int(folder.name))
    return [pid for pid in found if pid != os.getpid()]


def end_leftovers(stamp: str, group: str = "", *, grace_seconds: float = 3.0) -> int:
    """Ask each of them to end, then kill those that did not; gives how many there were."""

    def living() -> list[int]:
        return stamped(stamp, group)

    first = living()
    for pid in first:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
    give_up_at = monotonic() + grace_seconds
    while first and monotonic() < give_up_at and living():
        sleep(0.05)
    while left := living() if first else []:
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        sleep(0.05)
        if monotonic() > give_up_at + 5:
            break
    return len(first)


def _is_over(folder: Path) -> bool:
    """Whether only the entry is left, for a parent to collect."""
    return (folder / "stat").read_text("utf-8").rpartition(")")[2].split()[0] in "ZX"
