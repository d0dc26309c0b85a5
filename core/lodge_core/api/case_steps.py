"""What can be done to one case, each asked of the reader's rights first; alone or in bulk.

Each step takes the call, the case's key, the version it is expected in, its body, the work.
"""

from collections.abc import Mapping

from sqlalchemy import select

from lodge_core import notes
from lodge_core.api.activity_collections import ACTIVITIES
from lodge_core.api.asking import case_for, named
from lodge_core.api.bodies_of_activities import NewNote
from lodge_core.api.bodies_of_cases import (
    ChangedCase,
    Closing,
    Merging,
    Relating,
    Splitting,
    WholeCase,
)
from lodge_core.api.bulk import Step
from lodge_core.api.case_collections import CASES
from lodge_core.cases import ending, joining, relations
from lodge_core.cases.editing import CaseEdit, edit_case
from lodge_platform.api import Call
from lodge_platform.api.visibility import activities_visible
from lodge_platform.errors import RefusedError
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import Activity

_ACTIVITIES = Activity.__table__


def change(
    call: Call, key: int, match: int | None, body: ChangedCase | WholeCase, work: Work
) -> None:
    """Change fields; a `WholeCase` replaces them all."""
    case_for(call, key, match)
    given = CaseEdit(**{name: getattr(body, name) for name in body.__struct_fields__})
    edit_case(work, key, given, expected=match, is_whole=isinstance(body, WholeCase))


def close(call: Call, key: int, match: int | None, body: Closing, work: Work) -> None:
    """Close it; a refusal names the open activities that the reader may see."""
    case_for(call, key, match)
    seen = activities_visible(call.reader, Action.ACTIVITY_READ)
    ending.close(work, key, solution=body.solution, expected=match, seen=seen)


def reopen(call: Call, key: int, match: int | None, _body: None, work: Work) -> None:
    """Open it again."""
    case_for(call, key, match)
    ending.reopen(work, key, expected=match)


def merge(call: Call, key: int, match: int | None, body: Merging, work: Work) -> None:
    """Move all of it into another case, on which the reader may work as well."""
    case_for(call, key, match)
    named(call, CASES, body.into_case_id, field="into_case_id")
    case_for(call, body.into_case_id)
    joining.merge_by_hand(work, key, into_case_id=body.into_case_id, expected=match)


def split(call: Call, key: int, match: int | None, body: Splitting, work: Work) -> int:
    """Move some of its activities, which the reader sees, to a new case; that one's key."""
    case_for(call, key, match)
    seen = work.connection.execute(
        select(_ACTIVITIES.c.activity_id).where(
            _ACTIVITIES.c.activity_id.in_(body.activity_ids),
            activities_visible(call.reader, ACTIVITIES.action),
        )
    ).scalars()
    if hidden := sorted(set(body.activity_ids) - set(seen)):
        named_ones = ", ".join(map(str, hidden))
        raise RefusedError(f"not an activity of this case: {named_ones}", field="activity_ids")
    return joining.split(work, key, body.activity_ids, subject=body.subject, expected=match)


def write_note(call: Call, key: int, _match: int | None, body: NewNote, work: Work) -> int:
    """Write a note about it, in the department by which the reader may; the note's key."""
    case = call.visible(CASES, key)
    department_id = case.department_id
    if department_id not in call.reader.departments_near(Action.CASE_WORK):
        department_id = _department_within(call, key, work)
    else:
        case_for(call, key)
    return notes.write(work, notes.About(case_id=key), body.text, department_id=department_id)


def relate(call: Call, key: int, _match: int | None, body: Relating, work: Work) -> None:
    """Call it related to another case that the reader may see."""
    case_for(call, key)
    named(call, CASES, body.related_case_id, field="related_case_id")
    relations.relate(work, key, body.related_case_id)


def delete(call: Call, key: int, match: int | None, _body: None, work: Work) -> None:
    """Delete it."""
    case_for(call, key, match, action=Action.CASE_DELETE)
    seen = activities_visible(call.reader, Action.ACTIVITY_READ)
    ending.delete(work, key, expected=match, seen=seen)


def _department_within(call: Call, case_id: int, work: Work) -> int:
    """The department of an activity of the case by which the reader may note it."""
    found = work.connection.execute(
        select(_ACTIVITIES.c.department_id)
        .where(_ACTIVITIES.c.case_id == case_id, activities_visible(call.reader, Action.CASE_WORK))
        .order_by(_ACTIVITIES.c.activity_id)
        .limit(1)
    ).scalar()
    call.require(Action.CASE_WORK, found or 0)
    return found or 0


STEPS: Mapping[str, Step] = {
    "change": Step(ChangedCase, change),
    "close": Step(Closing, close),
    "reopen": Step(None, reopen),
    "merge": Step(Merging, merge),
    "relate": Step(Relating, relate),
    "note": Step(NewNote, write_note),
    "delete": Step(None, delete),
}
