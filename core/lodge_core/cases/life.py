"""The life of a case: reopened by new work, merged, closed with its last open activity."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, select

from lodge_core.cases.relations import move_relations
from lodge_platform.errors import TryAgainError
from lodge_platform.events import Actor, Event, Recorder
from lodge_platform.events.catalogue import (
    ActivityCaseChanged,
    CaseClosed,
    CaseMerged,
    CaseReopened,
)
from lodge_platform.events.of_notes import NoteMoved
from lodge_platform.events.recorder import SYSTEM
from lodge_platform.schema.active import Activity, Case, Note
from lodge_platform.vocabulary import ActivityStatus, CaseStatus

_CASES = Case.__table__
_ACTIVITIES = Activity.__table__
_NOTES = Note.__table__


def reopen_closed(recorder: Recorder, case_ids: Iterable[int], *, actor: Actor = SYSTEM) -> None:
    """Reopen those of the cases that are closed, because new activities are coming to them.

    Raises TryAgainError for a case that was merged or deleted since the caller read of it.
    """
    # All are locked, the open ones as well: one may just be closing in another transaction.
    for row in _lock(recorder.connection, case_ids).values():
        if row.status is CaseStatus.CLOSED:
            recorder.record(
                CaseReopened(times=row.reopened_count + 1),
                row.case_id,
                case_id=row.case_id,
                department_id=row.department_id,
                actor=actor,
            )


def merge(
    recorder: Recorder,
    from_case_id: int,
    *,
    into_case_id: int,
    evidence: str,
    actor: Actor = SYSTEM,
) -> None:
    """Move all of one case to another, because `evidence` says they are one: its activities, its
    notes, and what it is related to.

    A merged case that was open when its partner was closed reopens it. Raises TryAgainError as
    `reopen_closed` does.
    """
    rows = _lock(recorder.connection, [from_case_id, into_case_id])
    if rows[from_case_id].status is CaseStatus.OPEN:
        reopen_closed(recorder, [into_case_id], actor=actor)
    merged = recorder.record(
        CaseMerged(into_case_id=into_case_id, evidence=evidence),
        from_case_id,
        case_id=from_case_id,
        department_id=rows[from_case_id].department_id,
        actor=actor,
    )
    move_activities(recorder, from_case_id, into_case_id, actor=actor, caused_by=merged)
    _move_notes(recorder, from_case_id, into_case_id, actor=actor, caused_by=merged)
    move_relations(recorder, from_case_id, into_case_id, actor=actor, caused_by=merged)


def move_activities(
    recorder: Recorder,
    from_case_id: int,
    to_case_id: int,
    *,
    activity_ids: Iterable[int] | None = None,
    actor: Actor,
    caused_by: Event,
) -> None:
    """Move these activities, or all, from one locked case to another."""
    statement = (
        select(_ACTIVITIES.c.activity_id, _ACTIVITIES.c.department_id)
        .where(_ACTIVITIES.c.case_id == from_case_id)
        .order_by(_ACTIVITIES.c.activity_id)
        .with_for_update()
    )
    if activity_ids is not None:
        statement = statement.where(_ACTIVITIES.c.activity_id.in_(list(activity_ids)))
    for row in recorder.connection.execute(statement):
        recorder.record(
            ActivityCaseChanged(from_case_id=from_case_id, to_case_id=to_case_id),
            row.activity_id,
            activity_id=row.activity_id,
            case_id=to_case_id,
            department_id=row.department_id,
            actor=actor,
            caused_by=caused_by,
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


def _lock(connection: Connection, case_ids: Iterable[int]) -> dict[int, Row[Any]]:
    rows = connection.execute(
        select(_CASES)
        .where(_CASES.c.case_id.in_(list(case_ids)))
        .order_by(_CASES.c.case_id)
        .with_for_update()
    ).all()
    for row in rows:
        if row.deleted_at is not None or row.status is CaseStatus.MERGED:
            raise TryAgainError(f"case {row.case_id} was just merged or deleted")
    return {row.case_id: row for row in rows}


def _move_notes(
    recorder: Recorder, from_case_id: int, to_case_id: int, *, actor: Actor, caused_by: Event
) -> None:
    rows = recorder.connection.execute(
        select(_NOTES.c.note_id, _NOTES.c.department_id)
        .where(_NOTES.c.case_id == from_case_id)
        .order_by(_NOTES.c.note_id)
        .with_for_update()
    )
    for row in rows:
        recorder.record(
            NoteMoved(from_case_id=from_case_id, to_case_id=to_case_id),
            row.note_id,
            case_id=to_case_id,
            department_id=row.department_id,
            actor=actor,
            caused_by=caused_by,
        )


def _open_activities(connection: Connection, case_id: int) -> int:
    return connection.execute(
        select(func.count()).where(
            _ACTIVITIES.c.case_id == case_id,
            _ACTIVITIES.c.status != ActivityStatus.COMPLETED,
        )
    ).scalar_one()
