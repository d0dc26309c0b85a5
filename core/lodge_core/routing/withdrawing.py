"""Take offers back: because the agent left, or somebody else took the activity."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

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
) -> None:
    """Take back every pending offer of an agent whose states are locked.

    `queue_ids` narrows it to the queues of one media routing domain.
    """
    queues = None if queue_ids is None else set(queue_ids)
    keys = offered_to(recorder.connection, [agent_id])
    for activity in lock_activities(recorder.connection, keys).values():
        is_pending = activity.status is ActivityStatus.OFFERED and activity.agent_id == agent_id
        if is_pending and (queues is None or activity.queue_id in queues):
            withdraw(recorder, activity, reason=reason, actor=actor)


def offered_to(connection: Connection, agent_ids: Iterable[int]) -> list[int]:
    """Keys of the activities that are offered to the agents; lock them before believing it."""
    found = connection.execute(
        select(_ACTIVITIES.c.activity_id).where(
            _ACTIVITIES.c.agent_id.in_(sorted(set(agent_ids))),
            _ACTIVITIES.c.status == ActivityStatus.OFFERED,
        )
    )
    return list(found.scalars())
