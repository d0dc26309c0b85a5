"""When a webhook is stopped: its owner may not have it, its receiver is gone, or fails for days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, func, select

from lodge_core.webhooks.queuing import DELIVERIES
from lodge_platform.schema.active import WebhookAttempt
from lodge_platform.vocabulary import DeliveryStatus

# Before anything is given up: what waits then waits until somebody resumes the webhook.
FAILING_FOR = timedelta(days=2)
LEAST_FAILURES = 10
_ATTEMPTS = WebhookAttempt.__table__

NO_OWNER = "its owner is disabled or may not have webhooks in its department any more"
GONE = "the receiver answered 410: it wants nothing more"


def failing_reason(
    connection: Connection, webhook_id: int, now: datetime, *, since: datetime | None = None
) -> str | None:
    """Why it is to be paused: nothing was taken for two days, in ten tries or more.

    `since` is when somebody last let it go on: what failed before that does not count.
    """
    of_webhook = DELIVERIES.c.webhook_id == webhook_id
    failed = (
        select(func.count(), func.min(_ATTEMPTS.c.started_at))
        .join(DELIVERIES, DELIVERIES.c.webhook_delivery_id == _ATTEMPTS.c.webhook_delivery_id)
        .where(of_webhook, DELIVERIES.c.status == DeliveryStatus.WAITING)
    )
    if since is not None:
        failed = failed.where(_ATTEMPTS.c.started_at >= since)
    tries, first = connection.execute(failed).one()
    if first is None or tries < LEAST_FAILURES or now - first < FAILING_FOR:
        return None
    taken = select(
        exists().where(
            of_webhook,
            DELIVERIES.c.status == DeliveryStatus.DELIVERED,
            DELIVERIES.c.finished_at > now - FAILING_FOR,
        )
    )
    if connection.execute(taken).scalar():
        return None
    return f"nothing was taken since {first:%Y-%m-%d %H:%M} UTC, in {tries} tries"


@dataclass
class Away:
    """A receiver that does not answer: one event at a time asks whether it is back."""

    failures: int = 0
    until: datetime | None = None
    answer: str = ""

    def failed(self, answer: str, now: datetime, *, wished: datetime | None = None) -> datetime:
        """It did not answer again; when it is asked next.

        The pause doubles, from one second to five minutes, and is longer where it `wished` so.
        """
        self.failures += 1
        self.answer = answer
        usual = now + timedelta(seconds=min(300, 2 ** min(self.failures - 1, 9)))
        self.until = max(usual, wished or usual)
        return self.until

    def is_asked(self, now: datetime) -> bool:
        """Whether it may be asked now."""
        return self.until is None or self.until <= now
