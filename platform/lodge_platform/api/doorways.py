"""Doorways: what a room answers outside /api/v1 for programs, behind the same recognition.

Under the entry point group `lodge.doorways` a room registers a `Doorway`. Its application is
given `admit`, which says who asks, within the limits, with the action's right, or raises the
problem to be answered; a doorway never answers before it has called it.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol

from starlette.types import Receive, Scope, Send

from lodge_platform.api.requests import Asked
from lodge_platform.errors import SetUpError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import RightsRow, row
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge

GROUP = "lodge.doorways"
Headers = list[tuple[str, str]]
Admit = Callable[[Asked, Action, Headers], Awaitable[SignedIn]]
"""Request, action and headers of the answer (to which limits are added) to who asks."""


class Answering(Protocol):
    """An ASGI application that gives back what it holds."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    def close(self) -> None:
        """Give back every connection and thread."""
        ...


@dataclass(frozen=True)
class Doorway:
    """All paths below `prefix` ("/links"); `routes` are method, path and action of each, for the
    rights matrix; `build` makes the application."""

    prefix: str
    routes: tuple[tuple[str, str, Action], ...]
    build: Callable[[Lodge, Admit], Answering]


def registered_doorways() -> list[Doorway]:
    """What every room brings, in order of the entry points' names."""
    found: list[Doorway] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        doorway = point.load()
        if not isinstance(doorway, Doorway):
            raise SetUpError(f"entry point {point.value} is no lodge_platform.api.doorways.Doorway")
        found.append(doorway)
    return found


def doorway_rows(doorways: Iterable[Doorway]) -> list[RightsRow]:
    """A row of the rights matrix for each route of each doorway."""
    return [
        row("route", f"{method} {path}", action)
        for doorway in doorways
        for method, path, action in doorway.routes
    ]
