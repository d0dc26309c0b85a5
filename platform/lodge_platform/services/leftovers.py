"""End what outlived its `lodge up`: processes that carry its stamp in their environment.

A program that a service started may have left its process group, or its parents may all have
been killed at once. On Linux such processes are found in /proc; elsewhere the groups must do.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

# Not LODGE_...: those are settings.
STAMP = "_LODGE_UP_STAMP"


def stamped(stamp: str) -> list[int]:
    """Processes of ours that were started under `stamp`, this one not counted."""
    wanted = f"{STAMP}={stamp}".encode()
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0") and not _is_over(folder):
                found.append(int(folder.name))
    return [pid for pid in found if pid != os.getpid()]


def end_leftovers(stamp: str, *, grace_seconds: float = 3.0) -> int:
    """Ask each of them to end, then kill those that did not; gives how many there were."""
    return end_all(lambda: stamped(stamp), grace_seconds=grace_seconds)


def end_all(living: Callable[[], list[int]], *, grace_seconds: float) -> int:
    """End the processes that `living` lists: SIGTERM, and after the grace SIGKILL."""
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
