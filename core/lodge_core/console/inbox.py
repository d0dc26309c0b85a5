"""The inbox: offers, own work, own state, what waits; kept up to date by the live stream."""

from typing import Annotated

from fastapi import Form, Request, Response

from lodge_core.agents import desk
from lodge_core.agents.inbox import inbox_of, waiting_activities, waiting_in
from lodge_core.console.notices import notice_of
from lodge_core.console.router import go_to, router, show
from lodge_platform.clock import utc_now
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.identity import Action
from lodge_platform.vocabulary import AgentStateCode
from lodge_platform.web.live import Live
from lodge_platform.web.rights import Reader, lodge_of, right, session_token

REASONS = ("break", "lunch", "meeting", "training", "other")


@router.get("", dependencies=[right(Action.CONSOLE_USE)])
def without_slash() -> Response:
    """The inbox has one address."""
    return go_to("/console/")


@router.get("/", dependencies=[right(Action.CONSOLE_USE, shows_content=True)])
def inbox_page(
    request: Request, reader: Reader, notice: str | None = None, of: int | None = None
) -> Response:
    """What concerns the agent now."""
    lodge = lodge_of(request)
    values: dict[str, object] = {
        "title": "Inbox",
        "inbox": inbox_of(lodge, reader.user_id),
        "queues": waiting_in(lodge, reader),
        "reasons": REASONS,
        "can_work": reader.may(Action.ACTIVITY_WORK),
        "notice": notice_of(notice),
        "of": of,
    }
    return show(request, "inbox.html", values)


@router.get("/queues/{queue_id}", dependencies=[right(Action.ACTIVITY_READ, shows_content=True)])
def queue_page(
    request: Request, queue_id: int, reader: Reader, notice: str | None = None
) -> Response:
    """What waits in one queue, oldest first, to be read and picked by those who may."""
    queue, waiting = waiting_activities(lodge_of(request), queue_id, reader)
    values: dict[str, object] = {
        "title": f"Queue {queue.name}",
        "queue": queue,
        "waiting": waiting,
        "can_pick": reader.may(Action.ACTIVITY_PICK, queue.department_id, queue_id),
        "notice": notice_of(notice),
    }
    return show(request, "queue.html", values)


@router.get("/live", dependencies=[right(Action.CONSOLE_USE, is_background=True)])
async def live(request: Request, reader: Reader) -> Response:
    """Says when something changed that may concern the reader; the page then fetches itself."""
    streams: Live = request.app.state.live
    return streams.stream(request, reader, session_token(request) or "")


@router.post("/state", dependencies=[right(Action.ACTIVITY_WORK)])
def change_state(
    request: Request,
    reader: Reader,
    media_routing_domain_id: Annotated[int, Form()],
    state: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Go ready, or not ready for a reason."""
    wanted = {"ready": AgentStateCode.READY, "not_ready": AgentStateCode.NOT_READY}.get(state)
    if wanted is None or (reason and reason not in REASONS):
        raise RefusedError(f"state is ready or not_ready, a reason one of: {', '.join(REASONS)}")
    try:
        desk.change_state(
            lodge_of(request),
            reader.user_id,
            media_routing_domain_id,
            state=wanted,
            reason=reason if wanted is AgentStateCode.NOT_READY and reason else None,
            now=utc_now(),
        )
    except ConflictError:
        return go_to("/console/", notice="state")
    return go_to("/console/")
