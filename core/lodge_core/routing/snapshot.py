"""The values that `route` decides on, and what it decides. They read back from the journal."""

from datetime import datetime

import msgspec

from lodge_platform.vocabulary import AgentStateCode


class Declined(msgspec.Struct, frozen=True):
    """An agent would not have, or let run out, an offer of the activity."""

    agent_id: int
    declined_at: datetime


class WaitingActivity(msgspec.Struct, frozen=True):
    """One queued activity; priority 1 is first, and then who was queued first."""

    activity_id: int
    queue_id: int
    priority: int
    queued_at: datetime
    declined: tuple[Declined, ...] = ()


class AgentPlace(msgspec.Struct, frozen=True):
    """An agent in one media routing domain; `held` counts what is offered as well as assigned.

    `idle_since` is when the agent became ready there or was last given something, the later.
    """

    agent_id: int
    media_routing_domain_id: int
    state: AgentStateCode
    held: int
    idle_since: datetime
    skill_group_ids: tuple[int, ...]


class Snapshot(msgspec.Struct, frozen=True):
    """What waits and who is there, as read in one transaction."""

    waiting: tuple[WaitingActivity, ...]
    places: tuple[AgentPlace, ...]


class QueueRule(msgspec.Struct, frozen=True):
    """How a queue is served; queues of rank 1 are served first."""

    queue_id: int
    media_routing_domain_id: int
    skill_group_id: int
    priority: int


class DomainRule(msgspec.Struct, frozen=True):
    """What holds for an agent in a media routing domain."""

    media_routing_domain_id: int
    task_limit: int
    offer_seconds: int
    is_interruptible: bool


class Rules(msgspec.Struct, frozen=True):
    """The configuration that `route` decides under; a decliner rests for `rest_seconds`."""

    queues: tuple[QueueRule, ...]
    domains: tuple[DomainRule, ...]
    rest_seconds: int


class Decision(msgspec.Struct, frozen=True):
    """Offer this activity to this agent until `expires_at`; `rule` says why this one."""

    activity_id: int
    queue_id: int
    agent_id: int
    expires_at: datetime
    rule: str
