"""The service process `pipelines`: Dagster's pages, its daemon, and one code server for both."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from socket import socket
from threading import Event, Thread
from typing import TYPE_CHECKING

from lodge_pipelines.dagster_home import environment_of_dagster, write_dagster_home
from lodge_platform.errors import LodgeError, SetUpError
from lodge_platform.services.process import ServiceProcess
from lodge_platform.services.programs import run_program
from lodge_platform.settings import Settings

if TYPE_CHECKING:
    from lodge_platform.lodge import Lodge


def run(lodge: "Lodge", stop: Event) -> None:
    """Run all three programs until `stop` is set or one of them ends."""
    run_dagster(lodge.settings, stop)


def run_dagster(settings: Settings, stop: Event) -> None:
    """Run the code server, the daemon and the pages of one home.

    When one ends by itself the others are ended too, and its error is raised.
    """
    port = _free_port()
    home = write_dagster_home(settings, code_server_port=port)
    _prepare_storage(settings)
    together = Event()
    faults: list[LodgeError] = []
    code_server, *others = [
        Thread(target=_run_one, args=(arguments, settings, together, faults), name=arguments[0])
        for arguments in _programs(settings, home, port)
    ]
    code_server.start()
    # the daemon and the pages give up on a code server that is not there when they look
    while not _is_listening(port) and not stop.wait(0.2) and not together.is_set():
        pass
    for thread in others:
        thread.start()
    while not stop.wait(0.2) and not together.is_set():
        pass
    together.set()
    for thread in (code_server, *others):
        thread.join()
    if faults and not stop.is_set():
        raise faults[0]


def _prepare_storage(settings: Settings) -> None:
    """Make or migrate Dagster's databases before three programs would do so at once.

    That takes seconds, so a file beside them says which version of Dagster has done it.
    """
    databases = settings.home / "dagster" / "history"
    done_by = databases / "prepared-by"
    if done_by.is_file() and done_by.read_text("utf-8") == version("dagster"):
        return
    migrate = [str(Path(sys.executable).parent / "dagster"), "instance", "migrate"]
    done = subprocess.run(  # noqa: S603 - the program of our own environment
        migrate,
        env={**os.environ, **environment_of_dagster(settings)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise SetUpError(f"Dagster's own storage cannot be prepared: {lines[-1]}")
    if databases.is_dir():
        done_by.write_text(version("dagster"), "utf-8")


def _run_one(
    arguments: Sequence[str], settings: Settings, together: Event, faults: list[LodgeError]
) -> None:
    try:
        run_program(
            arguments,
            stop=together,
            environ=environment_of_dagster(settings),
            folder=settings.home / "dagster",
        )
    except LodgeError as error:
        faults.append(error)
    finally:
        together.set()


def _programs(settings: Settings, home: Path, port: int) -> list[list[str]]:
    ours, workspace = Path(sys.executable).parent, ["-w", str(home / "workspace.yaml")]
    host = "127.0.0.1"
    return [
        [
            *(str(ours / "dagster"), "api", "grpc", "--host", host, "--port", str(port)),
            *("-m", "lodge_pipelines.definitions", "--location-name", "lodge"),
        ],
        [str(ours / "dagster-daemon"), "run", *workspace],
        [
            *(str(ours / "dagster-webserver"), *workspace, "--host", host),
            *("--port", str(settings.dagster_port)),
        ],
    ]


def _is_listening(port: int) -> bool:
    with closing(socket()) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


process = ServiceProcess(
    name="pipelines",
    summary="Loads, transforms and publishes the reports store; Dagster's pages.",
    run=run,
    group="pipelines",
)
