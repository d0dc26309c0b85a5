"""The service `pushback`: work comes back from agents who do not answer, or are gone.

Offers that ran out go on to the next agent; who lets several run out in a row is set not ready;
what a signed-out agent still holds returns to its queue after a while.
"""

from datetime import datetime

import msgspec
from sqlalchemy import select

from lodge_core.agents.states import sign_out
from lodge_core.routing import expiring, returning
from lodge_core.routing.configuration import configuration_of
from lodge_platform.events.recorder import SYSTEM
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import AgentState
from lodge_platform.services import ServiceProcess
from lodge_platform.vocabulary import AgentStateCode

_STATES = AgentState.__table__
_LOOK_SECONDS = 1.0


class PushedBack(msgspec.Struct, frozen=True):
    """One round: offers that ran out, agents set not ready, activities returned to their queue."""

    expired: int
    agents_not_ready: int
    returned: int


def tick(lodge: Lodge, now: datetime) -> PushedBack:
    """Take back everything that is due, in batches; each batch is one transaction."""
    expired = agents_not_ready = returned = 0
    while True:
        some = expiring.expire_offers(lodge, now)
        expired += some.offers
        agents_not_ready += some.agents_not_ready
        if some.offers < expiring.MOST_AT_ONCE:
            break
    for agent_id in _disabled_but_there(lodge):
        sign_out(lodge, agent_id, now=now, actor=SYSTEM)
    while True:
        count = returning.return_work(lodge, now)
        returned += count
        if count < returning.MOST_AT_ONCE:
            break
    if expired or returned:
        wake(lodge, Topic.ACTIVITY_QUEUED, Topic.ACTIVITY_CHANGED, Topic.AGENT_STATE)
    return PushedBack(expired, agents_not_ready, returned)


def _disabled_but_there(lodge: Lodge) -> list[int]:
    configuration = configuration_of(lodge.stores.master)
    with lodge.stores.active.read() as connection:
        there = connection.execute(
            select(_STATES.c.agent_id)
            .where(_STATES.c.state != AgentStateCode.SIGNED_OUT)
            .distinct()
            .order_by(_STATES.c.agent_id)
        ).scalars()
        return [
            agent_id
            for agent_id in there
            if (agent := configuration.agents.get(agent_id)) is None or not agent.is_active
        ]


class PushbackService:
    """The pushback at work; it looks every second."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge

    def tick(self, now: datetime) -> float:
        """One round."""
        tick(self._lodge, now)
        return _LOOK_SECONDS


def _build(lodge: Lodge, _instance: str) -> PushbackService:
    return PushbackService(lodge)


process = ServiceProcess(
    name="pushback",
    summary="Takes back offers nobody answered and work of agents who are gone.",
    build=_build,
)
