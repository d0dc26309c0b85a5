"""Cases and notes, as collections of the API."""

from sqlalchemy import ColumnElement, and_, or_, select

from lodge_core.api.activity_collections import ACTIVITIES, ACTIVITY_FILTERS, ACTIVITY_SORTS
from lodge_platform.api import Collection
from lodge_platform.api.visibility import activities_visible, cases_visible
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import Activity, Case, Note

_ACTIVITIES = Activity.__table__
_CASES = Case.__table__
_NOTES = Note.__table__

CASES = Collection(
    name="cases",
    one="case",
    table=_CASES,
    action=Action.ACTIVITY_READ,
    visible=cases_visible,
    filters=(
        "case_id",
        "department_id",
        "customer_id",
        "subject",
        "status",
        "merged_into_case_id",
        "opened_at",
        "closed_at",
        "reopened_count",
        "owner_id",
        "severity",
        "due_at",
    ),
    sorts=("case_id", "opened_at", "closed_at", "due_at"),
    custom_attributes="case",
    is_xml=True,
    description="Conversations of your departments, and those in which you may read an activity.",
)

CASE_ACTIVITIES = Collection(
    name="activities",
    one="activity",
    table=_ACTIVITIES,
    action=Action.ACTIVITY_READ,
    visible=activities_visible,
    filters=ACTIVITY_FILTERS,
    sorts=ACTIVITY_SORTS,
    custom_attributes="activity",
    is_xml=True,
    under=CASES,
    description="Activities of the case that you may read; other departments' are not among them.",
)


def notes_visible(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    """Notes written in the reader's departments; with a role narrowed to queues, those about what
    is seen by it. What a deleted thing was noted is shown to nobody."""
    activities = select(_ACTIVITIES.c.activity_id)
    cases = select(_CASES.c.case_id)
    is_about_seen = or_(
        _NOTES.c.activity_id.in_(activities.where(activities_visible(reader, action))),
        _NOTES.c.case_id.in_(cases.where(cases_visible(reader, action))),
    )
    gone = (_ACTIVITIES.c.deleted_at.is_not(None), _CASES.c.deleted_at.is_not(None))
    near: list[int] = sorted(reader.departments_near(action))
    return and_(
        _NOTES.c.deleted_at.is_(None),
        or_(
            _NOTES.c.department_id.in_(sorted(reader.departments_with(action))),
            and_(_NOTES.c.department_id.in_(near), is_about_seen),
        ),
        or_(_NOTES.c.activity_id.is_(None), _NOTES.c.activity_id.not_in(activities.where(gone[0]))),
        or_(_NOTES.c.case_id.is_(None), _NOTES.c.case_id.not_in(cases.where(gone[1]))),
    )


_NOTE_FILTERS = (
    "note_id",
    "department_id",
    "case_id",
    "activity_id",
    "customer_id",
    "author_id",
    "written_at",
    "edited_at",
)


def notes_under(owner: Collection) -> Collection:
    """The notes about one thing: an activity, a case or a customer."""
    return Collection(
        name="notes",
        one="note",
        table=_NOTES,
        action=Action.ACTIVITY_READ,
        visible=notes_visible,
        filters=_NOTE_FILTERS,
        sorts=("note_id", "written_at"),
        under=owner,
        description=f"Notes about the {owner.one}, of your departments. None ever leaves to a "
        "customer.",
    )


NOTES = Collection(
    name="notes",
    one="note",
    table=_NOTES,
    action=Action.ACTIVITY_READ,
    visible=notes_visible,
    filters=_NOTE_FILTERS,
    sorts=("note_id", "written_at"),
    description="What people of your departments say to one another. None ever leaves to a "
    "customer.",
)
ACTIVITY_NOTES = notes_under(ACTIVITIES)
CASE_NOTES = notes_under(CASES)
