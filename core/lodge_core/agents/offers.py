"""An agent answers an offer: accepts it, and holds the activity, or rejects it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from lodge_core.routing.claims import context_of, lock_activity, lock_agent_states
from lodge_core.routing.configuration import configuration_of
from lodge_platform.errors import ConflictError, ForbiddenError, NotFoundError
from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import (
    AgentOfferAnswered,
    OfferAccepted,
    OfferRejected,
    Payload,
)
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Offer
from lodge_platform.vocabulary import ActorKind, OfferOutcome

_OFFERS = Offer.__table__


def accept_offer(lodge: Lodge, offer_id: int, *, agent_id: int, now: datetime) -> None:
    """The agent takes the offered activity and holds it from now.

    Raises ConflictError when the offer ran out or was taken back, ForbiddenError when it is
    another agent's.
    """
    _answer(lodge, offer_id, OfferAccepted(), agent_id=agent_id, now=now)


def reject_offer(
    lodge: Lodge, offer_id: int, *, agent_id: int, reason: str | None = None, now: datetime
) -> None:
    """The agent will not take it: it waits on in its place, and rests from this agent a while.

    Raises as `accept_offer` does.
    """
    _answer(lodge, offer_id, OfferRejected(reason=reason), agent_id=agent_id, now=now)


def _answer(lodge: Lodge, offer_id: int, answer: Payload, *, agent_id: int, now: datetime) -> None:
    configuration = configuration_of(lodge.stores.master)
    configuration.active_agent(agent_id)
    actor = Actor(ActorKind.AGENT, agent_id)
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        asked = _offer(connection, offer_id)
        if asked.agent_id != agent_id:
            raise ForbiddenError(f"offer {offer_id} was made to another agent")
        domain = configuration.domain_of_queue(asked.queue_id)
        states = lock_agent_states(connection, [agent_id])
        activity = lock_activity(connection, asked.activity_id)
        _refuse_unless_open(_offer(connection, offer_id), now)
        answered = recorder.record(
            answer, offer_id, actor=actor, **context_of(activity, agent_id=agent_id)
        )
        state = states.get((agent_id, domain.media_routing_domain_id))
        if state is not None and state.misses_in_row:
            recorder.record(
                AgentOfferAnswered(),
                state.agent_state_id,
                actor=actor,
                agent_id=agent_id,
                department_id=activity.department_id,
                caused_by=answered,
            )
        recorder.flush()
    wake(lodge, Topic.ACTIVITY_CHANGED, Topic.ACTIVITY_QUEUED)


def _offer(connection: Connection, offer_id: int) -> Row[Any]:
    row = connection.execute(select(_OFFERS).where(_OFFERS.c.offer_id == offer_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"no offer {offer_id}")
    return row


def _refuse_unless_open(offer: Row[Any], now: datetime) -> None:
    if offer.outcome is not OfferOutcome.PENDING:
        raise ConflictError(f"offer {offer.offer_id} is over: it was {offer.outcome.value}")
    if offer.expires_at <= now:
        raise ConflictError(
            f"offer {offer.offer_id} ran out at {offer.expires_at.isoformat(timespec='seconds')}"
        )
