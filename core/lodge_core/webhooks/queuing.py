"""Events of the feed are put in line for a webhook, and its mark moves, in one transaction."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select

from lodge_core.webhooks.inforce import WebhookInForce
from lodge_core.webhooks.marks import MARKS, follower_of, move, read_mark
from lodge_platform.feed import last_place, read_feed
from lodge_platform.schema.active import WebhookDelivery
from lodge_platform.stores import Store
from lodge_platform.vocabulary import DeliveryStatus

DELIVERIES = WebhookDelivery.__table__
AT_ONCE = 200
# What waits beyond this waits in the feed, where it takes no room.
MOST_WAITING = 2_000
OPEN = (DeliveryStatus.WAITING, DeliveryStatus.SENDING)


def queue_new(active: Store, webhook: WebhookInForce, now: datetime) -> int:
    """Put in line what came since the webhook's mark; how many. Nothing new writes nothing."""
    return _queue(active, webhook, follower_of(webhook.webhook_id), now)


def queue_replays(active: Store, webhook: WebhookInForce, now: datetime) -> int:
    """Put in line what replays that are under way ask for; how many."""
    prefix = f"{follower_of(webhook.webhook_id)}:replay:"
    with active.read() as connection:
        names = connection.execute(
            select(MARKS.c.follower).where(MARKS.c.follower.startswith(prefix, autoescape=True))
        )
        followers = list(names.scalars())
    return sum(
        _queue(active, webhook, name, now, replay_no=int(name.removeprefix(prefix)))
        for name in followers
    )


def body_of(told: dict[str, Any]) -> str:
    """The body of an event: the form that the specification of webhooks recommends."""
    said = {"type": told["type"], "timestamp": told["occurred_at"], "data": told}
    return orjson.dumps(said).decode()


def ordering_key_of(told: dict[str, Any]) -> str:
    """What must go out one after another: a case's events, else those of one object."""
    if told["case_id"] is not None:
        return f"case:{told['case_id']}"
    return f"{told['object_type']}:{told['object_id']}"


def _queue(
    active: Store, webhook: WebhookInForce, follower: str, now: datetime, *, replay_no: int = 0
) -> int:
    if webhook.reader is None:
        return 0
    with active.read() as connection:
        if not _is_any(connection, webhook, follower, replay_no):
            return 0
    with active.write() as connection:
        mark = read_mark(connection, follower, lock=True)
        if mark is None:
            return 0
        page = read_feed(
            connection,
            webhook.reader,
            after=mark.position,
            limit=AT_ONCE,
            event_types=webhook.event_types,
        )
        upto = _end_of_replay(connection, webhook) if replay_no else page.place
        told = list(zip(page.events, page.places, strict=True))
        lines = [
            _line(connection, webhook, event, place, replay_no=replay_no, now=now)
            for event, place in told
            if place <= upto
        ]
        if lines:
            connection.execute(insert(DELIVERIES), lines)
        if replay_no and page.place >= upto:
            connection.execute(delete(MARKS).where(MARKS.c.follower == follower))
        else:
            move(connection, follower, page.place, now=now)
    return len(lines)


def _is_any(connection: Connection, webhook: WebhookInForce, follower: str, replay_no: int) -> bool:
    mark = read_mark(connection, follower)
    if mark is None or (mark.paused_at is not None and not replay_no):
        return False
    waiting = select(func.count()).where(
        DELIVERIES.c.webhook_id == webhook.webhook_id, DELIVERIES.c.status.in_(OPEN)
    )
    if connection.execute(waiting).scalar_one() >= MOST_WAITING:
        return False
    return bool(replay_no) or last_place(connection) > mark.position


def _end_of_replay(connection: Connection, webhook: WebhookInForce) -> int:
    """A replay ends where the webhook itself stands: what comes after that is new to it."""
    mark = read_mark(connection, follower_of(webhook.webhook_id))
    return mark.position if mark is not None else 0


def _line(
    connection: Connection,
    webhook: WebhookInForce,
    event: dict[str, Any],
    place: int,
    *,
    replay_no: int,
    now: datetime,
) -> dict[str, Any]:
    payload = body_of(event)
    if replay_no:
        payload = _first_payload(connection, webhook.webhook_id, event["event_id"]) or payload
    return {
        "webhook_id": webhook.webhook_id,
        "department_id": webhook.department_id,
        "event_id": event["event_id"],
        "feed_no": place,
        "replay_no": replay_no,
        "ordering_key": ordering_key_of(event),
        "payload": payload,
        "status": DeliveryStatus.WAITING,
        "attempts": 0,
        "created_at": now,
        "due_at": now,
    }


def _first_payload(connection: Connection, webhook_id: int, event_id: int) -> str | None:
    """The body under which the event is known already: one id never has two bodies."""
    statement = (
        select(DELIVERIES.c.payload)
        .where(DELIVERIES.c.webhook_id == webhook_id, DELIVERIES.c.event_id == event_id)
        .order_by(DELIVERIES.c.replay_no)
        .limit(1)
    )
    return connection.execute(statement).scalar()
