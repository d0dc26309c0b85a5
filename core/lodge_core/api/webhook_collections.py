"""Webhooks, their deliveries and every try, as collections of the API."""

from sqlalchemy import ColumnElement, true

from lodge_platform.api import Collection
from lodge_platform.api.visibility import by_department
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import WebhookAttempt, WebhookDelivery
from lodge_platform.schema.master import Webhook

_DELIVERIES = WebhookDelivery.__table__

WEBHOOKS = Collection(
    name="webhooks",
    one="webhook",
    table=Webhook.__table__,
    action=Action.WEBHOOK_READ,
    visible=by_department(Webhook.__table__),
    filters=("department_id", "user_id", "name", "is_active"),
    sorts=("webhook_id", "name"),
    is_master=True,
    description="Webhooks of your departments.",
)
DELIVERIES = Collection(
    name="webhook-deliveries",
    one="webhook-delivery",
    table=_DELIVERIES,
    action=Action.WEBHOOK_READ,
    visible=by_department(_DELIVERIES),
    leaves_out=("payload", "feed_no", "claimed_by", "claimed_at"),
    filters=(
        *("webhook_id", "event_id", "replay_no", "ordering_key", "status", "attempts"),
        *("created_at", "due_at", "finished_at"),
    ),
    sorts=("webhook_delivery_id", "due_at", "finished_at"),
    description="What was delivered to webhooks of your departments, what waits, and what was "
    "given up. Bodies are not shown: the feed has the events, as far as you may see them.",
)


def _all(_reader: SignedIn, _action: Action) -> ColumnElement[bool]:
    """Whoever sees the delivery sees its tries."""
    return true()


ATTEMPTS = Collection(
    name="attempts",
    one="attempt",
    table=WebhookAttempt.__table__,
    action=Action.WEBHOOK_READ,
    visible=_all,
    filters=("outcome",),
    sorts=("webhook_attempt_id",),
    under=DELIVERIES,
    description="Every try to deliver, and what was answered.",
)
