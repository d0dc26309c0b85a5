"""The dashboards as a service process: Streamlit as a program, in a process group of their own."""

from __future__ import annotations

import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from lodge_platform.errors import SetUpError
from lodge_platform.services import ServiceProcess

if TYPE_CHECKING:
    from lodge_platform.lodge import Lodge
    from lodge_platform.settings import Settings

SCRIPT = Path(__file__).parent / "start" / "app.py"
_RESTRICTED = {"127.0.0.1", "localhost", "::1"}


def _run(lodge: Lodge, stop: Event) -> None:
    from lodge_platform.services.programs import run_program

    settings = lodge.settings
    if find_spec("streamlit") is None:
        raise SetUpError("streamlit is not installed; install lodge[dashboards]")
    _require_free(settings)
    # Colours and all that never varies stand in `.streamlit/config.toml` beside the script.
    run_program(
        program(settings),
        stop=stop,
        environ={"LODGE_HOME": str(settings.home), "DO_NOT_TRACK": "1"},
        folder=SCRIPT.parent,
    )


def program(settings: Settings) -> list[str]:
    """Program and arguments that serve the dashboards of the home that LODGE_HOME names."""
    address = settings.web_host
    options = [f"--server.address={address}", f"--server.port={settings.dashboards_port}"]
    if address in _RESTRICTED:
        # Another name in the Host header is a page elsewhere that rebound its own name to us.
        options += [f"--server.allowedHosts={name}" for name in sorted(_RESTRICTED)]
    return [sys.executable, "-P", "-m", "streamlit", "run", str(SCRIPT), *options]


def _require_free(settings: Settings) -> None:
    host, port = settings.web_host, settings.dashboards_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise SetUpError(
            f"cannot listen on {host} port {port} ({error.strerror}); settings web_host and "
            "dashboards_port name another"
        ) from error


process = ServiceProcess(
    name="dashboards",
    summary="Serves the dashboards.",
    run=_run,
    group="dashboards",
)
