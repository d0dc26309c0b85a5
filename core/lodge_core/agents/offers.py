"""An agent answers an offer: accepts it, and holds the activity, or rejects it."""

from datetime import datetime

from lodge_core.activities import taking
from lodge_platform.events import Actor
from lodge_platform.events.work import working
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import ActorKind


def accept_offer(lodge: Lodge, offer_id: int, *, agent_id: int, now: datetime) -> None:
    """The agent takes the offered activity; raises as `taking.accept` does."""
    with working(lodge, actor=Actor(ActorKind.AGENT, agent_id), now=now) as work:
        taking.accept(work, offer_id)


def reject_offer(
    lodge: Lodge, offer_id: int, *, agent_id: int, reason: str | None = None, now: datetime
) -> None:
    """The agent will not take it: it waits on in its place; raises as `taking.reject` does."""
    with working(lodge, actor=Actor(ActorKind.AGENT, agent_id), now=now) as work:
        taking.reject(work, offer_id, reason=reason)
