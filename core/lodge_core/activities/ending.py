"""An activity is completed by who holds it, or deleted."""

from typing import Any

from sqlalchemy import Row

from lodge_core import cases
from lodge_core.activities.holding import agent_of, refuse_unless_held
from lodge_core.attributes import definitions_of, missing_required
from lodge_core.routing.claims import context_of, lock_with_case
from lodge_core.routing.withdrawing import withdraw
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import RefusedError
from lodge_platform.events import Event
from lodge_platform.events.catalogue import ActivityCompleted
from lodge_platform.events.of_activities import ActivityDeleted
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.vocabulary import ActivityStatus


def complete(work: Work, activity_id: int, *, expected: int | None = None) -> None:
    """The work is done; with the last open activity of a case, the case is closed.

    Raises ForbiddenError when somebody else holds it, ConflictError when nobody does, RefusedError
    naming a required custom attribute that it lacks.
    """
    agent_id = agent_of(work)
    activity = lock_with_case(work.connection, activity_id)
    refuse_unless_held(activity, agent_id=agent_id)
    refuse_stale(activity, expected)
    refuse_incomplete(work, activity)
    record_completion(work, activity)


def delete(
    work: Work, activity_id: int, *, reason: str | None = None, expected: int | None = None
) -> None:
    """Let the activity be shown to nobody any more; its row stays.

    An open one is completed first, whoever holds it, so that it leaves its queue and its case.
    """
    activity = lock_with_case(work.connection, activity_id)
    refuse_stale(activity, expected)
    if activity.status is ActivityStatus.OFFERED:
        withdraw(work.recorder, activity, reason="deleted", actor=work.actor)
    if activity.status is not ActivityStatus.COMPLETED:
        record_completion(work, activity)
    work.record(ActivityDeleted(reason=reason), activity_id, **context_of(activity))
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def refuse_incomplete(work: Work, activity: Row[Any]) -> None:
    """Raise RefusedError naming a required custom attribute that the activity lacks."""
    definitions = definitions_of(work.lodge.stores.master)
    lacking = missing_required(definitions, "activity", activity.attributes)
    if lacking:
        raise RefusedError(
            f"activity {activity.activity_id} lacks {', '.join(lacking)}; completing asks for it",
            field=f"attributes.{lacking[0]}",
        )


def record_completion(work: Work, activity: Row[Any], *, caused_by: Event | None = None) -> None:
    """Complete an activity locked with its case, and close the case if it was the last open one."""
    completed = work.record(
        ActivityCompleted(), activity.activity_id, caused_by=caused_by, **context_of(activity)
    )
    work.flush()
    cases.close_if_done(work.recorder, activity.case_id, actor=work.actor, caused_by=completed)
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)
