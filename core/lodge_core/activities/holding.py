"""Who holds an activity, who may be given it, and who may act on it."""

from typing import Any

from sqlalchemy import Connection, Row, select

from lodge_core.routing.claims import held_count
from lodge_core.routing.configuration import RoutingConfiguration, configuration_of
from lodge_platform.errors import ConflictError, ForbiddenError, MistakeError, RefusedError
from lodge_platform.events.work import Work
from lodge_platform.identity import Action, SignedIn
from lodge_platform.identity.held_rights import rights_in, select_with_rights
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import User
from lodge_platform.vocabulary import ActivityStatus, ActorKind, AgentStateCode

States = dict[tuple[int, int], Row[Any]]


def agent_of(work: Work) -> int:
    """Key of the agent who does the work. Raises ForbiddenError for a disabled one."""
    if work.actor.kind is not ActorKind.AGENT or work.actor.actor_id is None:
        raise MistakeError(f"{work.actor.kind.value} does what only agents do")
    configuration_of(work.lodge.stores.master).active_agent(work.actor.actor_id)
    return work.actor.actor_id


def situation(activity: Row[Any]) -> str:
    """`held by agent 7`, or its status."""
    holder = f" by agent {activity.agent_id}" if activity.status is ActivityStatus.ASSIGNED else ""
    return "held" + holder if holder else activity.status.value


def refuse_unless_held(activity: Row[Any], *, agent_id: int) -> None:
    """Raise unless the agent holds the activity and may answer or complete it."""
    if activity.status is not ActivityStatus.ASSIGNED:
        raise ConflictError(
            f"activity {activity.activity_id} is {situation(activity)}; take it first"
        )
    if activity.agent_id != agent_id:
        raise ForbiddenError(
            f"activity {activity.activity_id} is held by agent {activity.agent_id}"
        )


def refuse_held_by_others(activity: Row[Any], *, agent_id: int, is_others_too: bool) -> None:
    """Raise ForbiddenError for work that another agent holds, unless `is_others_too`."""
    is_held = activity.status is ActivityStatus.ASSIGNED and activity.agent_id != agent_id
    if is_held and not is_others_too:
        raise ForbiddenError(
            f"activity {activity.activity_id} is held by agent {activity.agent_id}"
        )


def refuse_without_room(
    connection: Connection,
    configuration: RoutingConfiguration,
    activity: Row[Any],
    states: States,
    *,
    agent_id: int,
) -> None:
    """Raise ConflictError when the agent, whose states are locked, is signed out or full."""
    if activity.queue_id is None:
        raise ConflictError(f"activity {activity.activity_id} is in no queue yet; wait a moment")
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


def refuse_ineligible(lodge: Lodge, activity: Row[Any], *, agent_id: int) -> None:
    """Raise RefusedError for whoever may not work on the activity where it is.

    An unknown, a disabled and another department's user are answered alike.
    """
    configuration = configuration_of(lodge.stores.master)
    agent = configuration.agents.get(agent_id)
    there = configuration.departments_of_agent.get(agent_id, frozenset())
    is_there = agent is not None and agent.is_active and activity.department_id in there
    if not is_there or not _may_work(lodge, agent_id, activity):
        raise RefusedError(
            f"user {agent_id} is no agent who may work on activity {activity.activity_id}",
            field="agent_id",
        )


def _may_work(lodge: Lodge, agent_id: int, activity: Row[Any]) -> bool:
    asked = select(User.user_id).where(User.user_id == agent_id).subquery()
    with lodge.stores.master.read() as connection:
        rows = connection.execute(select_with_rights(asked)).all()
    if not rows:
        return False
    one = rows[0]
    agent = SignedIn(
        user_session_id=0,
        user_id=one.user_id,
        sign_in_name=one.sign_in_name,
        display_name=one.display_name,
        department_id=one.department_id,
        **rights_in(rows),
    )
    return agent.may(Action.ACTIVITY_WORK, activity.department_id, activity.queue_id)
