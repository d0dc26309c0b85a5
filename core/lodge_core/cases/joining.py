"""Two cases become one, or one becomes two, by hand."""

from collections.abc import Iterable, Sequence

from lodge_core.cases.editing import refuse_merged
from lodge_core.cases.life import close_if_done, merge, move_activities
from lodge_core.cases.relations import relate_locked
from lodge_core.customers.locking import hold_customers
from lodge_core.routing.claims import lock_activities, lock_cases
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import NotFoundError, RefusedError
from lodge_platform.events.catalogue import CaseOpened
from lodge_platform.events.of_cases import CaseSplit
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Activity
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import CaseStatus

BY_HAND = "by hand"
_ACTIVITIES = Activity.__table__


def merge_by_hand(
    work: Work, from_case_id: int, *, into_case_id: int, expected: int | None = None
) -> None:
    """Move all of one case into another: activities, notes, relations; the first is over then.

    Raises RefusedError for a case with itself, ConflictError for one merged already.
    """
    if from_case_id == into_case_id:
        raise RefusedError("a case is not merged into itself", field="into_case_id")
    rows = lock_cases(work.connection, [from_case_id, into_case_id])
    for key in (from_case_id, into_case_id):
        if key not in rows:
            raise NotFoundError(f"no case {key}")
    refuse_stale(rows[from_case_id], expected)
    refuse_merged(rows[from_case_id])
    refuse_merged(rows[into_case_id])
    merge(
        work.recorder,
        from_case_id,
        into_case_id=into_case_id,
        evidence=BY_HAND,
        actor=work.actor,
    )
    work.flush()
    if rows[into_case_id].status is CaseStatus.CLOSED:
        close_if_done(work.recorder, into_case_id, actor=work.actor)
        work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def split(
    work: Work,
    case_id: int,
    activity_ids: Sequence[int],
    *,
    subject: str | None = None,
    expected: int | None = None,
) -> int:
    """Move chosen activities to a new case of the same department, related to the old; its key.

    Its customer is the first activity's, its subject that one's unless given. A case left without
    open activities closes. Raises RefusedError naming activities that are not of the case.
    """
    if not activity_ids:
        raise RefusedError("name at least one activity to split off", field="activity_ids")
    hold_customers(work.connection)
    [new_case_id] = allocate(work.connection, "cases")
    rows = lock_cases(work.connection, [case_id])
    if case_id not in rows:
        raise NotFoundError(f"no case {case_id}")
    case = rows[case_id]
    refuse_stale(case, expected)
    refuse_merged(case)
    activities = lock_activities(work.connection, activity_ids)
    _refuse_others(
        activity_ids,
        {key for key, row in activities.items() if row.case_id == case_id and not row.deleted_at},
    )
    first = activities[min(activities)]
    opened = work.record(
        CaseOpened(
            department_id=case.department_id,
            customer_id=first.customer_id,
            subject=subject or first.subject,
        ),
        new_case_id,
        case_id=new_case_id,
        department_id=case.department_id,
    )
    work.flush()
    parted = work.record(
        CaseSplit(into_case_id=new_case_id, activity_ids=sorted(activities)),
        case_id,
        case_id=case_id,
        department_id=case.department_id,
        caused_by=opened,
    )
    move_activities(
        work.recorder,
        case_id,
        new_case_id,
        activity_ids=activities,
        actor=work.actor,
        caused_by=parted,
    )
    relate_locked(work.recorder, case_id, new_case_id, actor=work.actor, caused_by=parted)
    work.flush()
    for key in (case_id, new_case_id):
        close_if_done(work.recorder, key, actor=work.actor, caused_by=parted)
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)
    return new_case_id


def _refuse_others(asked: Iterable[int], own: set[int]) -> None:
    others = sorted(set(asked) - own)
    if others:
        named = ", ".join(map(str, others))
        raise RefusedError(f"not an activity of this case: {named}", field="activity_ids")
