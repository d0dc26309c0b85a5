"""Say what can be opened as soon as it answers, and fill the dashboards after the first day."""

import logging
import os
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import httpx

from lodge_core.simulate.sign_ins import DemonstrationSignIn
from lodge_platform.errors import SetUpError, TryAgainError
from lodge_platform.services.home_lock import is_locked, present
from lodge_platform.services.programs import run_program
from lodge_platform.settings import Settings

Say = Callable[[str], None]
_LONGEST_SECONDS = 300.0
_GRACE_SECONDS = 8.0


def require_place(settings: Settings) -> None:
    """Raise before anything is begun when the home is running or a port is somebody else's."""
    if is_locked(settings.home):
        raise TryAgainError(f"{settings.home} is in use by {present(settings.home)}")
    for name in ("web_port", "dashboards_port", "dagster_port"):
        host = settings.web_host if name != "dagster_port" else "127.0.0.1"
        port: int = getattr(settings, name)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            socket.create_server((host, port), family=family).close()
        except OSError as error:
            raise SetUpError(
                f"cannot listen on {host} port {port} ({error.strerror}); name another with "
                f"LODGE_{name.upper()} or {name} in {settings.home / 'lodge.toml'}"
            ) from error


@contextmanager
def quiet(log: Path) -> Generator[None]:
    """Within the block stderr, ours and that of all we start, goes to the end of `log`."""
    sys.stderr.flush()
    kept = os.dup(2)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


class Usher:
    """Watches, from a thread beside `lodge up`, for the pages to answer; `end` before leaving."""

    def __init__(
        self,
        settings: Settings,
        sign_ins: list[DemonstrationSignIn],
        *,
        runs_pipelines: bool,
        say: Say,
    ) -> None:
        self._settings = settings
        self._sign_ins = sign_ins
        self._runs_pipelines = runs_pipelines
        self._say = say
        self._stop = Event()
        self._filling = Thread(target=self._fill_dashboards, name="filling", daemon=True)
        self._thread = Thread(target=self._watch, name="usher", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell every look
        self._thread.start()

    def end(self) -> None:
        """Watch no more, and end what was started."""
        self._stop.set()
        for thread in (self._thread, self._filling):
            if thread.is_alive():
                thread.join(_GRACE_SECONDS)

    def _watch(self) -> None:
        settings = self._settings
        host = settings.web_host
        web = f"http://{host}:{settings.web_port}"
        if not self._answers(f"{web}/health"):
            return
        self._say(f"console     {web}/console/")
        for one in self._sign_ins:
            note = "  <- nobody plays her: sign in, be ready" if one is self._sign_ins[0] else ""
            self._say(f"            {one.sign_in_name:7} {one.password:20} {one.role}{note}")
        if self._runs_pipelines:
            self._filling.start()
        others = {
            "dashboards": (f"http://{host}:{settings.dashboards_port}", "/_stcore/health"),
            "pipelines": (f"http://127.0.0.1:{settings.dagster_port}", "/server_info"),
        }
        for name, (address, path) in others.items():
            if self._answers(address + path):
                self._say(f"{name:11} {address}/")
        if not self._stop.is_set():
            self._say("Ctrl-C ends everything.")

    def _answers(self, address: str) -> bool:
        """Wait until something answers there; false when told to stop or after five minutes."""
        give_up_at = monotonic() + _LONGEST_SECONDS
        while monotonic() < give_up_at:
            try:
                if httpx.get(address, timeout=5.0).status_code < 500:
                    return True
            except httpx.HTTPError:
                pass  # not there yet
            if self._stop.wait(0.3):
                return False
        self._say(f"{address} does not answer; `lodge status` says why")
        return False

    def _fill_dashboards(self) -> None:
        arguments = [sys.executable, "-P", "-m", "lodge_platform.cli"]
        arguments += ["--home", str(self._settings.home), "pipelines", "run"]
        began = monotonic()
        with suppress(TryAgainError):  # raised at its end, whatever that was: the log tells
            run_program(arguments, stop=self._stop)
        if not self._stop.is_set():
            self._say(f"the dashboards were filled in {monotonic() - began:.0f} s")
