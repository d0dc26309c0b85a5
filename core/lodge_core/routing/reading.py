"""Read what the router decides on: only who is free, and only as much waiting work as fits them.

Every query is led by an index, and of each queue only its first activities are read: as many
as its free agents have room for, and one more for each that somebody is resting from. So the
cost follows the free room, not the backlog.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, select

from lodge_core.routing.configuration import RoutingConfiguration
from lodge_core.routing.places import (
    concerned,
    read_places,
    room_by_queue,
    with_last_offers,
)
from lodge_core.routing.snapshot import (
    Declined,
    DomainRule,
    QueueRule,
    Rules,
    Snapshot,
    WaitingActivity,
)
from lodge_platform.schema.active import Activity, Offer
from lodge_platform.vocabulary import ActivityStatus, OfferOutcome

REST_SECONDS = 300
_ACTIVITIES = Activity.__table__
_OFFERS = Offer.__table__
_DECLINED = (OfferOutcome.REJECTED, OfferOutcome.EXPIRED)


def rules_of(configuration: RoutingConfiguration) -> Rules:
    """The rules in force. An inactive queue takes nothing new, but what waits in it is served."""
    queues = sorted(configuration.queues.values(), key=lambda queue: queue.queue_id)
    domains = sorted(
        configuration.domains.values(), key=lambda domain: domain.media_routing_domain_id
    )
    return Rules(
        queues=tuple(
            QueueRule(
                queue_id=queue.queue_id,
                media_routing_domain_id=queue.media_routing_domain_id,
                skill_group_id=queue.skill_group_id,
                priority=queue.priority,
            )
            for queue in queues
            if queue.skill_group_id is not None
        ),
        domains=tuple(
            DomainRule(
                media_routing_domain_id=domain.media_routing_domain_id,
                task_limit=domain.task_limit,
                offer_seconds=domain.offer_seconds,
                is_interruptible=domain.is_interruptible,
            )
            for domain in domains
        ),
        rest_seconds=REST_SECONDS,
    )


def read_snapshot(
    connection: Connection, configuration: RoutingConfiguration, rules: Rules, now: datetime
) -> Snapshot:
    """What `route` needs to decide now, in one read transaction of the active store."""
    places = read_places(connection, configuration, rules)
    room = room_by_queue(places, rules)
    if not room:
        return Snapshot((), ())
    declined = read_declined(connection, rest_seconds=rules.rest_seconds, now=now)
    waiting = tuple(
        activity
        for queue_id in sorted(room)
        for activity in read_waiting(
            connection, queue_id, limit=room[queue_id] + len(declined), declined=declined
        )
    )
    if not waiting:
        return Snapshot((), ())
    return Snapshot(waiting, with_last_offers(connection, concerned(places, waiting, rules)))


def trimmed(rules: Rules, snapshot: Snapshot) -> Rules:
    """Only the rules that `snapshot` can be decided by: what the journal keeps."""
    queue_ids = {activity.queue_id for activity in snapshot.waiting}
    queues = tuple(rule for rule in rules.queues if rule.queue_id in queue_ids)
    return msgspec.structs.replace(rules, queues=queues)


def read_declined(
    connection: Connection, *, rest_seconds: int, now: datetime
) -> Mapping[int, tuple[Declined, ...]]:
    """By activity, who rejected it or let it run out within `rest_seconds`.

    An offer is decided at the latest when it runs out, so the index on that instant leads.
    """
    since = now - timedelta(seconds=rest_seconds)
    found: dict[int, list[Declined]] = defaultdict(list)
    for row in connection.execute(
        select(_OFFERS.c.activity_id, _OFFERS.c.agent_id, _OFFERS.c.decided_at)
        .where(
            _OFFERS.c.outcome.in_(_DECLINED),
            _OFFERS.c.expires_at > since,
            _OFFERS.c.decided_at > since,
        )
        .order_by(_OFFERS.c.offer_id)
    ):
        found[row.activity_id].append(Declined(row.agent_id, row.decided_at))
    return {activity_id: tuple(declined) for activity_id, declined in found.items()}


def read_waiting(
    connection: Connection,
    queue_id: int,
    *,
    limit: int,
    declined: Mapping[int, tuple[Declined, ...]],
) -> list[WaitingActivity]:
    """The first activities that wait in a queue, in the order in which they are served."""
    rows = connection.execute(
        select(_ACTIVITIES.c.activity_id, _ACTIVITIES.c.priority, _ACTIVITIES.c.queued_at)
        .where(_ACTIVITIES.c.status == ActivityStatus.QUEUED, _ACTIVITIES.c.queue_id == queue_id)
        .order_by(_ACTIVITIES.c.priority, _ACTIVITIES.c.queued_at, _ACTIVITIES.c.activity_id)
        .limit(limit)
    )
    return [
        WaitingActivity(
            activity_id=row.activity_id,
            queue_id=queue_id,
            priority=row.priority,
            queued_at=row.queued_at,
            declined=declined.get(row.activity_id, ()),
        )
        for row in rows
    ]
