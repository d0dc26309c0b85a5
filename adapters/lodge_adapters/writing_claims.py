"""Writes are claimed, carried and ended, each in a transaction of its own.

Of writes by one link for one activity, the oldest that is open holds back the later ones, and no
others. What was written or given up is touched by a replay alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, exists, select, text, update

from lodge_adapters.writing import WRITES
from lodge_platform.errors import ConflictError, NotFoundError
from lodge_platform.vocabulary import LinkOutcome, LinkWriteStatus

OPEN = (LinkWriteStatus.WAITING, LinkWriteStatus.WRITING)
# 23.7 hours in all; what failed once more after the last pause is dead.
PAUSES: tuple[int, ...] = (
    5,
    30,
    120,
    600,
    1_800,
    3_600,
    7_200,
    14_400,
    14_400,
    14_400,
    14_400,
    14_400,
)
LONGEST_WISH = timedelta(hours=24)
_LOCK = 4_610_005


class Outcome(StrEnum):
    """How a try ended."""

    WRITTEN = "written"
    TRY_AGAIN = "try_again"
    DEAD = "dead"


@dataclass(frozen=True)
class Ended:
    """The end of one try; `answer` in few words, without secrets. `is_away`: the source as a whole
    did not answer. `retry_after`, where given, is the least pause the source asked for. `call` is
    how it ended for the journal of calls."""

    outcome: Outcome
    answer: str
    finished_at: datetime
    is_away: bool = False
    retry_after: timedelta | None = None
    call: LinkOutcome = LinkOutcome.ANSWERED


def lock(connection: Connection) -> None:
    """One writer at a time claims or takes back, until the end of the transaction."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def links_due(connection: Connection, now: datetime) -> set[str]:
    """Links by which something is due: a look that writes nothing."""
    is_due = [WRITES.c.status == LinkWriteStatus.WAITING, WRITES.c.due_at <= now]
    statement = select(WRITES.c.link).where(*is_due).distinct()
    return set(connection.execute(statement).scalars())


def claim(
    connection: Connection, room: Mapping[str, int], *, by: str, now: datetime
) -> list[Row[Any]]:
    """Up to `room[link]` writes of each link that are due and not held back.

    They are ours from the commit on, and count as tried.
    """
    lock(connection)
    keys: list[int] = []
    for link, places in room.items():
        earlier = WRITES.alias("earlier")
        holds_back = exists().where(
            earlier.c.link == WRITES.c.link,
            earlier.c.activity_id == WRITES.c.activity_id,
            earlier.c.link_write_id < WRITES.c.link_write_id,
            earlier.c.status.in_(OPEN),
        )
        statement = (
            select(WRITES.c.link_write_id)
            .where(
                WRITES.c.link == link,
                WRITES.c.status == LinkWriteStatus.WAITING,
                WRITES.c.due_at <= now,
                ~holds_back,
            )
            .order_by(WRITES.c.due_at, WRITES.c.link_write_id)
            .limit(places)
        )
        keys += connection.execute(statement).scalars()
    if not keys:
        return []
    connection.execute(
        update(WRITES)
        .where(WRITES.c.link_write_id.in_(keys))
        .values(
            status=LinkWriteStatus.WRITING,
            claimed_by=by,
            claimed_at=now,
            attempts=WRITES.c.attempts + 1,
        )
    )
    claimed = select(WRITES).where(WRITES.c.link_write_id.in_(keys))
    return list(connection.execute(claimed.order_by(WRITES.c.link_write_id)))


def finish(connection: Connection, write: Row[Any], ended: Ended, *, by: str) -> bool:
    """Write down how the try ended; whether the write was still ours to end.

    What fails after the last pause is dead.
    """
    attempts: int = write.attempts
    is_last = ended.outcome is Outcome.TRY_AGAIN and attempts > len(PAUSES)
    outcome = Outcome.DEAD if is_last else ended.outcome
    values: dict[str, Any] = {"last_answer": ended.answer, "claimed_by": None, "claimed_at": None}
    if outcome is Outcome.TRY_AGAIN:
        pause = timedelta(seconds=PAUSES[max(attempts, 1) - 1])
        wished = min(ended.retry_after or pause, LONGEST_WISH)
        due_at = ended.finished_at + max(pause, wished)
        values |= {"status": LinkWriteStatus.WAITING, "due_at": due_at}
    else:
        is_written = outcome is Outcome.WRITTEN
        status = LinkWriteStatus.WRITTEN if is_written else LinkWriteStatus.DEAD
        values |= {"status": status, "finished_at": ended.finished_at}
    statement = update(WRITES).where(
        WRITES.c.link_write_id == write.link_write_id,
        WRITES.c.status == LinkWriteStatus.WRITING,
        WRITES.c.claimed_by == by,
        WRITES.c.attempts == attempts,
    )
    return connection.execute(statement.values(values)).rowcount == 1


def abandoned(
    connection: Connection,
    now: datetime,
    *,
    patience: Mapping[str, timedelta],
    usual: timedelta,
    ours: Collection[int],
) -> list[int]:
    """Writes that somebody began longer ago than a try of their link lasts, and did not end."""
    statement = select(WRITES.c.link_write_id, WRITES.c.link, WRITES.c.claimed_at).where(
        WRITES.c.status == LinkWriteStatus.WRITING, WRITES.c.link_write_id.not_in(list(ours))
    )
    return [
        key
        for key, link, since in connection.execute(statement)
        if since is None or since <= now - patience.get(link, usual)
    ]


def take_back(connection: Connection, keys: Collection[int]) -> int:
    """Let these abandoned writes wait again: they are written again, under the same key."""
    statement = update(WRITES).where(
        WRITES.c.link_write_id.in_(list(keys)), WRITES.c.status == LinkWriteStatus.WRITING
    )
    values = {"status": LinkWriteStatus.WAITING, "claimed_by": None, "claimed_at": None}
    return connection.execute(statement.values(values)).rowcount


def replay(
    connection: Connection, *, now: datetime, link_write_id: int | None = None, link: str = ""
) -> int:
    """Have dead writes tried again, under the keys they have: one, or all of a link; how many.

    Raises NotFoundError for one that is not there, ConflictError for one that is not dead.
    """
    mine = WRITES.c.link == link
    if link_write_id is not None:
        mine = WRITES.c.link_write_id == link_write_id
        found = select(WRITES.c.status).where(mine).with_for_update()
        status = connection.execute(found).scalar()
        if status is None:
            raise NotFoundError(f"no write {link_write_id}")
        if status != LinkWriteStatus.DEAD:
            raise ConflictError(f"write {link_write_id} is {status}; only dead ones are replayed")
    values: dict[str, Any] = {
        "status": LinkWriteStatus.WAITING,
        "attempts": 0,
        "due_at": now,
        "finished_at": None,
    }
    statement = update(WRITES).where(mine, WRITES.c.status == LinkWriteStatus.DEAD)
    return connection.execute(statement.values(values)).rowcount
