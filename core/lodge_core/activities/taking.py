"""An agent takes work: a chosen activity, the next one, or the one that is offered."""

from typing import Any

from sqlalchemy import Connection, Row, select

from lodge_core.activities.holding import agent_of, refuse_without_room, situation
from lodge_core.activities.next_one import next_activities
from lodge_core.routing.claims import context_of, lock_activity, lock_agent_states
from lodge_core.routing.configuration import configuration_of
from lodge_core.routing.withdrawing import withdraw
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, ForbiddenError, NotFoundError
from lodge_platform.events import Payload
from lodge_platform.events.catalogue import (
    ActivityAssigned,
    AgentOfferAnswered,
    OfferAccepted,
    OfferRejected,
)
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Activity, Offer
from lodge_platform.vocabulary import ActivityStatus, OfferOutcome

_ACTIVITIES = Activity.__table__
_OFFERS = Offer.__table__


def pick(work: Work, activity_id: int, *, expected: int | None = None) -> None:
    """The agent takes a chosen activity out of its queue; an offer of it to anybody is taken back.

    Raises ConflictError when it is held or completed, or the agent is signed out or full;
    ForbiddenError when it is another department's.
    """
    agent_id = agent_of(work)
    configuration = configuration_of(work.lodge.stores.master)
    states = lock_agent_states(work.connection, [agent_id])
    activity = lock_activity(work.connection, activity_id)
    if activity.department_id not in configuration.departments_of_agent[agent_id]:
        raise ForbiddenError(f"activity {activity_id} is another department's")
    refuse_stale(activity, expected)
    if activity.status not in (ActivityStatus.QUEUED, ActivityStatus.OFFERED):
        raise ConflictError(f"activity {activity_id} is {situation(activity)}, not queued")
    if activity.agent_id != agent_id:
        refuse_without_room(work.connection, configuration, activity, states, agent_id=agent_id)
    if activity.status is ActivityStatus.OFFERED:
        withdraw(work.recorder, activity, reason=f"picked by agent {agent_id}", actor=work.actor)
    _assign(work, activity, agent_id, way="pick")


def pull(work: Work) -> int:
    """The agent takes the next activity of the queues of their skill groups, in the router's order;
    its key. Raises ConflictError when the agent has no room, or nothing waits for them.
    """
    agent_id = agent_of(work)
    configuration = configuration_of(work.lodge.stores.master)
    states = lock_agent_states(work.connection, [agent_id])
    for activity_id in next_activities(work, configuration, states, agent_id=agent_id):
        activity = _lock_if_free(work.connection, activity_id)
        if activity is not None and activity.status is ActivityStatus.QUEUED:
            _assign(work, activity, agent_id, way="pull")
            return activity_id
    raise ConflictError("nothing waits that you could take now")


def accept(work: Work, offer_id: int, *, expected: int | None = None) -> None:
    """The agent takes the offered activity and holds it from now.

    Raises ConflictError when the offer ran out or was taken back, ForbiddenError when it is
    another agent's.
    """
    _answer(work, offer_id, OfferAccepted(), expected=expected)


def reject(
    work: Work, offer_id: int, *, reason: str | None = None, expected: int | None = None
) -> None:
    """The agent will not take it: it waits on in its place, and rests from this agent a while.

    Raises as `accept` does.
    """
    _answer(work, offer_id, OfferRejected(reason=reason), expected=expected)


def offer_in(work: Work, activity_id: int) -> int:
    """Key of the offer of an activity that waits for this agent. Raises ConflictError for none."""
    found = work.connection.execute(
        select(_ACTIVITIES.c.offer_id).where(
            _ACTIVITIES.c.activity_id == activity_id,
            _ACTIVITIES.c.status == ActivityStatus.OFFERED,
            _ACTIVITIES.c.agent_id == agent_of(work),
        )
    ).scalar()
    if found is None:
        raise ConflictError(f"activity {activity_id} is not offered to you")
    return found


def _assign(work: Work, activity: Row[Any], agent_id: int, *, way: str) -> None:
    work.record(
        ActivityAssigned(agent_id=agent_id, way=way),
        activity.activity_id,
        **context_of(activity, agent_id=agent_id),
    )
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def _lock_if_free(connection: Connection, activity_id: int) -> Row[Any] | None:
    """The activity, locked; None when somebody else is just changing it."""
    return connection.execute(
        select(_ACTIVITIES)
        .where(_ACTIVITIES.c.activity_id == activity_id)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _answer(work: Work, offer_id: int, answer: Payload, *, expected: int | None) -> None:
    agent_id = agent_of(work)
    asked = _offer(work.connection, offer_id)
    if asked.agent_id != agent_id:
        raise ForbiddenError(f"offer {offer_id} was made to another agent")
    domain = configuration_of(work.lodge.stores.master).domain_of_queue(asked.queue_id)
    states = lock_agent_states(work.connection, [agent_id])
    activity = lock_activity(work.connection, asked.activity_id)
    _refuse_unless_open(work, _offer(work.connection, offer_id))
    refuse_stale(activity, expected)
    answered = work.record(answer, offer_id, **context_of(activity, agent_id=agent_id))
    state = states.get((agent_id, domain.media_routing_domain_id))
    if state is not None and state.misses_in_row:
        work.record(
            AgentOfferAnswered(),
            state.agent_state_id,
            agent_id=agent_id,
            department_id=activity.department_id,
            caused_by=answered,
        )
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED, Topic.ACTIVITY_QUEUED)


def _offer(connection: Connection, offer_id: int) -> Row[Any]:
    row = connection.execute(select(_OFFERS).where(_OFFERS.c.offer_id == offer_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"no offer {offer_id}")
    return row


def _refuse_unless_open(work: Work, offer: Row[Any]) -> None:
    if offer.outcome is not OfferOutcome.PENDING:
        raise ConflictError(f"offer {offer.offer_id} is over: it was {offer.outcome.value}")
    if offer.expires_at <= work.now:
        raise ConflictError(
            f"offer {offer.offer_id} ran out at {offer.expires_at.isoformat(timespec='seconds')}"
        )
