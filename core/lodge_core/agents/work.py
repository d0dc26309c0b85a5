"""An agent takes a chosen activity, and completes one that is theirs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from lodge_core import cases
from lodge_core.routing.claims import (
    context_of,
    held_count,
    lock_activity,
    lock_agent_states,
    lock_with_case,
)
from lodge_core.routing.configuration import RoutingConfiguration, configuration_of
from lodge_core.routing.withdrawing import withdraw
from lodge_platform.errors import ConflictError, ForbiddenError
from lodge_platform.events import Actor, Event, Recorder
from lodge_platform.events.catalogue import ActivityAssigned, ActivityCompleted
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.vocabulary import ActivityStatus, ActorKind, AgentStateCode


def pick(lodge: Lodge, activity_id: int, *, agent_id: int, now: datetime) -> None:
    """The agent takes a chosen activity out of its queue; an offer of it to anybody is taken back.

    Raises ConflictError when it is held or completed, or the agent is signed out or full;
    ForbiddenError when it is another department's.
    """
    configuration = configuration_of(lodge.stores.master)
    configuration.active_agent(agent_id)
    actor = Actor(ActorKind.AGENT, agent_id)
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        states = lock_agent_states(connection, [agent_id])
        activity = lock_activity(connection, activity_id)
        if activity.department_id not in configuration.departments_of_agent[agent_id]:
            raise ForbiddenError(f"activity {activity_id} is another department's")
        if activity.status not in (ActivityStatus.QUEUED, ActivityStatus.OFFERED):
            raise ConflictError(f"activity {activity_id} is {_situation(activity)}, not queued")
        is_own_offer = activity.agent_id == agent_id
        if not is_own_offer:
            _refuse_without_room(connection, configuration, activity, states, agent_id=agent_id)
        if activity.status is ActivityStatus.OFFERED:
            withdraw(recorder, activity, reason=f"picked by agent {agent_id}", actor=actor)
        recorder.record(
            ActivityAssigned(agent_id=agent_id, way="pick"),
            activity_id,
            actor=actor,
            **context_of(activity, agent_id=agent_id),
        )
        recorder.flush()
    wake(lodge, Topic.ACTIVITY_CHANGED)


def complete(lodge: Lodge, activity_id: int, *, agent_id: int, now: datetime) -> None:
    """The work is done; with the last open activity of a case, the case is closed.

    Raises ForbiddenError when somebody else holds it, ConflictError when nobody does.
    """
    configuration = configuration_of(lodge.stores.master)
    configuration.active_agent(agent_id)
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        activity = lock_with_case(connection, activity_id)
        refuse_unless_held(activity, agent_id=agent_id)
        record_completion(recorder, activity)
        recorder.flush()
    wake(lodge, Topic.ACTIVITY_CHANGED)


def refuse_unless_held(activity: Row[Any], *, agent_id: int) -> None:
    """Raise unless the agent holds the activity and may answer or complete it."""
    if activity.status is not ActivityStatus.ASSIGNED:
        raise ConflictError(
            f"activity {activity.activity_id} is {_situation(activity)}; take it first"
        )
    if activity.agent_id != agent_id:
        raise ForbiddenError(
            f"activity {activity.activity_id} is held by agent {activity.agent_id}"
        )


def record_completion(
    recorder: Recorder, activity: Row[Any], *, caused_by: Event | None = None
) -> None:
    """Complete an activity locked with its case, and close the case if it was the last open one."""
    actor = Actor(ActorKind.AGENT, activity.agent_id)
    completed = recorder.record(
        ActivityCompleted(),
        activity.activity_id,
        actor=actor,
        caused_by=caused_by,
        **context_of(activity),
    )
    recorder.flush()
    cases.close_if_done(recorder, activity.case_id, actor=actor, caused_by=completed)


def _refuse_without_room(
    connection: Connection,
    configuration: RoutingConfiguration,
    activity: Row[Any],
    states: dict[tuple[int, int], Row[Any]],
    *,
    agent_id: int,
) -> None:
    domain = configuration.domain_of_queue(activity.queue_id)
    state = states.get((agent_id, domain.media_routing_domain_id))
    if state is None or state.state is AgentStateCode.SIGNED_OUT:
        raise ConflictError(f"agent {agent_id} is not signed in to {domain.name}; sign in first")
    queue_ids = configuration.queues_of_domain(domain.media_routing_domain_id)
    held = held_count(connection, agent_id, queue_ids=queue_ids)
    if held >= domain.task_limit:
        raise ConflictError(
            f"agent {agent_id} holds {held} of at most {domain.task_limit} activities in "
            f"{domain.name}; complete one first"
        )


def _situation(activity: Row[Any]) -> str:
    holder = f" by agent {activity.agent_id}" if activity.status is ActivityStatus.ASSIGNED else ""
    return "held" + holder if holder else activity.status.value
