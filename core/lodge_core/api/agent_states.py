"""The resource `agent-states`: what one does oneself in each media routing domain."""

from typing import Annotated, Literal

from msgspec import Meta
from sqlalchemy import ColumnElement, select

from lodge_core.agents.states import set_state
from lodge_platform.api import Answer, Api, Body, Call, Collection, ObjectKey
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import AgentState
from lodge_platform.vocabulary import AgentStateCode

api = Api("agent states", "Whether one takes work, by media routing domain.")
_STATES = AgentState.__table__


def _own(reader: SignedIn, _action: Action) -> ColumnElement[bool]:
    return _STATES.c.agent_id == reader.user_id


STATES = api.collection(
    Collection(
        name="agent-states",
        one="agent-state",
        table=_STATES,
        action=Action.ACTIVITY_WORK,
        visible=_own,
        filters=("media_routing_domain_id", "state"),
        sorts=("agent_state_id",),
        description="One's own only.",
    )
)


class NewState(Body, frozen=True):
    """What one does from now on."""

    media_routing_domain_id: Annotated[ObjectKey, Meta(description="Domain it holds in.")]
    state: Annotated[
        Literal["ready", "not_ready", "signed_out"],
        Meta(description="Offers come to who is ready; the others have theirs taken back."),
    ]
    reason: (
        Annotated[str, Meta(min_length=1, max_length=100, description="Why not ready.")] | None
    ) = None


@api.post("/agent-states", action=Action.ACTIVITY_WORK, body=NewState, answer=STATES)
def set_agent_state(call: Call, body: NewState, work: Work) -> Answer:
    """Set one's own state in a media routing domain.

    404 for a domain that is not there. The same state again changes nothing.
    """
    agent_id = call.reader.user_id
    state = AgentStateCode(body.state)
    set_state(work, agent_id, body.media_routing_domain_id, state=state, reason=body.reason)
    key = work.connection.execute(
        select(_STATES.c.agent_state_id).where(
            _STATES.c.agent_id == agent_id,
            _STATES.c.media_routing_domain_id == body.media_routing_domain_id,
        )
    ).scalar_one()
    return call.one(STATES, key)
