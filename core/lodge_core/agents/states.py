"""What agents are doing in each media routing domain: changed here, one event a change."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from lodge_core.routing.claims import lock_agent_states
from lodge_core.routing.configuration import RoutingConfiguration, configuration_of
from lodge_core.routing.withdrawing import withdraw_all
from lodge_platform.errors import ConflictError
from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import AgentStateChanged
from lodge_platform.events.work import Work, working
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ActorKind, AgentStateCode


def change_state(
    lodge: Lodge,
    agent_id: int,
    media_routing_domain_id: int,
    *,
    state: AgentStateCode,
    reason: str | None = None,
    now: datetime,
) -> None:
    """`set_state` in a transaction of its own."""
    with working(lodge, actor=Actor(ActorKind.AGENT, agent_id), now=now) as work:
        set_state(work, agent_id, media_routing_domain_id, state=state, reason=reason)


def set_state(
    work: Work,
    agent_id: int,
    media_routing_domain_id: int,
    *,
    state: AgentStateCode,
    reason: str | None = None,
) -> None:
    """Set what the agent does in one domain; anything but ready takes pending offers back.

    The same state for the same reason again changes nothing. Raises NotFoundError for an unknown
    agent or domain, ForbiddenError for a disabled agent, ConflictError when the agent is signed
    in to the domain at the same moment.
    """
    configuration = configuration_of(work.lodge.stores.master)
    configuration.active_agent(agent_id)
    configuration.domain(media_routing_domain_id)
    recorder = work.recorder
    row = lock_agent_states(work.connection, [agent_id]).get((agent_id, media_routing_domain_id))
    if row is not None and (row.state, row.reason) == (state, reason):
        return
    if row is None:
        _enter(recorder, configuration, agent_id, media_routing_domain_id, state, reason)
    else:
        change_locked(recorder, configuration, row, state=state, reason=reason, actor=work.actor)
        if state is not AgentStateCode.READY:
            queue_ids = configuration.queues_of_domain(media_routing_domain_id)
            withdraw_all(
                recorder,
                agent_id,
                queue_ids=queue_ids,
                reason=f"agent {state.value}",
                actor=work.actor,
            )
    try:
        work.flush()
    except IntegrityError as error:
        raise ConflictError(
            f"agent {agent_id} was signed in to domain {media_routing_domain_id} at the same "
            "moment; read again"
        ) from error
    work.wakes(Topic.AGENT_STATE, Topic.ACTIVITY_QUEUED)


def sign_out(lodge: Lodge, agent_id: int, *, now: datetime, actor: Actor | None = None) -> None:
    """Sign the agent out of every domain and take pending offers back.

    Assigned work stays with the agent until it is pushed back.
    """
    configuration = configuration_of(lodge.stores.master)
    actor = actor or Actor(ActorKind.AGENT, agent_id)
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        signed_out = AgentStateCode.SIGNED_OUT
        for row in lock_agent_states(connection, [agent_id]).values():
            if row.state is not signed_out:
                change_locked(recorder, configuration, row, state=signed_out, actor=actor)
        withdraw_all(recorder, agent_id, reason=f"agent {signed_out.value}", actor=actor)
        recorder.flush()
    wake(lodge, Topic.AGENT_STATE, Topic.ACTIVITY_QUEUED)


def change_locked(
    recorder: Recorder,
    configuration: RoutingConfiguration,
    row: Row[Any],
    *,
    state: AgentStateCode,
    reason: str | None = None,
    actor: Actor,
    occurred_at: datetime | None = None,
) -> None:
    """Change a locked state row; misses begin anew. Taking offers back is left to the caller."""
    agent = configuration.agents.get(row.agent_id)
    recorder.record(
        AgentStateChanged(
            agent_id=row.agent_id,
            media_routing_domain_id=row.media_routing_domain_id,
            old_state=row.state,
            new_state=state,
            reason=reason,
            misses_in_row=0,
        ),
        row.agent_state_id,
        actor=actor,
        agent_id=row.agent_id,
        department_id=agent.department_id if agent else None,
        occurred_at=occurred_at,
    )


def _enter(
    recorder: Recorder,
    configuration: RoutingConfiguration,
    agent_id: int,
    media_routing_domain_id: int,
    state: AgentStateCode,
    reason: str | None,
) -> None:
    [key] = allocate(recorder.connection, "agent_states")
    recorder.record(
        AgentStateChanged(
            agent_id=agent_id,
            media_routing_domain_id=media_routing_domain_id,
            old_state=None,
            new_state=state,
            reason=reason,
            misses_in_row=0,
        ),
        key,
        actor=Actor(ActorKind.AGENT, agent_id),
        agent_id=agent_id,
        department_id=configuration.agents[agent_id].department_id,
    )
