"""Cases that are called related: listed from either side, as far as both may be seen."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import case as either
from sqlalchemy import or_, select

from lodge_core.api import case_steps as steps
from lodge_core.api.asking import case_for
from lodge_core.api.bodies_of_cases import Relating
from lodge_core.api.case_collections import CASES
from lodge_core.cases import relations
from lodge_platform.api import Answer, Api, Call
from lodge_platform.api.visibility import cases_visible
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import Case, CaseRelation

api = Api("case relations", "Cases that people called related.")
_CASES = Case.__table__
_RELATIONS = CaseRelation.__table__


class RelatedCase(Struct, frozen=True):
    """The other case, and since when the two are called related."""

    case_id: int
    related_at: datetime


class RelatedCases(Struct, frozen=True):
    """Every related case that the asker may see, in order of key; a case has few."""

    items: list[RelatedCase]


@api.get("/cases/{case_id}/relations", action=Action.ACTIVITY_READ, answer=RelatedCases)
def list_related_cases(call: Call) -> Answer:
    """List the cases related to a case.

    Those that one may not see are not among them.
    """
    key = call.key("case_id")
    call.visible(CASES, key)
    return call.value(RelatedCases(_related(call, key)))


@api.post(
    "/cases/{case_id}/relations",
    action=Action.CASE_WORK,
    body=Relating,
    answer=RelatedCases,
    status=201,
    refusals=("conflict",),
)
def relate_case(call: Call, body: Relating, work: Work) -> Answer:
    """Call two cases related.

    Once is enough: doing it again changes nothing.
    """
    key = call.key("case_id")
    steps.relate(call, key, None, body, work)
    return call.value(RelatedCases(_related(call, key)), 201)


@api.delete(
    "/cases/{case_id}/relations/{related_case_id}", action=Action.CASE_WORK, needs_match=False
)
def unrelate_case(call: Call, work: Work) -> Answer:
    """Take back that two cases are related."""
    key, other = call.key("case_id"), call.key("related_case_id")
    case_for(call, key)
    call.visible(CASES, other)
    relations.unrelate(work, key, other)
    return call.nothing()


def _related(call: Call, key: int) -> list[RelatedCase]:
    other = either(
        (_RELATIONS.c.case_id == key, _RELATIONS.c.related_case_id), else_=_RELATIONS.c.case_id
    )
    statement = (
        select(_CASES.c.case_id, _RELATIONS.c.related_at)
        .join(_RELATIONS, other == _CASES.c.case_id)
        .where(
            or_(_RELATIONS.c.case_id == key, _RELATIONS.c.related_case_id == key),
            _RELATIONS.c.ended_at.is_(None),
            cases_visible(call.reader, Action.ACTIVITY_READ),
        )
        .order_by(_CASES.c.case_id)
    )
    if call.inside is not None:
        return [RelatedCase(*row) for row in call.writing.execute(statement)]
    with call.lodge.stores.active.read() as connection:
        return [RelatedCase(*row) for row in connection.execute(statement)]
