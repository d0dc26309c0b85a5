"""Why an activity was offered to whom, and why nobody has it now. Reads only."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from lodge_core.routing.claims import HELD, held_count
from lodge_core.routing.configuration import ConfiguredQueue, RoutingConfiguration, configuration_of
from lodge_core.routing.journal import read_round
from lodge_core.routing.reading import REST_SECONDS, read_declined
from lodge_platform.errors import NotFoundError
from lodge_platform.events.catalogue import ActivityQueued, type_code_of
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity, ActivityEvent, AgentState, Offer
from lodge_platform.schema.master import Workflow
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode

_ACTIVITIES = Activity.__table__
_OFFERS = Offer.__table__
_STATES = AgentState.__table__
_EVENTS = ActivityEvent.__table__


class Line(msgspec.Struct, frozen=True):
    """One thing to know: about an agent, or about the activity when `agent_id` is None."""

    agent_id: int | None
    agent: str | None
    said: str
    at: datetime | None = None


def explain(lodge: Lodge, activity_id: int, *, now: datetime) -> list[Line]:
    """Where it is, which rule last placed it there and what it was told by data links, each offer
    with its reason, and for each agent who could have it, why not."""
    configuration = configuration_of(lodge.stores.master)
    with lodge.stores.active.read() as connection:
        activity = connection.execute(
            select(_ACTIVITIES).where(_ACTIVITIES.c.activity_id == activity_id)
        ).one_or_none()
        if activity is None:
            raise NotFoundError(f"no activity {activity_id}")
        lines = [_where(configuration, activity)]
        lines += _placed(lodge, connection, configuration, activity_id)
        lines += _offers(connection, configuration, activity_id)
        if activity.status is ActivityStatus.QUEUED:
            queue = configuration.queue(activity.queue_id)
            lines += _why_nobody(connection, configuration, activity_id, queue, now)
    return lines


def _where(configuration: RoutingConfiguration, activity: Row[Any]) -> Line:
    match activity.status:
        case ActivityStatus.NEW:
            return Line(None, None, "new: no workflow has placed it yet", activity.created_at)
        case ActivityStatus.QUEUED:
            queue = configuration.queue(activity.queue_id)
            said = f"waits in {queue.name} with priority {activity.priority}"
            return Line(None, None, said, activity.queued_at)
        case ActivityStatus.COMPLETED:
            said, at = "completed", activity.completed_at
        case ActivityStatus.OFFERED:
            said, at = "offered", None
        case _:
            said, at = "assigned", activity.assigned_at
    return Line(activity.agent_id, _name(configuration, activity.agent_id), said, at)


def _placed(
    lodge: Lodge, connection: Connection, configuration: RoutingConfiguration, activity_id: int
) -> Iterator[Line]:
    """The last time that workflows, not people, put it in a queue."""
    rows = connection.execute(
        select(_EVENTS.c.payload, _EVENTS.c.occurred_at)
        .where(
            _EVENTS.c.activity_id == activity_id,
            _EVENTS.c.type_code == type_code_of(ActivityQueued),
        )
        .order_by(_EVENTS.c.event_id.desc())
    )
    found = next((row for row in rows if row.payload.get("detail")), None)
    if found is None:
        return
    queue = configuration.queues.get(found.payload["queue_id"])
    said = f"was placed in {queue.name if queue else 'a queue that is gone'}"
    if found.payload.get("workflow_id") is not None:
        said += f" by workflow {_workflow(lodge, found.payload['workflow_id'])}"
    if found.payload.get("rule") is not None:
        said += f", rule {found.payload['rule']}"
    yield Line(None, None, f"{said}: {found.payload['detail']}", found.occurred_at)


def _workflow(lodge: Lodge, workflow_id: int) -> str:
    with lodge.stores.master.read() as connection:
        name = connection.execute(
            select(Workflow.name).where(Workflow.workflow_id == workflow_id)
        ).scalar()
    return name or f"{workflow_id} that is gone"


def _offers(
    connection: Connection, configuration: RoutingConfiguration, activity_id: int
) -> Iterator[Line]:
    rows = connection.execute(
        select(_OFFERS).where(_OFFERS.c.activity_id == activity_id).order_by(_OFFERS.c.offer_id)
    ).all()
    for offer in rows:
        said = f"was offered it: {_why(connection, offer)}; {offer.outcome.value}"
        if offer.decided_at:
            said += f" after {round((offer.decided_at - offer.offered_at).total_seconds())} s"
        yield Line(offer.agent_id, _name(configuration, offer.agent_id), said, offer.offered_at)


def _why(connection: Connection, offer: Row[Any]) -> str:
    if offer.routing_decision_id is None:
        return "by hand"
    one = read_round(connection, offer.routing_decision_id)
    rule = next(d.rule for d in one.decisions if d.activity_id == offer.activity_id)
    free = {place.agent_id for place in one.snapshot.places}
    return f"{rule} of {len(free)} free in round {one.routing_decision_id}"


def _why_nobody(
    connection: Connection,
    configuration: RoutingConfiguration,
    activity_id: int,
    queue: ConfiguredQueue,
    now: datetime,
) -> Iterator[Line]:
    group = queue.skill_group_id
    if group is None:
        yield Line(None, None, f"queue {queue.name} has no skill group: people empty it by hand")
        return
    agents = [one for one, groups in configuration.groups_of_agent.items() if group in groups]
    if not agents:
        yield Line(None, None, f"nobody is in the skill group of queue {queue.name}")
    declined = read_declined(connection, rest_seconds=REST_SECONDS, now=now)
    rests = {
        one.agent_id: one.declined_at + timedelta(seconds=REST_SECONDS)
        for one in declined.get(activity_id, ())
    }
    for agent_id in sorted(agents):
        said = _why_not(connection, configuration, agent_id, queue, rests.get(agent_id))
        yield Line(agent_id, _name(configuration, agent_id), said)


def _why_not(
    connection: Connection,
    configuration: RoutingConfiguration,
    agent_id: int,
    queue: ConfiguredQueue,
    rests_until: datetime | None,
) -> str:
    domain = configuration.domain(queue.media_routing_domain_id)
    if not configuration.agents[agent_id].is_active:
        return "is disabled"
    state = connection.execute(
        select(_STATES).where(
            _STATES.c.agent_id == agent_id,
            _STATES.c.media_routing_domain_id == domain.media_routing_domain_id,
        )
    ).one_or_none()
    if state is None or state.state is AgentStateCode.SIGNED_OUT:
        return f"is not signed in to {domain.name}"
    if state.state is AgentStateCode.NOT_READY:
        return "is not ready" + (f": {state.reason}" if state.reason else "")
    own = configuration.queues_of_domain(domain.media_routing_domain_id)
    held = held_count(connection, agent_id, queue_ids=own)
    if held >= domain.task_limit:
        return f"is full: holds {held} of {domain.task_limit} in {domain.name}"
    if other := _uninterruptible(
        connection, configuration, agent_id, domain.media_routing_domain_id
    ):
        return f"must not be interrupted in {other}"
    if rests_until is not None:
        return f"declined it and rests from it until {rests_until.isoformat(timespec='seconds')}"
    return "is free: the next round offers it, or something before it in the order"


def _uninterruptible(
    connection: Connection, configuration: RoutingConfiguration, agent_id: int, domain_id: int
) -> str | None:
    held = connection.execute(
        select(_ACTIVITIES.c.queue_id)
        .where(_ACTIVITIES.c.agent_id == agent_id, _ACTIVITIES.c.status.in_(HELD))
        .distinct()
    ).scalars()
    for queue_id in held:
        other = configuration.domain_of_queue(queue_id)
        if other.media_routing_domain_id != domain_id and not other.is_interruptible:
            return other.name
    return None


def _name(configuration: RoutingConfiguration, agent_id: int | None) -> str | None:
    agent = configuration.agents.get(agent_id) if agent_id is not None else None
    return agent.display_name if agent else None
