"""What changed webhooks do to deliveries that wait."""

from collections.abc import Iterator

from lodge_core.configuring.effects.counting import count
from lodge_platform.configuring.effects import Difference, Effect, counted
from lodge_platform.schema.active import WebhookDelivery
from lodge_platform.schema.master import Webhook
from lodge_platform.vocabulary import DeliveryStatus

_DELIVERIES = WebhookDelivery.__table__


def of_webhooks(difference: Difference) -> Iterator[Effect]:
    """Deliveries that wait for a webhook that goes, or go elsewhere."""
    for key, old, new in difference.changed(Webhook):
        if old is None:
            continue
        waiting = count(
            difference.active,
            _DELIVERIES,
            _DELIVERIES.c.webhook_id == key,
            _DELIVERIES.c.status.in_([DeliveryStatus.WAITING, DeliveryStatus.SENDING]),
        )
        name, figures = old["name"], {"waiting": waiting}
        if new is None or (old["is_active"] and not new["is_active"]):
            said = f"webhook {name} gets no more events; {counted(waiting, 'delivery')} wait"
            yield Effect("webhook_off", "webhook", name, said, figures)
        elif old["url"] != new["url"]:
            said = f"webhook {name}: {counted(waiting, 'waiting delivery')} go to the new address"
            yield Effect("webhook_moved", "webhook", name, said, figures)
