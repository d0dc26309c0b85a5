"""An agent takes a chosen activity, and completes one that is theirs; each in one transaction."""

from datetime import datetime

from lodge_core.activities import ending, taking
from lodge_platform.events import Actor
from lodge_platform.events.work import working
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import ActorKind


def pick(lodge: Lodge, activity_id: int, *, agent_id: int, now: datetime) -> None:
    """The agent takes a chosen activity out of its queue; raises as `taking.pick` does."""
    with working(lodge, actor=Actor(ActorKind.AGENT, agent_id), now=now) as work:
        taking.pick(work, activity_id)


def complete(lodge: Lodge, activity_id: int, *, agent_id: int, now: datetime) -> None:
    """The work is done; raises as `ending.complete` does."""
    with working(lodge, actor=Actor(ActorKind.AGENT, agent_id), now=now) as work:
        ending.complete(work, activity_id)
