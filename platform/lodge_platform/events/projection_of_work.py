"""Which rows follow from what people do with activities, cases and notes. Pure."""

from typing import Any

import msgspec

from lodge_platform.events import of_activities, of_cases, of_notes
from lodge_platform.events.catalogue import Event
from lodge_platform.events.row_change import RowChange


def changes_of_work(event: Event) -> list[RowChange]:
    """The row changes of an event of these subjects; none for any other event."""
    match event.payload:
        case of_activities.ActivityEdited() | of_cases.CaseEdited() as edited:
            table = "activities" if edited.object_type == "activity" else "cases"
            return [RowChange(table, event.object_id, _new_values(edited.changes))]
        case _:
            return _of_activity(event) or _of_case(event) or _of_note(event)


def _of_activity(event: Event) -> list[RowChange]:
    values: dict[str, Any]
    match event.payload:
        case of_activities.ActivityClassified() as payload:
            values = {
                "category_ids": payload.new_category_ids,
                "resolution_code_ids": payload.new_resolution_code_ids,
            }
        case of_activities.ActivityPinned():
            values = {"is_pinned": True}
        case of_activities.ActivityUnpinned():
            values = {"is_pinned": False}
        case of_activities.ActivityTransferred(to_department_id=department_id):
            values = {"department_id": department_id}
        case of_activities.ActivityCustomerChanged() as payload:
            values = {
                "customer_id": payload.to_customer_id,
                "contact_point_id": payload.to_contact_point_id,
            }
        case of_activities.ActivityDeleted():
            values = {"deleted_at": event.occurred_at}
        case _:
            return []
    return [RowChange("activities", event.object_id, values)]


def _of_case(event: Event) -> list[RowChange]:
    match event.payload:
        case of_cases.CaseDeleted():
            return [RowChange("cases", event.object_id, {"deleted_at": event.occurred_at})]
        case of_cases.CaseRelated() as payload:
            values: dict[str, Any] = {"related_at": event.occurred_at, "ended_at": None}
            if payload.is_new:
                values |= {
                    "case_id": payload.case_id,
                    "related_case_id": payload.related_case_id,
                }
            return [RowChange("case_relations", event.object_id, values, is_new=payload.is_new)]
        case of_cases.CaseUnrelated():
            return [RowChange("case_relations", event.object_id, {"ended_at": event.occurred_at})]
        case _:
            return []


def _of_note(event: Event) -> list[RowChange]:
    match event.payload:
        case of_notes.NoteWritten() as payload:
            values = msgspec.structs.asdict(payload) | {
                "written_at": event.occurred_at,
                "edited_at": None,
                "deleted_at": None,
            }
            return [RowChange("notes", event.object_id, values, is_new=True)]
        case of_notes.NoteEdited(new_text=text):
            values = {"text": text, "edited_at": event.occurred_at}
        case of_notes.NoteMoved(to_case_id=case_id):
            values = {"case_id": case_id}
        case of_notes.NoteDeleted():
            values = {"deleted_at": event.occurred_at}
        case _:
            return []
    return [RowChange("notes", event.object_id, values)]


def _new_values(changes: of_activities.ActivityChanges | of_cases.CaseChanges) -> dict[str, Any]:
    """The new value of each field that was changed."""
    given = {name: getattr(changes, name) for name in changes.__struct_fields__}
    return {name: change.new for name, change in given.items() if change is not msgspec.UNSET}
