"""Whose work it is: what a person may not do to a thing is answered as if it were not there."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

from lodge_core.agents.reading import place_of
from lodge_platform.clock import utc_now
from lodge_platform.errors import ForbiddenError, LodgeError, NotFoundError, StaleError
from lodge_platform.events import Actor
from lodge_platform.events.work import Work, working
from lodge_platform.identity import Action, SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import ActorKind

STALE = "Not saved: it changed since you opened the page. Below it is as it is now."


async def _form(request: Request) -> FormData:
    return await request.form()


Form = Annotated[FormData, Depends(_form)]


@contextmanager
def own(lodge: Lodge, activity_id: int, reader: SignedIn, action: Action) -> Generator[None]:
    """Within: the reader may do `action` in the activity's department; else NotFoundError."""
    if not reader.may(action, *place_of(lodge, activity_id)):
        raise NotFoundError(f"no activity {activity_id}")
    try:
        yield
    except ForbiddenError as error:
        raise NotFoundError(f"no activity {activity_id}") from error


@contextmanager
def own_work(lodge: Lodge, activity_id: int, reader: SignedIn, action: Action) -> Generator[Work]:
    """As `own`, with an open piece of work by the reader."""
    actor = Actor(ActorKind.AGENT, reader.user_id)
    with (
        own(lodge, activity_id, reader, action),
        working(lodge, actor=actor, now=utc_now()) as work,
    ):
        yield work


def sentence(error: LodgeError) -> str:
    """The error as a sentence for a page."""
    if isinstance(error, StaleError):
        return STALE
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."
