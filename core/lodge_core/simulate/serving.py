"""Say what can be opened as soon as it answers, and fill the dashboards after the first day."""

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import httpx

from lodge_core.simulate.sign_ins import DemonstrationSignIn
from lodge_platform.errors import SetUpError, TryAgainError
from lodge_platform.services.home_lock import is_locked, present
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
        self._pipelines: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._watch, name="usher", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell every look
        self._thread.start()

    def end(self) -> None:
        """Watch no more, and end what was started."""
        self._stop.set()
        self._thread.join(_GRACE_SECONDS)
        program = self._pipelines
        if program is not None and program.poll() is None:
            program.terminate()
            try:
                program.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()

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
            self._run_pipelines()
        others = {
            "dashboards": (f"http://{host}:{settings.dashboards_port}", "/_stcore/health"),
            "pipelines": (f"http://127.0.0.1:{settings.dagster_port}", "/server_info"),
        }
        for name, (address, path) in others.items():
            if self._answers(address + path):
                self._say(f"{name:11} {address}/")
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

    def _run_pipelines(self) -> None:
        home = self._settings.home
        log = home / "demonstration" / "pipelines.log"
        with log.open("ab") as output:
            self._pipelines = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "lodge_platform.cli", "--home", str(home), *_PIPELINES],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(os.environ),
            )
        self._say(f"the dashboards are being filled ({log})")


_PIPELINES = ("pipelines", "run")
