"""The web application as a service process, in a process of its own."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from lodge_platform.services import ServiceProcess

if TYPE_CHECKING:
    from lodge_platform.lodge import Lodge


def _run(lodge: Lodge, stop: Event) -> None:
    from lodge_platform.web.serve import run

    run(lodge, stop)


process = ServiceProcess(
    name="web",
    summary="Serves the console and the APIs.",
    run=_run,
    group="web",
)
