"""A case is closed, reopened or deleted by hand."""

from typing import Any

from sqlalchemy import ColumnElement, Row, select

from lodge_core.attributes import definitions_of, missing_required
from lodge_core.cases.editing import CaseEdit, edit_case, refuse_merged
from lodge_core.cases.life import reopen_closed
from lodge_core.routing.claims import context_of, lock_activities, lock_case
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.events import Event
from lodge_platform.events.catalogue import CaseClosed
from lodge_platform.events.of_activities import ActivityDeleted
from lodge_platform.events.of_cases import CaseDeleted
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Activity
from lodge_platform.vocabulary import ActivityStatus, CaseStatus

_ACTIVITIES = Activity.__table__


def close(
    work: Work,
    case_id: int,
    *,
    solution: str | None = None,
    expected: int | None = None,
    seen: ColumnElement[bool] | None = None,
) -> None:
    """Close a case without open activities; `solution` says how it was solved.

    Raises ConflictError while activities are open, naming those for which `seen` holds, or when
    it is not open; RefusedError naming a required custom attribute it lacks.
    """
    case = lock_case(work.connection, case_id)
    refuse_stale(case, expected)
    refuse_merged(case)
    if case.status is CaseStatus.CLOSED:
        raise ConflictError(f"case {case_id} is closed already")
    _refuse_open_activities(work, case_id, "closed", seen)
    lacking = missing_required(definitions_of(work.lodge.stores.master), "case", case.attributes)
    if lacking:
        raise RefusedError(
            f"case {case_id} lacks {', '.join(lacking)}; closing asks for it",
            field=f"attributes.{lacking[0]}",
        )
    if solution is not None:
        edit_case(work, case_id, CaseEdit(solution=solution))
    work.record(CaseClosed(), case_id, **_context(case))
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def reopen(work: Work, case_id: int, *, expected: int | None = None) -> None:
    """Open a closed case again. Raises ConflictError for one that is not closed."""
    case = lock_case(work.connection, case_id)
    refuse_stale(case, expected)
    refuse_merged(case)
    if case.status is not CaseStatus.CLOSED:
        raise ConflictError(f"case {case_id} is {case.status.value}, not closed")
    reopen_closed(work.recorder, [case_id], actor=work.actor)
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def delete(
    work: Work,
    case_id: int,
    *,
    reason: str | None = None,
    expected: int | None = None,
    seen: ColumnElement[bool] | None = None,
) -> None:
    """Let the case be shown to nobody any more, with its activities of the same department; the
    rows stay.

    Raises ConflictError while activities are open, as `close` does.
    """
    case = lock_case(work.connection, case_id)
    refuse_stale(case, expected)
    _refuse_open_activities(work, case_id, "deleted", seen)
    if case.status is CaseStatus.OPEN:
        work.record(CaseClosed(), case_id, **_context(case))
    deleted = work.record(CaseDeleted(reason=reason), case_id, **_context(case))
    _delete_activities(work, case, caused_by=deleted)
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def _delete_activities(work: Work, case: Row[Any], *, caused_by: Event) -> None:
    keys = work.connection.execute(
        select(_ACTIVITIES.c.activity_id).where(
            _ACTIVITIES.c.case_id == case.case_id,
            _ACTIVITIES.c.department_id == case.department_id,
            _ACTIVITIES.c.deleted_at.is_(None),
        )
    ).scalars()
    for activity in lock_activities(work.connection, keys).values():
        work.record(
            ActivityDeleted(reason="its case was deleted"),
            activity.activity_id,
            caused_by=caused_by,
            **context_of(activity),
        )


def _refuse_open_activities(
    work: Work, case_id: int, ending: str, seen: ColumnElement[bool] | None
) -> None:
    is_open = (
        _ACTIVITIES.c.case_id == case_id,
        _ACTIVITIES.c.status != ActivityStatus.COMPLETED,
    )
    statement = select(_ACTIVITIES.c.activity_id).order_by(_ACTIVITIES.c.activity_id)
    if work.connection.execute(statement.where(*is_open).limit(1)).first() is None:
        return
    named = statement.where(*is_open) if seen is None else statement.where(*is_open, seen)
    keys = work.connection.execute(named.limit(10)).scalars().all()
    which = f": {', '.join(map(str, keys))}" if keys else ""
    raise ConflictError(
        f"case {case_id} cannot be {ending} while work on it is open{which}; complete it first"
    )


def _context(case: Row[Any]) -> dict[str, int]:
    return {"case_id": case.case_id, "department_id": case.department_id}
