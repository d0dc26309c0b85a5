"""Rows locked before they change, always in this order: agents' states, cases, activities.

Offers change only under the lock of their activity, so they need none of their own. On SQLite
a write transaction is alone in the store and the locks cost nothing.
"""

from collections.abc import Iterable
from typing import Any, TypedDict

from sqlalchemy import Connection, Row, func, select

from lodge_platform.errors import NotFoundError, TryAgainError
from lodge_platform.schema.active import Activity, AgentState, Case
from lodge_platform.vocabulary import ActivityStatus

_ACTIVITIES = Activity.__table__
_CASES = Case.__table__
_STATES = AgentState.__table__
HELD = (ActivityStatus.OFFERED, ActivityStatus.ASSIGNED)


class Context(TypedDict):
    """The keys an activity's event carries, as they are at that time."""

    department_id: int
    case_id: int
    activity_id: int
    queue_id: int | None
    agent_id: int | None


def context_of(
    activity: Row[Any], *, agent_id: int | None = None, queue_id: int | None = None
) -> Context:
    """The keys of `activity`; `agent_id` and `queue_id` where others than its own are concerned."""
    return Context(
        department_id=activity.department_id,
        case_id=activity.case_id,
        activity_id=activity.activity_id,
        queue_id=activity.queue_id if queue_id is None else queue_id,
        agent_id=activity.agent_id if agent_id is None else agent_id,
    )


def lock_agent_states(
    connection: Connection, agent_ids: Iterable[int]
) -> dict[tuple[int, int], Row[Any]]:
    """Every state row of the agents, locked, by agent and media routing domain."""
    rows = connection.execute(
        select(_STATES)
        .where(_STATES.c.agent_id.in_(sorted(set(agent_ids))))
        .order_by(_STATES.c.agent_state_id)
        .with_for_update()
    )
    return {(row.agent_id, row.media_routing_domain_id): row for row in rows}


def lock_activities(connection: Connection, activity_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """The activities as they are now, locked, by key; unknown keys are left out."""
    rows = connection.execute(
        select(_ACTIVITIES)
        .where(_ACTIVITIES.c.activity_id.in_(sorted(set(activity_ids))))
        .order_by(_ACTIVITIES.c.activity_id)
        .with_for_update()
    )
    return {row.activity_id: row for row in rows}


def lock_activity(connection: Connection, activity_id: int) -> Row[Any]:
    """One activity, locked. Raises NotFoundError, also for a deleted one."""
    found = lock_activities(connection, [activity_id]).get(activity_id)
    if found is None or found.deleted_at is not None:
        raise NotFoundError(f"no activity {activity_id}")
    return found


def lock_cases(connection: Connection, case_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """The cases as they are now, locked, by key; unknown and deleted ones are left out."""
    rows = connection.execute(
        select(_CASES)
        .where(_CASES.c.case_id.in_(sorted(set(case_ids))))
        .order_by(_CASES.c.case_id)
        .with_for_update()
    )
    return {row.case_id: row for row in rows if row.deleted_at is None}


def lock_case(connection: Connection, case_id: int) -> Row[Any]:
    """One case, locked. Raises NotFoundError, also for a deleted one."""
    found = lock_cases(connection, [case_id]).get(case_id)
    if found is None:
        raise NotFoundError(f"no case {case_id}")
    return found


def lock_with_case(
    connection: Connection, activity_id: int, *, and_cases: Iterable[int] = ()
) -> Row[Any]:
    """One activity with its case, both locked, and further cases. Raises NotFoundError.

    Raises TryAgainError when the activity moves to another case between the two locks.
    """
    find = select(_ACTIVITIES.c.case_id).where(_ACTIVITIES.c.activity_id == activity_id)
    case_id = connection.execute(find).scalar()
    if case_id is None:
        raise NotFoundError(f"no activity {activity_id}")
    lock_cases(connection, [case_id, *and_cases])
    activity = lock_activity(connection, activity_id)
    if activity.case_id != case_id:
        raise TryAgainError(f"activity {activity_id} is moving to another case")
    return activity


def held_count(connection: Connection, agent_id: int, *, queue_ids: Iterable[int]) -> int:
    """How many activities of those queues the agent holds now; an offered one counts."""
    return connection.execute(
        select(func.count()).where(
            _ACTIVITIES.c.agent_id == agent_id,
            _ACTIVITIES.c.status.in_(HELD),
            _ACTIVITIES.c.queue_id.in_(list(queue_ids)),
        )
    ).scalar_one()
