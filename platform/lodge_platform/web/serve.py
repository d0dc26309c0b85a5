"""The web application as a program: uvicorn on the settings' address, until it is told to stop."""

import asyncio
import socket
from contextlib import suppress
from threading import Event

import uvicorn
from fastapi import FastAPI

from lodge_platform.errors import SetUpError
from lodge_platform.lodge import Lodge
from lodge_platform.settings import Settings
from lodge_platform.web.assembly import create_application
from lodge_platform.web.live import Live

_GRACE_SECONDS = 5


def serve(lodge: Lodge) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM); requests under way are ended."""
    run(lodge, Event())


def run(lodge: Lodge, stop: Event) -> None:
    """Serve until `stop` is set. Raises SetUpError when the address is taken."""
    application = create_application(lodge)
    with _listening(lodge.settings) as listener:
        asyncio.run(_serve(application, listener, stop))


async def _serve(application: FastAPI, listener: socket.socket, stop: Event) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            server_header=False,
            # Forwarded headers are claims; nobody in front of us is trusted to make them.
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            lifespan="on",
        )
    )
    watch = asyncio.create_task(_stop_when_told(server, application.state.live, stop))
    try:
        await server.serve([listener])
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _stop_when_told(server: uvicorn.Server, live: Live, stop: Event) -> None:
    while not stop.is_set() and not server.should_exit:
        await asyncio.sleep(0.1)
    # Open streams would keep the server waiting for the whole time of grace.
    live.end_all()
    server.should_exit = True


def _listening(settings: Settings) -> socket.socket:
    address = (settings.web_host, settings.web_port)
    family = socket.AF_INET6 if ":" in settings.web_host else socket.AF_INET
    try:
        return socket.create_server(address, family=family, backlog=512)
    except OSError as error:
        raise SetUpError(
            f"cannot listen on {address[0]} port {address[1]} ({error.strerror}); settings "
            "web_host and web_port name another"
        ) from error
