"""Events get their places in the feed: in an order that never changes, none left out.

Keys of events follow what happened to an object, but transactions commit out of order, so a key
is no cursor. Why the order here holds stands in `platform/docs/decisions/0010-feed-order.md`.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, select, text, update

from lodge_platform.schema.active import ActivityEvent, FeedLine, FeedMark
from lodge_platform.stores import Store
from lodge_platform.stores.horizon import settled
from lodge_platform.stores.keys import allocate

NUMBERING = "numbering"
AT_ONCE = 5_000
_LOCK = 4_610_003
_EVENTS = ActivityEvent.__table__
_FEED = FeedLine.__table__
_MARKS = FeedMark.__table__


def number_all(active: Store, now: datetime, *, passes: int = 20) -> int:
    """Number what there is, in passes of bounded size; how many events got their place.

    One look at two indexes when there is nothing new, and then nothing is written.
    """
    done = 0
    for _ in range(passes):
        numbered = number_events(active, now)
        done += numbered
        if numbered < AT_ONCE:
            break
    return done


def number_events(active: Store, now: datetime, *, at_once: int = AT_ONCE) -> int:
    """One pass: give places to at most `at_once` events; how many. Raises TryAgainError."""
    with active.read() as connection:
        horizon, position = _bounds(connection)
        if not _is_any(connection, position, horizon):
            return 0
    with active.write() as connection:
        if not active.is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        # Each statement below sees what is committed when it begins; the horizon comes first.
        horizon, position = _bounds(connection)
        keys = _numberable(connection, position, horizon, at_once)
        numbers = allocate(connection, _FEED.name, len(keys))
        if keys:
            lines = [
                {"feed_no": number, "event_id": key}
                for number, key in zip(numbers, keys, strict=True)
            ]
            connection.execute(insert(_FEED), lines)
            _move(connection, _next_position(connection, position, horizon), now)
    return len(keys)


def is_waiting(connection: Connection) -> bool:
    """Whether an event has no place yet, perhaps because an older transaction is still open."""
    _, position = _bounds(connection)
    statement = select(_EVENTS.c.event_id).where(_EVENTS.c.change_no >= position, ~_has_place())
    return connection.execute(statement.limit(1)).scalar() is not None


def _bounds(connection: Connection) -> tuple[int, int]:
    """Horizon and position. A store that came from a server with higher numbers begins anew: what
    has its place is known by it."""
    horizon, ahead = settled(connection)
    position = _position(connection)
    if position > ahead:
        return horizon, 0
    # The position is a horizon that was found before, and holds as well.
    return max(horizon, position), position


def _position(connection: Connection) -> int:
    """Every event with a lower change number has its place."""
    found = connection.execute(select(_MARKS.c.position).where(_MARKS.c.follower == NUMBERING))
    return found.scalar() or 0


def _waiting(position: int, horizon: int) -> ColumnElement[bool]:
    return and_(
        _EVENTS.c.change_no >= position,
        _EVENTS.c.change_no < horizon,
        ~_has_place(),
    )


def _has_place() -> ColumnElement[bool]:
    return exists().where(_FEED.c.event_id == _EVENTS.c.event_id)


def _is_any(connection: Connection, position: int, horizon: int) -> bool:
    statement = select(_EVENTS.c.event_id).where(_waiting(position, horizon)).limit(1)
    return connection.execute(statement).scalar() is not None


def _numberable(connection: Connection, position: int, horizon: int, at_once: int) -> list[int]:
    """Keys that come next. An event that may still be joined by earlier ones of its object, as a
    lower key is already seen beyond the horizon, waits with all that follow it."""
    statement = select(_EVENTS.c.event_id).where(_waiting(position, horizon))
    if connection.dialect.name != "sqlite":
        beyond = select(func.min(_EVENTS.c.event_id)).where(_EVENTS.c.change_no >= horizon)
        unstable = connection.execute(beyond).scalar()
        if unstable is not None:
            statement = statement.where(_EVENTS.c.event_id < unstable)
    ordered = statement.order_by(_EVENTS.c.event_id).limit(at_once)
    return list(connection.execute(ordered).scalars())


def _next_position(connection: Connection, position: int, horizon: int) -> int:
    left = select(func.min(_EVENTS.c.change_no)).where(_waiting(position, horizon))
    return connection.execute(left).scalar() or horizon


def _move(connection: Connection, position: int, now: datetime) -> None:
    values = {"position": position, "moved_at": now}
    moved = update(_MARKS).where(_MARKS.c.follower == NUMBERING).values(values)
    if connection.execute(moved).rowcount == 0:
        connection.execute(insert(_MARKS).values(follower=NUMBERING, **values))
