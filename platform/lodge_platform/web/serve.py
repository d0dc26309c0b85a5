"""The web application as a program: uvicorn on the settings' address, until it is told to stop."""

import asyncio
import gc
import socket
from contextlib import suppress
from threading import Event

import uvicorn
from fastapi import FastAPI

from lodge_platform.errors import SetUpError
from lodge_platform.identity.entitlements import entitlements
from lodge_platform.identity.required import second_factor_actions
from lodge_platform.lodge import Lodge
from lodge_platform.settings import Settings
from lodge_platform.web.assembly import create_application
from lodge_platform.web.client_address import trusted_proxies
from lodge_platform.web.live import Live

_GRACE_SECONDS = 5


def serve(lodge: Lodge) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM); requests under way are ended."""
    run(lodge, Event())


def run(lodge: Lodge, stop: Event, *, application: FastAPI | None = None) -> None:
    """Serve the assembled application, or the given one, until `stop` is set.

    Raises SetUpError when the address is taken, or a setting or the entitlement file is wrong.
    """
    _check(lodge.settings)
    application = create_application(lodge) if application is None else application
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        # Forwarded headers are claims; nobody in front of us is trusted to make them.
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        lifespan="on",
    )
    # What was made by now stays: looking through it again and again would hold requests up.
    gc.collect()
    gc.freeze()
    with (
        _listening(lodge.settings) as listener,
        asyncio.Runner(loop_factory=config.get_loop_factory()) as runner,
    ):
        runner.run(_serve(application, config, listener, stop))


def _check(settings: Settings) -> None:
    """Refuse now what would otherwise be refused to the first who signs in."""
    trusted_proxies(settings.trusted_proxies)
    second_factor_actions(settings)
    entitlements(settings)


async def _serve(
    application: FastAPI, config: uvicorn.Config, listener: socket.socket, stop: Event
) -> None:
    server = uvicorn.Server(config)
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
