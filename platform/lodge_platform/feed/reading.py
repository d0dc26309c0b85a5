"""Read the feed: a stretch of it at a time, and of it what the reader may see."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from lodge_platform.errors import RefusedError, nearest
from lodge_platform.feed.told import told
from lodge_platform.feed.visible import events_visible
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import ActivityEvent, FeedLine

STRETCH = 5_000
_EVENTS = ActivityEvent.__table__
_FEED = FeedLine.__table__


@dataclass(frozen=True)
class FeedPage:
    """Events as told, in order, with their places; `place` is where the next page begins after.

    `is_at_end`: nothing comes after `place` now. A page may be empty and not at the end, where
    the reader may see nothing of a long stretch.
    """

    events: list[dict[str, Any]]
    places: list[int]
    place: int
    is_at_end: bool


def read_feed(
    connection: Connection,
    reader: SignedIn,
    *,
    after: int,
    limit: int,
    event_types: Collection[str] = (),
) -> FeedPage:
    """Up to `limit` events behind the place `after`, of these types or of all.

    Raises RefusedError for a place beyond the feed, or an event type that is not known.
    """
    check_event_types(event_types)
    last = last_place(connection)
    if after > last:
        raise RefusedError("this cursor lies beyond the feed; begin without one", field="after")
    # Places have gaps, so a stretch is counted in lines.
    stretch = (
        select(_FEED)
        .where(_FEED.c.feed_no > after)
        .order_by(_FEED.c.feed_no)
        .limit(STRETCH)
        .subquery("stretch")
    )
    upto = connection.execute(select(func.max(stretch.c.feed_no))).scalar() or after
    statement = (
        select(stretch.c.feed_no, _EVENTS)
        .join(_EVENTS, _EVENTS.c.event_id == stretch.c.event_id)
        .where(events_visible(reader))
        .order_by(stretch.c.feed_no)
        .limit(limit + 1)
    )
    if event_types:
        statement = statement.where(_EVENTS.c.type_code.in_(sorted(event_types)))
    found = connection.execute(statement)
    names = list(found.keys())
    rows = [dict(zip(names, row, strict=True)) for row in found]
    is_cut = len(rows) > limit
    rows = rows[:limit]
    place = int(rows[-1]["feed_no"]) if is_cut else upto
    return FeedPage(
        events=[told(row, reader) for row in rows],
        places=[int(row["feed_no"]) for row in rows],
        place=place,
        is_at_end=not is_cut and upto == last,
    )


def last_place(connection: Connection) -> int:
    """The highest place there is; 0 in an empty feed."""
    return connection.execute(select(func.max(_FEED.c.feed_no))).scalar() or 0


def check_event_types(event_types: Collection[str]) -> None:
    """Raises RefusedError for one that is in no catalogue."""
    from lodge_platform.events.catalogue import PAYLOADS

    for name in event_types:
        if name not in PAYLOADS:
            raise RefusedError(
                f"event type {name[:60]!r} is not known; {nearest(name[:60], PAYLOADS)}",
                field="event_types",
                allowed=sorted(PAYLOADS),
            )
