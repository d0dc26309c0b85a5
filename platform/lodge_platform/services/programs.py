"""Run a program for a service: it ends when the service is told to stop, or when we are gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

from lodge_platform.errors import SetUpError, TryAgainError

_GRACE_SECONDS = 6.0
_TETHER = Path(__file__).with_name("tether.py")


def run_program(
    arguments: Sequence[str],
    *,
    stop: Event,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> None:
    """Run the program until it ends or `stop` is set; then SIGTERM, and SIGKILL after six seconds.

    It stays in our process group, and on Linux the kernel kills it when we die. Raises SetUpError
    when it cannot be started, TryAgainError when it ends by itself.
    """
    try:
        program = subprocess.Popen(  # noqa: S603 - the arguments are the service's own
            [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *arguments],
            env={**os.environ, **(environ or {})},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=2,  # results are for verbs; a service only logs
        )
    except OSError as error:
        raise SetUpError(f"{arguments[0]} cannot be started: {error}") from error
    try:
        while program.poll() is None and not stop.wait(0.2):
            pass
    finally:
        _end(program)
    if not stop.is_set():
        raise TryAgainError(f"{Path(arguments[0]).name} ended with code {program.returncode}")


def _end(program: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        program.send_signal(signal.SIGTERM)
    try:
        program.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
