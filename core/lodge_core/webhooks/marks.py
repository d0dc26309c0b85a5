"""How far each webhook has come in the feed, and whether it stands still."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql as of_postgresql
from sqlalchemy.dialects import sqlite as of_sqlite

from lodge_platform.errors import ConflictError
from lodge_platform.feed import last_place
from lodge_platform.schema.active import ActivityEvent, FeedLine, FeedMark
from lodge_platform.schema.master import ConfigurationVersion

MARKS = FeedMark.__table__
_FEED = FeedLine.__table__
_EVENTS = ActivityEvent.__table__


def follower_of(webhook_id: int) -> str:
    """The name of its mark."""
    return f"webhook:{webhook_id}"


def replay_follower(webhook_id: int, replay_no: int) -> str:
    """The name of the mark of a replay that is under way."""
    return f"webhook:{webhook_id}:replay:{replay_no}"


def read_mark(connection: Connection, follower: str, *, lock: bool = False) -> Row[Any] | None:
    """The mark, locked against other followers on request; None before the first look."""
    statement = select(MARKS).where(MARKS.c.follower == follower)
    return connection.execute(statement.with_for_update() if lock else statement).one_or_none()


def first_mark(
    connection: Connection, webhook_id: int, *, created_at: datetime | None, now: datetime
) -> None:
    """Begin with what was recorded since the webhook was made."""
    place = last_place(connection)
    if created_at is not None:
        since = (
            select(func.min(_FEED.c.feed_no))
            .join(_EVENTS, _EVENTS.c.event_id == _FEED.c.event_id)
            .where(_EVENTS.c.recorded_at >= created_at)
        )
        first = connection.execute(since).scalar()
        place = place if first is None else int(first) - 1
    _add(connection, follower_of(webhook_id), place, now)


def created_at(master: Connection, webhook_id: int) -> datetime | None:
    """When the webhook was made, as its first version says."""
    version = ConfigurationVersion
    statement = select(func.min(version.changed_at)).where(
        version.table_name == "webhooks",
        version.changed_row_id == webhook_id,
        version.action == "created",
    )
    return master.execute(statement).scalar()


def move(connection: Connection, follower: str, place: int, *, now: datetime) -> None:
    """Everything up to `place` has been dealt with."""
    connection.execute(
        update(MARKS).where(MARKS.c.follower == follower).values(position=place, moved_at=now)
    )


def pause(connection: Connection, webhook_id: int, reason: str, *, now: datetime) -> bool:
    """Let it stand still; whether it did not already. Nothing is lost: its mark stays."""
    statement = (
        update(MARKS)
        .where(MARKS.c.follower == follower_of(webhook_id), MARKS.c.paused_at.is_(None))
        .values(paused_at=now, pause_reason=reason)
    )
    return connection.execute(statement).rowcount == 1


def resume(connection: Connection, webhook_id: int, *, now: datetime) -> None:
    """Let it go on from where it stood. Raises ConflictError when it is not paused."""
    statement = (
        update(MARKS)
        .where(MARKS.c.follower == follower_of(webhook_id), MARKS.c.paused_at.is_not(None))
        .values(paused_at=None, pause_reason=None)
    )
    if connection.execute(statement).rowcount != 1:
        raise ConflictError("this webhook is not paused")
    _add(connection, _resumed(webhook_id), 0, now)
    move(connection, _resumed(webhook_id), 0, now=now)


def resumed_at(connection: Connection, webhook_id: int) -> datetime | None:
    """When somebody last let it go on; None: never."""
    statement = select(MARKS.c.moved_at).where(MARKS.c.follower == _resumed(webhook_id))
    return connection.execute(statement).scalar()


def forget(connection: Connection, webhook_id: int) -> None:
    """The webhook is deleted: its marks go too."""
    own = MARKS.c.follower == follower_of(webhook_id)
    parts = MARKS.c.follower.startswith(f"{follower_of(webhook_id)}:", autoescape=True)
    connection.execute(delete(MARKS).where(own | parts))


def _add(connection: Connection, follower: str, place: int, now: datetime) -> None:
    """Another follower, unless it is there: two may find at once that it is not."""
    insert = of_sqlite.insert if connection.dialect.name == "sqlite" else of_postgresql.insert
    values = {"follower": follower, "position": place, "moved_at": now}
    connection.execute(insert(MARKS).values(values).on_conflict_do_nothing())


def _resumed(webhook_id: int) -> str:
    return f"{follower_of(webhook_id)}:resumed"
