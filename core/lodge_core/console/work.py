"""Working on activities: accept, reject, pick, answer, complete; only what is one's own.

What belongs to somebody else is answered like what does not exist.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import Form, Request, Response

from lodge_core.agents import desk
from lodge_core.agents.inbox import offer_of
from lodge_core.console.activity import show_activity
from lodge_core.console.owning import own, sentence
from lodge_core.console.router import go_to, router
from lodge_platform.clock import utc_now
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.identity import Action
from lodge_platform.web.rights import Reader, lodge_of, right

MOST_CHARACTERS = 200_000


@router.post("/offers/{offer_id}/accept", dependencies=[right(Action.ACTIVITY_WORK)])
def accept(request: Request, offer_id: int, reader: Reader) -> Response:
    """Take the offered activity and open it."""
    lodge = lodge_of(request)
    activity_id = offer_of(lodge, offer_id, agent_id=reader.user_id)
    try:
        with own(lodge, activity_id, reader, Action.ACTIVITY_WORK):
            desk.accept_offer(lodge, offer_id, agent_id=reader.user_id, now=utc_now())
    except ConflictError:
        return go_to("/console/", notice="gone")
    return go_to(f"/console/activities/{activity_id}", notice="accepted")


@router.post("/offers/{offer_id}/reject", dependencies=[right(Action.ACTIVITY_WORK)])
def reject(
    request: Request,
    offer_id: int,
    reader: Reader,
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Let the offered activity go on to somebody else."""
    lodge = lodge_of(request)
    activity_id = offer_of(lodge, offer_id, agent_id=reader.user_id)
    try:
        with own(lodge, activity_id, reader, Action.ACTIVITY_WORK):
            desk.reject_offer(
                lodge, offer_id, agent_id=reader.user_id, reason=reason or None, now=utc_now()
            )
    except ConflictError:
        return go_to("/console/", notice="gone")
    return go_to("/console/", notice="rejected")


@router.post("/activities/{activity_id}/pick", dependencies=[right(Action.ACTIVITY_PICK)])
def pick(request: Request, activity_id: int, reader: Reader) -> Response:
    """Take a chosen activity out of its queue."""
    lodge = lodge_of(request)
    try:
        with own(lodge, activity_id, reader, Action.ACTIVITY_PICK):
            desk.pick(lodge, activity_id, agent_id=reader.user_id, now=utc_now())
    except ConflictError as error:
        return show_activity(
            request, activity_id, reader, error=sentence(error), status=HTTPStatus.CONFLICT
        )
    return go_to(f"/console/activities/{activity_id}", notice="picked")


@router.post("/activities/{activity_id}/reply", dependencies=[right(Action.ACTIVITY_WORK)])
def reply(
    request: Request,
    activity_id: int,
    reader: Reader,
    text: Annotated[str, Form(max_length=MOST_CHARACTERS)] = "",
    then: Annotated[str, Form()] = "complete",
) -> Response:
    """Send the answer and complete, or keep the activity; what was typed is never lost."""
    lodge, is_complete = lodge_of(request), then != "keep"
    try:
        with own(lodge, activity_id, reader, Action.ACTIVITY_WORK):
            desk.reply(
                lodge,
                activity_id,
                agent_id=reader.user_id,
                text=text,
                now=utc_now(),
                is_complete=is_complete,
            )
    except NotFoundError:
        raise
    except RefusedError as error:
        is_late = isinstance(error, ConflictError)
        return show_activity(
            request,
            activity_id,
            reader,
            error=f"Not sent. {sentence(error)}",
            text=text,
            status=HTTPStatus.CONFLICT if is_late else HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    if is_complete:
        return go_to("/console/", notice="answered", of=activity_id)
    return go_to(f"/console/activities/{activity_id}", notice="sent", of=activity_id)


@router.post("/activities/{activity_id}/complete", dependencies=[right(Action.ACTIVITY_WORK)])
def complete(request: Request, activity_id: int, reader: Reader) -> Response:
    """The work is done without (another) answer."""
    lodge = lodge_of(request)
    try:
        with own(lodge, activity_id, reader, Action.ACTIVITY_WORK):
            desk.complete(lodge, activity_id, agent_id=reader.user_id, now=utc_now())
    except NotFoundError:
        raise
    except RefusedError as error:
        is_late = isinstance(error, ConflictError)
        status = HTTPStatus.CONFLICT if is_late else HTTPStatus.UNPROCESSABLE_ENTITY
        return show_activity(request, activity_id, reader, error=sentence(error), status=status)
    return go_to("/console/", notice="completed", of=activity_id)
