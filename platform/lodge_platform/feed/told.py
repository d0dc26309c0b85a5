"""An event as it is told outside: in the feed, and as the body of a webhook. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lodge_platform.api.visibility import sees_everywhere
from lodge_platform.feed.sensitive import shown
from lodge_platform.feed.visible import OF_CUSTOMERS
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn

_OF_ANOTHER = (
    *("department_id", "case_id", "activity_id", "queue_id", "agent_id", "actor_id"),
    "caused_by_event_id",
)


def told(event: Mapping[str, Any], reader: SignedIn) -> dict[str, Any]:
    """A row of `activity_events`, visible to `reader`, without what they may not see of it.

    `withheld` names what was left out: a field of the payload, or one of the event's own.
    """
    department_id, queue_id = event["department_id"], event["queue_id"]
    is_of_another = event["object_type"] in OF_CUSTOMERS and (
        department_id is None or department_id not in reader.departments_near(Action.CUSTOMER_READ)
    )
    if is_of_another:
        personal = sees_everywhere(reader, Action.CUSTOMER_READ, Action.PERSONAL_READ)
        content = sees_everywhere(reader, Action.CUSTOMER_READ, Action.CONTENT_READ)
    else:
        personal = reader.may(Action.PERSONAL_READ, department_id, queue_id)
        content = reader.may(Action.CONTENT_READ, department_id, queue_id)
    payload, withheld = shown(
        event["type_code"], event["payload"], personal=personal, content=content
    )
    values: dict[str, Any] = {
        "event_id": event["event_id"],
        "type": event["type_code"],
        **{name: event[name] for name in _KEYS},
        "actor_kind": str(event["actor_kind"]),
        "occurred_at": instant(event["occurred_at"]),
        "recorded_at": instant(event["recorded_at"]),
        "source_at": instant(event["source_at"]),
        "payload": payload,
    }
    hidden = [name for name in _OF_ANOTHER if is_of_another and values[name] is not None]
    values |= dict.fromkeys(hidden)
    return values | {"withheld": [*hidden, *(f"payload.{name}" for name in withheld)]}


def instant(value: datetime | None) -> str | None:
    """An instant as RFC 3339 in UTC."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


_KEYS = (
    *("object_type", "object_id", "department_id", "case_id", "activity_id", "queue_id"),
    *("agent_id", "actor_id", "caused_by_event_id"),
)
