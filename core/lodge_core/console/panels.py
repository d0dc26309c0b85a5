"""Panels of data links beside an activity, each by a request of its own.

A source may take as long as its link allows. It is waited for outside of the threads that answer
pages, by a few at a time, so that it delays no page and no other link.
"""

from functools import partial
from weakref import WeakKeyDictionary

from anyio import CapacityLimiter, WouldBlock, to_thread
from fastapi import Request, Response
from sqlalchemy import Engine

from lodge_core.agents.link_panels import PanelToAsk, ask_panel, panel_for
from lodge_core.agents.reading import place_of
from lodge_core.console.router import router, show
from lodge_platform.clock import utc_now
from lodge_platform.errors import NotFoundError
from lodge_platform.identity import Action, SignedIn
from lodge_platform.links import LinkPanel
from lodge_platform.lodge import Lodge
from lodge_platform.web.rights import Reader, lodge_of, right

AT_ONCE = 8
_rooms: WeakKeyDictionary[Engine, dict[str, CapacityLimiter]] = WeakKeyDictionary()
_CROWDED = "many are asking it at once; ask again in a moment"


@router.get(
    "/activities/{activity_id}/panels/{name}",
    dependencies=[right(Action.LINK_ASK, shows_content=True)],
)
async def panel_page(request: Request, activity_id: int, name: str, reader: Reader) -> Response:
    """One panel, on a page of its own; the activity's page takes the panel out of it."""
    lodge = lodge_of(request)
    to_ask, department_id = await to_thread.run_sync(_to_ask, lodge, activity_id, name, reader)
    asking = partial(
        ask_panel,
        lodge,
        to_ask,
        reader,
        activity_id=activity_id,
        department_id=department_id,
        now=utc_now(),
    )
    room, turn = _room(lodge, name), object()
    try:
        room.acquire_on_behalf_of_nowait(turn)
    except WouldBlock:
        panel = LinkPanel(name=name, title=to_ask.title, obstacle=_CROWDED)
    else:
        try:  # a thread beside those that answer pages
            panel = await to_thread.run_sync(asking, limiter=CapacityLimiter(1))
        finally:
            room.release_on_behalf_of(turn)
    values: dict[str, object] = {
        "title": panel.title,
        "panel": panel,
        "activity_id": activity_id,
    }
    return show(request, "panel.html", values)


def _to_ask(lodge: Lodge, activity_id: int, name: str, reader: SignedIn) -> tuple[PanelToAsk, int]:
    """The panel and the activity's department. Raises NotFoundError where the reader may not read
    the activity, or is shown no such panel beside it."""
    place = place_of(lodge, activity_id)
    if not reader.may(Action.ACTIVITY_READ, *place):
        raise NotFoundError(f"no activity {activity_id}")
    return panel_for(lodge, reader, name, activity_id=activity_id, place=place), place[0]


def _room(lodge: Lodge, name: str) -> CapacityLimiter:
    """The room for those who ask one link."""
    known = _rooms.setdefault(lodge.stores.active.engine, {})
    return known.setdefault(name, CapacityLimiter(AT_ONCE))
