"""Who is there and has room: agents' places, read from the active store."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from lodge_core.routing.claims import HELD
from lodge_core.routing.configuration import RoutingConfiguration
from lodge_core.routing.snapshot import AgentPlace, Rules, WaitingActivity
from lodge_platform.schema.active import Activity, AgentState, Offer
from lodge_platform.vocabulary import AgentStateCode

_ACTIVITIES = Activity.__table__
_STATES = AgentState.__table__
_OFFERS = Offer.__table__


def read_places(
    connection: Connection, configuration: RoutingConfiguration, rules: Rules
) -> list[AgentPlace]:
    """Places of active agents that are ready, or hold something."""
    held = _held(connection, configuration)
    domains = {rule.media_routing_domain_id for rule in rules.domains}
    places: list[AgentPlace] = []
    for row in connection.execute(select(_STATES).order_by(_STATES.c.agent_state_id)):
        agent = configuration.agents.get(row.agent_id)
        count, last_assigned_at = held.get((row.agent_id, row.media_routing_domain_id), (0, None))
        is_there = row.state is AgentStateCode.READY or count
        if agent and agent.is_active and is_there and row.media_routing_domain_id in domains:
            places.append(
                AgentPlace(
                    agent_id=row.agent_id,
                    media_routing_domain_id=row.media_routing_domain_id,
                    state=row.state,
                    held=count,
                    idle_since=max(row.since_at, last_assigned_at or row.since_at),
                    skill_group_ids=configuration.groups_of_agent.get(row.agent_id, ()),
                )
            )
    return places


def _held(
    connection: Connection, configuration: RoutingConfiguration
) -> dict[tuple[int, int], tuple[int, datetime | None]]:
    """By agent and domain: how many activities are held, and when the last was assigned."""
    held: dict[tuple[int, int], tuple[int, datetime | None]] = {}
    for row in connection.execute(
        select(
            _ACTIVITIES.c.agent_id,
            _ACTIVITIES.c.queue_id,
            func.count().label("held"),
            func.max(_ACTIVITIES.c.assigned_at).label("last_assigned_at"),
        )
        .where(_ACTIVITIES.c.status.in_(HELD))
        .group_by(_ACTIVITIES.c.agent_id, _ACTIVITIES.c.queue_id)
    ):
        queue = configuration.queues.get(row.queue_id)
        if queue is None:
            continue
        key = (row.agent_id, queue.media_routing_domain_id)
        count, last = held.get(key, (0, None))
        instants = [instant for instant in (last, row.last_assigned_at) if instant]
        held[key] = (count + row.held, max(instants, default=None))
    return held


def room_by_queue(places: Iterable[AgentPlace], rules: Rules) -> dict[int, int]:
    """By queue, how many activities its ready agents could still take; never 0."""
    limits = {rule.media_routing_domain_id: rule.task_limit for rule in rules.domains}
    by_group: dict[tuple[int, int], int] = defaultdict(int)
    for place in places:
        free = limits[place.media_routing_domain_id] - place.held
        if place.state is AgentStateCode.READY and free > 0:
            for group in place.skill_group_ids:
                by_group[place.media_routing_domain_id, group] += free
    room = {
        rule.queue_id: by_group.get((rule.media_routing_domain_id, rule.skill_group_id), 0)
        for rule in rules.queues
    }
    return {queue_id: free for queue_id, free in room.items() if free}


def concerned(
    places: Iterable[AgentPlace], waiting: Sequence[WaitingActivity], rules: Rules
) -> list[AgentPlace]:
    """The places that can change a decision: who may take something, and what forbids them to."""
    queue_ids = {activity.queue_id for activity in waiting}
    served = {
        (rule.media_routing_domain_id, rule.skill_group_id)
        for rule in rules.queues
        if rule.queue_id in queue_ids
    }
    domains = {rule.media_routing_domain_id: rule for rule in rules.domains}

    def is_concerned(place: AgentPlace) -> bool:
        rule = domains[place.media_routing_domain_id]
        forbids = place.held > 0 and not rule.is_interruptible
        is_free = place.state is AgentStateCode.READY and place.held < rule.task_limit
        keys = {(place.media_routing_domain_id, group) for group in place.skill_group_ids}
        return forbids or (is_free and bool(keys & served))

    return [place for place in places if is_concerned(place)]


def with_last_offers(
    connection: Connection, places: Iterable[AgentPlace]
) -> tuple[AgentPlace, ...]:
    """The places, idle only since the last offer that was made to the agent."""
    kept = list(places)
    last = (
        select(func.max(_OFFERS.c.offered_at))
        .where(_OFFERS.c.agent_id == _STATES.c.agent_id)
        .scalar_subquery()
    )
    rows: Any = connection.execute(
        select(_STATES.c.agent_id, last.label("offered_at")).where(
            _STATES.c.agent_id.in_({place.agent_id for place in kept})
        )
    )
    offered: dict[int, datetime] = {row.agent_id: row.offered_at for row in rows if row.offered_at}
    return tuple(
        msgspec.structs.replace(
            place,
            idle_since=max(place.idle_since, offered.get(place.agent_id, place.idle_since)),
        )
        for place in kept
    )
