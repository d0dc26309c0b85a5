"""`lodge up --detach`: the same in the background, its log in the home."""

import subprocess
import sys
import time
from collections.abc import Sequence

from lodge_platform.errors import SetUpError
from lodge_platform.services.health_file import health_folder
from lodge_platform.services.home_lock import read_record
from lodge_platform.settings import Settings

_WAIT_SECONDS = 30.0


def start_in_background(settings: Settings, *, host_name: str | None, names: Sequence[str]) -> int:
    """Start it, wait until it holds the home, and give its process.

    Raises SetUpError with its last word when it ends instead.
    """
    folder = health_folder(settings.home)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = folder / "up.log"
    host = ["--host", host_name] if host_name else []
    with log.open("a", encoding="utf-8") as said:
        begun = said.tell()
        process = subprocess.Popen(  # noqa: S603 - our own program
            [
                *(sys.executable, "-P", "-m", "lodge_platform.cli"),
                *("--home", str(settings.home), "up", *host, *names),
            ],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    give_up_at = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            with log.open(encoding="utf-8") as written:
                written.seek(begun)
                last = written.read().strip().splitlines()
            raise SetUpError(last[-1].removeprefix("lodge: ") if last else "it ended at once")
        record = read_record(settings.home)
        if record is not None and record.process_id == process.pid:
            return process.pid
        time.sleep(0.05)
    raise SetUpError(f"it did not start in {_WAIT_SECONDS:.0f} s; see {log}")
