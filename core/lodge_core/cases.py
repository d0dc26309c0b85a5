"""The life of a case: opened, reopened by new work, merged, closed with its last open activity."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from lodge_platform.events import Actor, Event, Recorder
from lodge_platform.events.catalogue import (
    ActivityCaseChanged,
    CaseClosed,
    CaseMerged,
    CaseReopened,
)
from lodge_platform.events.recorder import SYSTEM
from lodge_platform.schema.active import Activity, Case
from lodge_platform.vocabulary import ActivityStatus, CaseStatus

_CASES = Case.__table__
_ACTIVITIES = Activity.__table__


def reopen_closed(recorder: Recorder, case_ids: Iterable[int]) -> None:
    """Reopen those of the cases that are closed, because new activities are coming to them."""
    # All are locked, the open ones as well: one may just be closing in another transaction.
    rows = recorder.connection.execute(
        select(_CASES.c.case_id, _CASES.c.department_id, _CASES.c.reopened_count, _CASES.c.status)
        .where(_CASES.c.case_id.in_(list(case_ids)))
        .order_by(_CASES.c.case_id)
        .with_for_update()
    ).all()
    for row in rows:
        if row.status is CaseStatus.CLOSED:
            recorder.record(
                CaseReopened(times=row.reopened_count + 1),
                row.case_id,
                case_id=row.case_id,
                department_id=row.department_id,
            )


def merge(recorder: Recorder, from_case_id: int, *, into_case_id: int, evidence: str) -> None:
    """Move every activity of one case to another, because `evidence` says they are one.

    A merged case that was open when its partner was closed reopens it.
    """
    locked = recorder.connection.execute(
        select(_CASES.c.case_id, _CASES.c.department_id, _CASES.c.status)
        .where(_CASES.c.case_id.in_([from_case_id, into_case_id]))
        .order_by(_CASES.c.case_id)
        .with_for_update()
    ).all()
    rows = {row.case_id: row for row in locked}
    if rows[from_case_id].status is CaseStatus.OPEN:
        reopen_closed(recorder, [into_case_id])
    merged = recorder.record(
        CaseMerged(into_case_id=into_case_id, evidence=evidence),
        from_case_id,
        case_id=from_case_id,
        department_id=rows[from_case_id].department_id,
    )
    moved = recorder.connection.execute(
        select(_ACTIVITIES.c.activity_id, _ACTIVITIES.c.department_id)
        .where(_ACTIVITIES.c.case_id == from_case_id)
        .order_by(_ACTIVITIES.c.activity_id)
        .with_for_update()
    )
    for row in moved:
        recorder.record(
            ActivityCaseChanged(from_case_id=from_case_id, to_case_id=into_case_id),
            row.activity_id,
            activity_id=row.activity_id,
            case_id=into_case_id,
            department_id=row.department_id,
            caused_by=merged,
        )


def close_if_done(
    recorder: Recorder, case_id: int, *, actor: Actor = SYSTEM, caused_by: Event | None = None
) -> bool:
    """Close an open case none of whose activities is open. Call it after the flush that completed.

    Returns whether it was closed.
    """
    case = recorder.connection.execute(
        select(_CASES.c.status, _CASES.c.department_id)
        .where(_CASES.c.case_id == case_id)
        .with_for_update()
    ).one()
    if case.status is not CaseStatus.OPEN or _open_activities(recorder.connection, case_id):
        return False
    recorder.record(
        CaseClosed(),
        case_id,
        case_id=case_id,
        department_id=case.department_id,
        actor=actor,
        caused_by=caused_by,
    )
    return True


def _open_activities(connection: Connection, case_id: int) -> int:
    return connection.execute(
        select(func.count()).where(
            _ACTIVITIES.c.case_id == case_id,
            _ACTIVITIES.c.status != ActivityStatus.COMPLETED,
        )
    ).scalar_one()
