"""Take offers back: because the agent left, or somebody else took the activity."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from lodge_core.routing.claims import context_of, lock_activities
from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import OfferWithdrawn
from lodge_platform.events.recorder import SYSTEM
from lodge_platform.schema.active import Activity
from lodge_platform.vocabulary import ActivityStatus

_ACTIVITIES = Activity.__table__


def withdraw(recorder: Recorder, activity: Row[Any], *, reason: str, actor: Actor = SYSTEM) -> None:
    """Take back the pending offer of a locked activity: it waits on in its place."""
    recorder.record(
        OfferWithdrawn(reason=reason), activity.offer_id, actor=actor, **context_of(activity)
    )


def withdraw_all(
    recorder: Recorder,
    agent_id: int,
    *,
    queue_ids: Iterable[int] | None = None,
    reason: str,
    actor: Actor = SYSTEM,
) -> int:
    """Take back every pending offer of an agent whose states are locked; how many there were.

    `queue_ids` narrows it to the queues of one media routing domain.
    """
    offered = select(_ACTIVITIES.c.activity_id).where(
        _ACTIVITIES.c.agent_id == agent_id, _ACTIVITIES.c.status == ActivityStatus.OFFERED
    )
    if queue_ids is not None:
        offered = offered.where(_ACTIVITIES.c.queue_id.in_(list(queue_ids)))
    keys = recorder.connection.execute(offered).scalars().all()
    taken_back = [
        activity
        for activity in lock_activities(recorder.connection, keys).values()
        if activity.status is ActivityStatus.OFFERED and activity.agent_id == agent_id
    ]
    for activity in taken_back:
        withdraw(recorder, activity, reason=reason, actor=actor)
    return len(taken_back)
