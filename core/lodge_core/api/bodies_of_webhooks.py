"""What is said to and by the resource `webhooks`."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from lodge_platform.api import Body, ObjectKey
from lodge_platform.events.catalogue import PAYLOADS

Name = Annotated[str, Meta(min_length=1, max_length=100, description="What it is for.")]
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description="Where events are posted to: https, in the internet or allowed by the setting "
        "outgoing_allowed.",
    ),
]
EventTypes = Annotated[
    tuple[Annotated[str, Meta(extra_json_schema={"enum": sorted(PAYLOADS)})], ...],
    Meta(max_length=200, description="Type codes of the events it gets; none: all of them."),
]


class NewWebhook(Body, frozen=True):
    """A webhook of yours: it gets what you may see in the department, as long as you may."""

    name: Name
    department_id: ObjectKey
    url: Url
    event_types: EventTypes = ()


class ChangedWebhook(Body, frozen=True):
    """The fields to change. Whoever changes it, owns it: from then on it gets what they may see."""

    name: Name | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    event_types: EventTypes | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class MadeWebhook(Struct, kw_only=True):
    """A webhook and the secret its messages are signed with. The secret is said this once."""

    webhook_id: int
    name: str
    secret: Annotated[str | None, Meta(description="The secret; empty when asked again.")]


class Replaying(Body, frozen=True):
    """What to send again: all behind a cursor of the feed, or some deliveries; one of the two."""

    after: (
        Annotated[str, Meta(min_length=1, max_length=400, description="Cursor of the feed.")] | None
    ) = None
    webhook_delivery_ids: (
        Annotated[list[ObjectKey], Meta(min_length=1, max_length=1000, description="Deliveries.")]
        | None
    ) = None


class Replay(Struct, kw_only=True):
    """A replay that began; its deliveries carry its number."""

    replay_no: int


class WebhookState(Struct, kw_only=True):
    """How a webhook is."""

    is_active: bool
    paused_at: datetime | None
    pause_reason: str | None
    moved_at: Annotated[datetime | None, Meta(description="When it last came on in the feed.")]
    waiting: Annotated[int, Meta(description="Deliveries in line.")]
    given_up: Annotated[int, Meta(description="Deliveries that were given up.")]
    last_delivered_at: datetime | None


class Tried(Struct, kw_only=True):
    """What became of a test message."""

    is_delivered: bool
    answer: Annotated[str, Meta(description="Status and first words, or what was in the way.")]
