"""The outbox: claim a line, commit, begin, commit, send, finish. Nothing is ever sent twice.

A line whose sender died after it began is `unknown`: perhaps it was sent. Nothing here sends
such a line again; a person decides. All functions take a connection of `active.write()`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.schema import ActiveBase
from lodge_platform.schema.active import DeliveryAttempt
from lodge_platform.vocabulary import OutboxStatus

_OUTBOX = ActiveBase.metadata.tables["outbox"]
_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=4)

OUTCOMES = {
    "sent": OutboxStatus.SENT,
    "try_again": OutboxStatus.WAITING,
    "failed": OutboxStatus.FAILED,
    "unknown": OutboxStatus.UNKNOWN,
}


@dataclass(frozen=True)
class Attempt:
    """How one try to send ended: `outcome` is sent, try_again, failed or unknown.

    `reply` is what the other side said, or the error; `retry_at` overrides the usual pause.
    """

    outcome: str
    reply: str
    started_at: datetime
    finished_at: datetime
    retry_at: datetime | None = None


def claim(
    connection: Connection,
    topic: str,
    *,
    limit: int,
    by: str,
    now: datetime,
    begins_later: bool = False,
) -> list[Row[Any]]:
    """Up to `limit` lines of `topic` that are due, oldest first, now ours: rows of `outbox`.

    Lines that another claims at this moment are left to it. Commit before sending any. With
    `begins_later`, call `begin` before each is sent; else all count as begun from now on.
    """
    due = (
        select(_OUTBOX.c.outbox_id)
        .where(
            _OUTBOX.c.topic == topic,
            _OUTBOX.c.status == OutboxStatus.WAITING,
            _OUTBOX.c.due_at <= now,
        )
        .order_by(_OUTBOX.c.due_at, _OUTBOX.c.outbox_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = list(connection.execute(due).scalars())
    if not keys:
        return []
    values: dict[str, Any] = {"status": OutboxStatus.CLAIMED, "claimed_by": by, "claimed_at": now}
    if not begins_later:
        values["attempts"] = _OUTBOX.c.attempts + 1
    connection.execute(update(_OUTBOX).where(_OUTBOX.c.outbox_id.in_(keys)).values(values))
    claimed = select(_OUTBOX).where(_OUTBOX.c.outbox_id.in_(keys))
    return list(connection.execute(claimed.order_by(_OUTBOX.c.due_at, _OUTBOX.c.outbox_id)))


def begin(connection: Connection, outbox_ids: Iterable[int], *, by: str) -> None:
    """Note that sending begins: from the commit on, these lines may have been sent.

    For lines claimed with `begins_later`: those not begun wait again when their holder dies.
    Raises ConflictError when one is not ours any more.
    """
    keys = list(outbox_ids)
    statement = update(_OUTBOX).where(
        _OUTBOX.c.outbox_id.in_(keys),
        _OUTBOX.c.status == OutboxStatus.CLAIMED,
        _OUTBOX.c.claimed_by == by,
    )
    begun = connection.execute(statement.values(attempts=_OUTBOX.c.attempts + 1)).rowcount
    if begun != len(keys):
        raise ConflictError(f"outbox: {len(keys) - begun} of {keys} are not claimed by {by}")


def give_back(
    connection: Connection, outbox_ids: Iterable[int], *, by: str, due_at: datetime
) -> None:
    """Let lines that were claimed and not begun wait again, until `due_at`."""
    connection.execute(
        update(_OUTBOX)
        .where(
            _OUTBOX.c.outbox_id.in_(list(outbox_ids)),
            _OUTBOX.c.status == OutboxStatus.CLAIMED,
            _OUTBOX.c.claimed_by == by,
        )
        .values(status=OutboxStatus.WAITING, claimed_by=None, claimed_at=None, due_at=due_at)
    )


def finish(connection: Connection, outbox_id: int, attempt: Attempt, *, by: str) -> OutboxStatus:
    """Write down how the try ended, and give the line's status then.

    What was released as `unknown` meanwhile may still learn its end from the one who sent it.
    Raises ConflictError when the line was another's or has its end already.
    """
    if attempt.outcome not in OUTCOMES:
        raise RefusedError(f"outcome {attempt.outcome!r}; allowed: {', '.join(OUTCOMES)}")
    line = connection.execute(
        select(_OUTBOX).where(_OUTBOX.c.outbox_id == outbox_id).with_for_update()
    ).one()
    is_open = line.status in (OutboxStatus.CLAIMED, OutboxStatus.UNKNOWN)
    if not is_open or line.claimed_by != by:
        raise ConflictError(
            f"outbox line {outbox_id} is {line.status}, claimed by {line.claimed_by}, not by {by}"
        )
    status = OUTCOMES[attempt.outcome]
    attempt_no = max(line.attempts, 1)
    _write_attempt(connection, outbox_id, attempt, attempt_no)
    values: dict[str, Any] = {
        "status": status,
        "attempts": attempt_no,
        "last_reply": attempt.reply,
        "finished_at": attempt.finished_at,
    }
    if status is OutboxStatus.WAITING:
        due_at = attempt.retry_at or attempt.finished_at + retry_pause(attempt_no)
        values |= {"due_at": due_at, "finished_at": None, "claimed_by": None, "claimed_at": None}
    connection.execute(update(_OUTBOX).where(_OUTBOX.c.outbox_id == outbox_id).values(values))
    return status


def has_stale(
    connection: Connection,
    topic: str,
    *,
    now: datetime,
    older_than: timedelta,
    living: Collection[str],
) -> bool:
    """Whether `release_stale` would find a line: a look that writes nothing."""
    statement = select(_OUTBOX.c.outbox_id).where(*_is_stale(topic, now - older_than, living))
    return connection.execute(statement.limit(1)).scalar() is not None


def release_stale(
    connection: Connection,
    topic: str,
    *,
    now: datetime,
    older_than: timedelta,
    living: Collection[str],
) -> list[Row[Any]]:
    """Deal with lines claimed longer ago than `older_than` by none of the `living` holders.

    Those not begun wait again. Those begun become `unknown`, with a try written down, and are
    given back as they are now, for the caller to record it.
    """
    stale = connection.execute(
        select(_OUTBOX)
        .where(*_is_stale(topic, now - older_than, living))
        .order_by(_OUTBOX.c.outbox_id)
        .with_for_update(skip_locked=True)
    ).all()
    ended = _attempts_ended(connection, [line.outbox_id for line in stale])
    begun = [line for line in stale if line.attempts > ended.get(line.outbox_id, 0)]
    unbegun = [line.outbox_id for line in stale if line not in begun]
    if unbegun:
        connection.execute(
            update(_OUTBOX)
            .where(_OUTBOX.c.outbox_id.in_(unbegun))
            .values(status=OutboxStatus.WAITING, claimed_by=None, claimed_at=None)
        )
    for line in begun:
        reply = f"{line.claimed_by} ended while sending; it may have been sent"
        attempt = Attempt("unknown", reply, started_at=line.claimed_at, finished_at=now)
        finish(connection, line.outbox_id, attempt, by=line.claimed_by)
    keys = [line.outbox_id for line in begun]
    statement = select(_OUTBOX).where(_OUTBOX.c.outbox_id.in_(keys))
    return list(connection.execute(statement.order_by(_OUTBOX.c.outbox_id)))


def retry_pause(attempts: int) -> timedelta:
    """The pause after `attempts` tries: 1, 2, 4 ... minutes, at most four hours."""
    return min(_LONGEST_RETRY, _FIRST_RETRY * 2 ** min(max(attempts, 1) - 1, 20))


def _is_stale(
    topic: str, claimed_before: datetime, living: Collection[str]
) -> tuple[ColumnElement[bool], ...]:
    return (
        _OUTBOX.c.topic == topic,
        _OUTBOX.c.status == OutboxStatus.CLAIMED,
        _OUTBOX.c.claimed_at <= claimed_before,
        _OUTBOX.c.claimed_by.not_in(list(living)),
    )


def _attempts_ended(connection: Connection, keys: list[int]) -> dict[int, int]:
    attempt = DeliveryAttempt
    counted = (
        select(attempt.outbox_id, func.count())
        .where(attempt.outbox_id.in_(keys))
        .group_by(attempt.outbox_id)
    )
    return {row[0]: row[1] for row in connection.execute(counted)}


def _write_attempt(
    connection: Connection, outbox_id: int, attempt: Attempt, attempt_no: int
) -> None:
    connection.execute(
        insert(DeliveryAttempt).values(
            outbox_id=outbox_id,
            attempt_no=attempt_no,
            outcome=attempt.outcome,
            reply=attempt.reply,
            started_at=attempt.started_at,
            finished_at=attempt.finished_at,
        )
    )
