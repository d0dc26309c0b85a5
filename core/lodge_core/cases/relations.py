"""Cases that people called related. Related cases are never merged because a mail names both."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from lodge_core.routing.claims import lock_cases
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.events import Actor, Event, Recorder
from lodge_platform.events.of_cases import CaseRelated, CaseUnrelated
from lodge_platform.events.recorder import SYSTEM
from lodge_platform.events.work import Work
from lodge_platform.schema.active import Case, CaseRelation
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import CaseStatus

_CASES = Case.__table__
_RELATIONS = CaseRelation.__table__


def relate(work: Work, case_id: int, related_case_id: int, *, expected: int | None = None) -> int:
    """Call two cases related; the key of the pair. Nothing changes for a pair that is already.

    Raises RefusedError for a case with itself, ConflictError for a merged case, NotFoundError.
    """
    if case_id == related_case_id:
        raise RefusedError("a case is not related to itself", field="related_case_id")
    rows = lock_cases(work.connection, [case_id, related_case_id])
    for key in (case_id, related_case_id):
        if key not in rows:
            raise NotFoundError(f"no case {key}")
        if rows[key].status is CaseStatus.MERGED:
            raise ConflictError(f"case {key} is merged into another")
    refuse_stale(rows[case_id], expected)
    relation_id = relate_locked(work.recorder, case_id, related_case_id, actor=work.actor)
    work.flush()
    return relation_id


def unrelate(work: Work, case_id: int, related_case_id: int) -> None:
    """Take back that two cases are related. Raises NotFoundError when they are not."""
    lock_cases(work.connection, [case_id, related_case_id])
    pair = sorted((case_id, related_case_id))
    found = work.connection.execute(
        select(_RELATIONS).where(
            _RELATIONS.c.case_id == pair[0],
            _RELATIONS.c.related_case_id == pair[1],
            _RELATIONS.c.ended_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        raise NotFoundError(f"case {case_id} is not related to case {related_case_id}")
    _record_end(work.recorder, found, case_id, actor=work.actor)
    work.flush()


def relate_locked(
    recorder: Recorder,
    case_id: int,
    related_case_id: int,
    *,
    actor: Actor = SYSTEM,
    caused_by: Event | None = None,
) -> int:
    """Relate two locked cases and give the key of the pair; once is enough."""
    pair = sorted((case_id, related_case_id))
    known = recorder.connection.execute(
        select(_RELATIONS.c.case_relation_id, _RELATIONS.c.ended_at).where(
            _RELATIONS.c.case_id == pair[0], _RELATIONS.c.related_case_id == pair[1]
        )
    ).one_or_none()
    if known is not None and known.ended_at is None:
        return known.case_relation_id
    key = known.case_relation_id if known else allocate(recorder.connection, "case_relations")[0]
    recorder.record(
        CaseRelated(case_id=pair[0], related_case_id=pair[1], is_new=known is None),
        key,
        case_id=case_id,
        department_id=_shared_department(recorder.connection, pair),
        actor=actor,
        caused_by=caused_by,
    )
    return key


def move_relations(
    recorder: Recorder, from_case_id: int, to_case_id: int, *, actor: Actor, caused_by: Event
) -> None:
    """What one locked case is related to, the other is from now on."""
    rows = recorder.connection.execute(
        select(_RELATIONS)
        .where(_names(from_case_id), _RELATIONS.c.ended_at.is_(None))
        .order_by(_RELATIONS.c.case_relation_id)
    ).all()
    for row in rows:
        _record_end(recorder, row, from_case_id, actor=actor, caused_by=caused_by)
        other = row.related_case_id if row.case_id == from_case_id else row.case_id
        if other != to_case_id:
            relate_locked(recorder, to_case_id, other, actor=actor, caused_by=caused_by)


def related_to(connection: Connection, case_ids: Iterable[int]) -> set[frozenset[int]]:
    """Pairs of these cases that are called related."""
    keys = list(case_ids)
    if len(keys) < 2:
        return set()
    rows = connection.execute(
        select(_RELATIONS.c.case_id, _RELATIONS.c.related_case_id).where(
            _RELATIONS.c.case_id.in_(keys),
            _RELATIONS.c.related_case_id.in_(keys),
            _RELATIONS.c.ended_at.is_(None),
        )
    )
    return {frozenset((row.case_id, row.related_case_id)) for row in rows}


def _record_end(
    recorder: Recorder,
    relation: Row[Any],
    case_id: int,
    *,
    actor: Actor,
    caused_by: Event | None = None,
) -> None:
    pair = [relation.case_id, relation.related_case_id]
    recorder.record(
        CaseUnrelated(),
        relation.case_relation_id,
        case_id=case_id,
        department_id=_shared_department(recorder.connection, pair),
        actor=actor,
        caused_by=caused_by,
    )


def _shared_department(connection: Connection, pair: Iterable[int]) -> int | None:
    """The department of both cases; None when each is another's: neither learns of it then."""
    found = connection.execute(
        select(_CASES.c.department_id).where(_CASES.c.case_id.in_(list(pair))).distinct()
    )
    departments = list(found.scalars())
    return departments[0] if len(departments) == 1 else None


def _names(case_id: int) -> ColumnElement[bool]:
    return or_(_RELATIONS.c.case_id == case_id, _RELATIONS.c.related_case_id == case_id)
