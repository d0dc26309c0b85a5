"""One group of service instances as an operating system process of its own session."""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lodge_platform.services.leftovers import stamp_of


@dataclass(frozen=True)
class Start:
    """What every group of one `lodge up` is started with."""

    home: Path
    host_name: str
    stamp: str
    parent_pipe: int
    lock: int
    only: Collection[str] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Group:
    """A started group. It leads its session and process group, so that both end with it."""

    def __init__(self, name: str, start: Start) -> None:
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [
                *(sys.executable, "-P", "-m", "lodge_platform.services.child"),
                *("--home", str(start.home), "--group", name, "--stamp", start.stamp),
                *("--parent-pipe", str(start.parent_pipe), "--only", *sorted(start.only)),
            ],
            env={
                **start.environ,
                "LODGE_HOME": str(start.home),
                "LODGE_HOST_NAME": start.host_name,
                **stamp_of(start.stamp, name),
            },
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(start.parent_pipe, start.lock),
        )

    @property
    def process_id(self) -> int:
        """Its process, and its process group."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """How it ended, or None while it lives."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """SIGTERM to its first process, which ends what it started before itself."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to everybody in it, also when its first process has ended already."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
