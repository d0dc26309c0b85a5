"""What was sent is sent again, under the same ids: deliveries by key, or all behind a cursor."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from lodge_core.webhooks.marks import MARKS, follower_of, read_mark, replay_follower
from lodge_core.webhooks.queuing import DELIVERIES, OPEN
from lodge_platform.errors import ConflictError, NotFoundError
from lodge_platform.vocabulary import DeliveryStatus


def replay_after(connection: Connection, webhook_id: int, place: int, *, now: datetime) -> int:
    """Put in line anew, bit by bit, all events behind `place` that the webhook got; the replay's
    number. Raises ConflictError before the webhook has begun."""
    mark = read_mark(connection, follower_of(webhook_id), lock=True)
    if mark is None:
        raise ConflictError("this webhook has not begun yet; there is nothing to replay")
    replay_no = _next(connection, webhook_id)
    values = {"follower": replay_follower(webhook_id, replay_no), "position": place}
    connection.execute(insert(MARKS).values(**values, moved_at=now))
    return replay_no


def replay_deliveries(
    connection: Connection, webhook_id: int, delivery_ids: Collection[int], *, now: datetime
) -> int:
    """Put these in line anew, with the bodies they had; the replay's number.

    Raises NotFoundError for one that is not this webhook's, ConflictError for one still waiting.
    """
    read_mark(connection, follower_of(webhook_id), lock=True)
    statement = (
        select(DELIVERIES)
        .where(
            DELIVERIES.c.webhook_id == webhook_id,
            DELIVERIES.c.webhook_delivery_id.in_(list(delivery_ids)),
        )
        .order_by(DELIVERIES.c.feed_no, DELIVERIES.c.webhook_delivery_id)
    )
    found = connection.execute(statement).all()
    if len(found) != len(set(delivery_ids)):
        raise NotFoundError("one of these is no delivery of this webhook")
    for row in found:
        if row.status in OPEN:
            raise ConflictError(f"delivery {row.webhook_delivery_id} is still in line")
    replay_no = _next(connection, webhook_id)
    by_event = {row.event_id: row for row in found}
    lines = [
        {
            **{name: getattr(row, name) for name in _SAME},
            "replay_no": replay_no,
            "status": DeliveryStatus.WAITING,
            "attempts": 0,
            "created_at": now,
            "due_at": now,
        }
        for row in by_event.values()
    ]
    connection.execute(insert(DELIVERIES), lines)
    return replay_no


_SAME = ("webhook_id", "department_id", "event_id", "feed_no", "ordering_key", "payload")


def _next(connection: Connection, webhook_id: int) -> int:
    made = select(func.max(DELIVERIES.c.replay_no)).where(DELIVERIES.c.webhook_id == webhook_id)
    prefix = f"{follower_of(webhook_id)}:replay:"
    under_way = select(MARKS.c.follower).where(MARKS.c.follower.startswith(prefix, autoescape=True))
    names = connection.execute(under_way).scalars()
    numbers = [int(name.removeprefix(prefix)) for name in names]
    return max([connection.execute(made).scalar() or 0, *numbers]) + 1
