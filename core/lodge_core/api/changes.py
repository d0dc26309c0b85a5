"""The change feed: every event, in one order for good, as far as the reader may see it."""

from datetime import datetime
from threading import BoundedSemaphore
from time import monotonic
from typing import Annotated, Any

from msgspec import Meta, Struct

from lodge_platform.api import Answer, Api, Call, Query
from lodge_platform.api import problem_types as types
from lodge_platform.api.problems import ApiProblem, ended, field_error
from lodge_platform.errors import RefusedError
from lodge_platform.events.catalogue import PAYLOADS
from lodge_platform.feed import (
    BEGINNING,
    FeedPage,
    cursor_at,
    last_place,
    number_all,
    place_of,
    read_feed,
)
from lodge_platform.identity.actions import Action
from lodge_platform.messaging.bus import bus_of
from lodge_platform.messaging.topics import Topic

api = Api("changes", "What happened, in one order for good, for others to follow.")

LATEST = "latest"
_LOOK_SECONDS = 1.0
_TYPES = "|".join(sorted(PAYLOADS))
# Each that waits keeps a thread; whoever comes beyond is answered at once, and asks again.
_WAITING = BoundedSemaphore(8)


class ChangesWanted(Query, frozen=True):
    """Where to go on, and what of it."""

    after: Annotated[
        str,
        Meta(
            max_length=400,
            description="Cursor of the last answer; none: from the beginning; `latest`: only what "
            "comes from now on.",
        ),
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=500, description="Most events in one answer.")] = 100
    event_types: Annotated[
        str,
        Meta(
            max_length=4000,
            description="Type codes between commas; none named: all of them.",
            extra_json_schema={"pattern": f"^(({_TYPES})(,({_TYPES}))*)?$"},
        ),
    ] = ""
    wait: Annotated[
        int,
        Meta(ge=0, le=30, description="Seconds to wait for an event when there is none yet."),
    ] = 0


class ToldEvent(Struct, frozen=True, kw_only=True):
    """One thing that happened. Webhooks send the same as `data`."""

    event_id: Annotated[int, Meta(description="The event's one key, in feed and webhooks.")]
    type: Annotated[str, Meta(description="What happened, in the past tense.")]
    object_type: str
    object_id: int
    department_id: int | None
    case_id: int | None
    activity_id: int | None
    queue_id: int | None
    agent_id: int | None
    actor_kind: str
    actor_id: int | None
    caused_by_event_id: int | None
    occurred_at: Annotated[datetime, Meta(description="When it happened.")]
    recorded_at: Annotated[datetime, Meta(description="When Lodge wrote it down.")]
    source_at: datetime | None
    payload: Annotated[dict[str, Any], Meta(description="Particulars of this type of event.")]
    withheld: Annotated[
        list[str], Meta(description="Names of what was left out for want of a right.")
    ]


class Changes(Struct, frozen=True):
    """A page of the feed. `after` is always given: the next request goes on from it."""

    items: list[ToldEvent]
    after: str
    is_at_end: Annotated[bool, Meta(description="Whether nothing more is there at this moment.")]


@api.get(
    "/changes",
    action=Action.CHANGES_READ,
    query=ChangesWanted,
    answer=Changes,
    is_audited="export",
)
def list_changes(call: Call) -> Answer:
    """Follow what happens.

    Events come in one order that never changes, and none comes in before a cursor that was handed
    out. Of one object they come in the order in which they happened. A cursor holds for good. An
    answer may be empty and not at the end: you may see nothing of a long stretch; go on."""
    wanted: ChangesWanted = call.query
    try:
        page = _wanted(call, wanted)
    except RefusedError as error:
        field = error.field or "after"
        detail = ended(str(error))
        errors = [field_error(field, detail, list(error.allowed))]
        raise ApiProblem(types.INVALID_QUERY, f"{field}: {detail}", errors=errors) from error
    said = {
        "items": page.events,
        "after": cursor_at(call.lodge.settings, page.place),
        "is_at_end": page.is_at_end,
    }
    return call.value(said, row_count=len(page.events))


def _wanted(call: Call, wanted: ChangesWanted) -> FeedPage:
    event_types = tuple(word.strip() for word in wanted.event_types.split(",") if word.strip())
    active = call.lodge.stores.active
    number_all(active, call.now)
    if wanted.after == LATEST:
        with active.read() as connection:
            place = last_place(connection)
    else:
        place = place_of(call.lodge.settings, wanted.after) if wanted.after else BEGINNING
    page = _read(call, place, wanted.limit, event_types)
    if wanted.wait and not page.events and page.is_at_end and _WAITING.acquire(blocking=False):
        try:
            page = _waited(call, page, wanted, event_types)
        finally:
            _WAITING.release()
    return page


def _waited(
    call: Call, page: FeedPage, wanted: ChangesWanted, event_types: tuple[str, ...]
) -> FeedPage:
    """The first page with an event that comes in time, else the last that was empty."""
    bus = bus_of(call.lodge)
    listener = bus.listener(tuple(Topic))
    until = monotonic() + wanted.wait
    try:
        while not page.events and (left := until - monotonic()) > 0:
            listener.wait(min(left, _LOOK_SECONDS))
            number_all(call.lodge.stores.active, call.now)
            page = _read(call, page.place, wanted.limit, event_types)
    finally:
        bus.forget(listener)
    return page


def _read(call: Call, place: int, limit: int, event_types: tuple[str, ...]) -> FeedPage:
    with call.lodge.stores.active.read() as connection:
        return read_feed(connection, call.reader, after=place, limit=limit, event_types=event_types)
