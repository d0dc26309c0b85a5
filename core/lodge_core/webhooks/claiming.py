"""Deliveries are claimed, sent and ended, each in a transaction of its own.

The oldest delivery that waits under an ordering key holds back the later ones of that key, and no
others. What was delivered or given up is never touched again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, or_, select, text, update

from lodge_core.webhooks.queuing import DELIVERIES, OPEN
from lodge_platform.schema.active import WebhookAttempt
from lodge_platform.vocabulary import DeliveryStatus

_LOCK = 4_610_004
_ATTEMPTS = WebhookAttempt.__table__
_FIRST_PAUSES = (5, 30, 120, 600, 1_800, 3_600, 7_200)
_LATER_PAUSE = 14_400
TRIED_FOR = timedelta(days=3)
DELIVERED, TRY_AGAIN, GIVEN_UP = "delivered", "try_again", "given_up"


@dataclass(frozen=True)
class Ended:
    """How a try ended: `outcome` is delivered, try_again or given_up; `answer` in few words.

    `is_away`: the receiver as a whole did not answer, not only to this event. `is_gone`: it wants
    nothing any more. `retry_at`, where given, is when it is tried again, whatever the usual pause.
    """

    outcome: str
    answer: str
    started_at: datetime
    finished_at: datetime
    is_away: bool = False
    is_gone: bool = False
    retry_at: datetime | None = None


def pause_after(attempts: int) -> timedelta:
    """The pause after so many tries: 5 s, 30 s, 2, 10, 30 minutes, 1, 2 and then every 4 hours."""
    place = max(attempts, 1) - 1
    seconds = _FIRST_PAUSES[place] if place < len(_FIRST_PAUSES) else _LATER_PAUSE
    return timedelta(seconds=seconds)


def is_any_due(connection: Connection, webhook_ids: Collection[int], now: datetime) -> bool:
    """Whether `claim` may find something: a look that writes nothing."""
    statement = select(DELIVERIES.c.webhook_delivery_id).where(
        DELIVERIES.c.webhook_id.in_(list(webhook_ids)),
        DELIVERIES.c.status == DeliveryStatus.WAITING,
        DELIVERIES.c.due_at <= now,
    )
    return connection.execute(statement.limit(1)).scalar() is not None


def claim(
    connection: Connection, room: Mapping[int, int], *, by: str, now: datetime
) -> list[Row[Any]]:
    """Up to `room[webhook_id]` deliveries of each webhook that are due and first of their key.

    They are ours from the commit on, and count as tried.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    keys: list[int] = []
    for webhook_id, places in room.items():
        earlier = DELIVERIES.alias("earlier")
        holds_back = exists().where(
            earlier.c.webhook_id == DELIVERIES.c.webhook_id,
            earlier.c.ordering_key == DELIVERIES.c.ordering_key,
            earlier.c.webhook_delivery_id < DELIVERIES.c.webhook_delivery_id,
            earlier.c.status.in_(OPEN),
        )
        statement = (
            select(DELIVERIES.c.webhook_delivery_id)
            .where(
                DELIVERIES.c.webhook_id == webhook_id,
                DELIVERIES.c.status == DeliveryStatus.WAITING,
                DELIVERIES.c.due_at <= now,
                ~holds_back,
            )
            .order_by(DELIVERIES.c.due_at, DELIVERIES.c.webhook_delivery_id)
            .limit(places)
        )
        keys += connection.execute(statement).scalars()
    if not keys:
        return []
    values: dict[str, Any] = {"status": DeliveryStatus.SENDING, "claimed_by": by, "claimed_at": now}
    connection.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.webhook_delivery_id.in_(keys))
        .values(values | {"attempts": DELIVERIES.c.attempts + 1})
    )
    claimed = select(DELIVERIES).where(DELIVERIES.c.webhook_delivery_id.in_(keys))
    return list(connection.execute(claimed.order_by(DELIVERIES.c.webhook_delivery_id)))


def finish(
    connection: Connection,
    delivery: Row[Any],
    ended: Ended,
    *,
    by: str,
    resumed_at: datetime | None = None,
) -> bool:
    """Write down how the try ended; whether the delivery was still ours to end.

    What failed for three days is given up; the days before `resumed_at` do not count.
    """
    is_last = ended.outcome == TRY_AGAIN and _is_over(connection, delivery, ended, resumed_at)
    outcome = GIVEN_UP if is_last else ended.outcome
    values: dict[str, Any] = {"last_answer": ended.answer, "claimed_by": None, "claimed_at": None}
    if outcome == TRY_AGAIN:
        due_at = ended.retry_at or ended.finished_at + pause_after(delivery.attempts)
        values |= {"status": DeliveryStatus.WAITING, "due_at": due_at}
    else:
        status = DeliveryStatus.DELIVERED if outcome == DELIVERED else DeliveryStatus.GIVEN_UP
        values |= {"status": status, "finished_at": ended.finished_at}
    statement = update(DELIVERIES).where(
        DELIVERIES.c.webhook_delivery_id == delivery.webhook_delivery_id,
        DELIVERIES.c.status == DeliveryStatus.SENDING,
        DELIVERIES.c.claimed_by == by,
        DELIVERIES.c.attempts == delivery.attempts,
    )
    is_ours = connection.execute(statement.values(values)).rowcount == 1
    connection.execute(
        insert(WebhookAttempt).values(
            webhook_delivery_id=delivery.webhook_delivery_id,
            attempt_no=delivery.attempts,
            outcome=outcome,
            answer=ended.answer,
            started_at=ended.started_at,
            finished_at=ended.finished_at,
        )
    )
    return is_ours


def _is_over(
    connection: Connection, delivery: Row[Any], ended: Ended, resumed_at: datetime | None
) -> bool:
    tries = select(func.min(_ATTEMPTS.c.started_at)).where(
        _ATTEMPTS.c.webhook_delivery_id == delivery.webhook_delivery_id
    )
    first = connection.execute(tries).scalar()
    if first is None:
        return False
    return ended.finished_at - max(first, resumed_at or first) >= TRIED_FOR


def stale(now: datetime, patience: timedelta, ours: Collection[int]) -> Any:
    """Deliveries that somebody began to send longer ago than any request lasts."""
    return [
        DELIVERIES.c.status == DeliveryStatus.SENDING,
        or_(DELIVERIES.c.claimed_at.is_(None), DELIVERIES.c.claimed_at <= now - patience),
        DELIVERIES.c.webhook_delivery_id.not_in(list(ours)),
    ]


def take_back(
    connection: Connection, now: datetime, *, patience: timedelta, ours: Collection[int]
) -> int:
    """Let wait again what a sender that ended had begun: it goes out again, under the same id."""
    statement = update(DELIVERIES).where(*stale(now, patience, ours))
    values = {"status": DeliveryStatus.WAITING, "claimed_by": None, "claimed_at": None}
    return connection.execute(statement.values(values)).rowcount
