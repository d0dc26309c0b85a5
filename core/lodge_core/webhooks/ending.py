"""A webhook is deleted: what waits for it has its end, and its marks go."""

from datetime import datetime

from sqlalchemy import Connection, update

from lodge_core.webhooks.marks import forget
from lodge_core.webhooks.queuing import DELIVERIES, OPEN
from lodge_platform.vocabulary import DeliveryStatus


def end_deliveries(connection: Connection, webhook_id: int, *, now: datetime) -> None:
    """Give up what waits, visibly. Doing it twice changes nothing."""
    connection.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.webhook_id == webhook_id, DELIVERIES.c.status.in_(OPEN))
        .values(
            status=DeliveryStatus.GIVEN_UP,
            claimed_by=None,
            claimed_at=None,
            finished_at=now,
            last_answer="the webhook was deleted",
        )
    )
    forget(connection, webhook_id)
