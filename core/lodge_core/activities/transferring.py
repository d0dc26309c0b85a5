"""An activity is given on: to an agent, to a queue, or to another department."""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Row

from lodge_core.activities.holding import (
    States,
    agent_of,
    refuse_held_by_others,
    refuse_ineligible,
    refuse_without_room,
    situation,
)
from lodge_core.activities.queues import queue_for
from lodge_core.routing.claims import context_of, lock_activity, lock_agent_states
from lodge_core.routing.configuration import (
    ConfiguredQueue,
    RoutingConfiguration,
    configuration_of,
)
from lodge_core.routing.withdrawing import withdraw
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.events import Event
from lodge_platform.events.catalogue import ActivityAssigned, ActivityQueued
from lodge_platform.events.of_activities import ActivityTransferred, ActivityUnpinned
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.vocabulary import ActivityStatus


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where an activity goes: exactly one of an agent, a queue and a department.

    A department takes it in its exception queue, from which people place it.
    """

    agent_id: int | None = None
    queue_id: int | None = None
    department_id: int | None = None

    @property
    def word(self) -> str:
        """`agent`, `queue` or `department`. Raises RefusedError for none or several."""
        given = [name for name in self.__struct_fields__ if getattr(self, name) is not None]
        if len(given) != 1:
            raise RefusedError(
                "name exactly one of agent_id, queue_id and department_id", field="agent_id"
            )
        return given[0].removesuffix("_id")


def transfer(
    work: Work,
    activity_id: int,
    to: Target,
    *,
    reason: str | None = None,
    reachable: Collection[int] = (),
    is_others_too: bool = False,
    expected: int | None = None,
) -> None:
    """Give an open activity on; a pending offer is taken back, a pin ends, and in a queue the wait
    begins anew. A queue is one of the activity's department, or of the `reachable` ones.

    Raises ForbiddenError when another agent holds it, unless `is_others_too`; ConflictError when
    it is completed, or the agent is signed out or full; RefusedError for a target that cannot
    take it.
    """
    agent_id = agent_of(work)
    word = to.word
    configuration = configuration_of(work.lodge.stores.master)
    states = lock_agent_states(work.connection, [] if to.agent_id is None else [to.agent_id])
    activity = lock_activity(work.connection, activity_id)
    refuse_stale(activity, expected)
    if activity.status is ActivityStatus.COMPLETED:
        raise ConflictError(f"activity {activity_id} is completed")
    refuse_held_by_others(activity, agent_id=agent_id, is_others_too=is_others_too)
    queue = _queue(configuration, activity, to, reachable)
    if to.agent_id is not None:
        _refuse_agent(work, configuration, activity, states, to.agent_id)
    _let_go(work, activity)
    transferred = work.record(
        ActivityTransferred(
            to=word,
            from_department_id=activity.department_id,
            to_department_id=queue.department_id if queue else activity.department_id,
            from_queue_id=activity.queue_id,
            to_queue_id=queue.queue_id if queue else activity.queue_id,
            from_agent_id=activity.agent_id,
            to_agent_id=to.agent_id,
            reason=reason,
        ),
        activity_id,
        **context_of(activity),
    )
    _arrive(work, activity, queue, to.agent_id, caused_by=transferred)
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED, Topic.ACTIVITY_QUEUED)


def _queue(
    configuration: RoutingConfiguration,
    activity: Row[Any],
    to: Target,
    reachable: Collection[int],
) -> ConfiguredQueue | None:
    """The queue it goes to; None when it goes to an agent."""
    if to.queue_id is not None:
        known = configuration.queues.get(to.queue_id)
        department_id = activity.department_id
        if known is not None and known.department_id in reachable:
            department_id = known.department_id
        return queue_for(
            configuration, to.queue_id, department_id=department_id, media=activity.media
        )
    if to.department_id is None:
        return None
    if to.department_id == activity.department_id:
        raise RefusedError("it is in that department already", field="department_id")
    queue = configuration.exception_queue_of(to.department_id)
    if queue is None:
        raise RefusedError(
            f"no department {to.department_id} that takes transferred work", field="department_id"
        )
    return queue


def _refuse_agent(
    work: Work,
    configuration: RoutingConfiguration,
    activity: Row[Any],
    states: States,
    agent_id: int,
) -> None:
    refuse_ineligible(work.lodge, activity, agent_id=agent_id)
    if activity.status is ActivityStatus.ASSIGNED and activity.agent_id == agent_id:
        raise ConflictError(f"activity {activity.activity_id} is {situation(activity)} already")
    if activity.agent_id != agent_id:
        refuse_without_room(work.connection, configuration, activity, states, agent_id=agent_id)


def _let_go(work: Work, activity: Row[Any]) -> None:
    if activity.status is ActivityStatus.OFFERED:
        withdraw(work.recorder, activity, reason="transferred", actor=work.actor)
    if activity.is_pinned:
        work.record(ActivityUnpinned(), activity.activity_id, **context_of(activity))


def _arrive(
    work: Work,
    activity: Row[Any],
    queue: ConfiguredQueue | None,
    agent_id: int | None,
    *,
    caused_by: Event,
) -> None:
    keys = context_of(activity)
    if queue is not None:
        keys |= {"department_id": queue.department_id, "queue_id": queue.queue_id}
        arrived = ActivityQueued(queue_id=queue.queue_id, reason="transferred")
    elif agent_id is not None:
        keys |= {"agent_id": agent_id}
        arrived = ActivityAssigned(agent_id=agent_id, way="transfer")
    else:
        return
    work.record(arrived, activity.activity_id, caused_by=caused_by, **keys)
