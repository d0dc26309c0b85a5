"""Which rows follow from events of customers, their persons and their contact points. Pure."""

from typing import Any

import msgspec

from lodge_platform.events import of_customers as events
from lodge_platform.events.catalogue import (
    ContactPointAdded,
    CustomerCreated,
    CustomerRenamed,
    Event,
)
from lodge_platform.events.row_change import RowChange


def changes_of_customers(event: Event) -> list[RowChange]:
    """The changes that an event of customers makes; none for any other event."""
    key = event.object_id
    match event.payload:
        case CustomerCreated(kind=kind, name=name):
            values: dict[str, Any] = {
                "kind": kind,
                "name": name,
                "created_at": event.occurred_at,
                "department_id": event.department_id,
                "attributes": {},
                **dict.fromkeys(_EMPTY_AT_FIRST),
            }
            return [RowChange("customers", key, values, is_new=True)]
        case CustomerRenamed(new_name=name):
            return [RowChange("customers", key, {"name": name})]
        case events.CustomerEdited(changes=changes):
            return [RowChange("customers", key, new_values(changes))]
        case events.CustomerMerged(into_customer_id=into):
            return [RowChange("customers", key, {"merged_into_customer_id": into})]
        case events.CustomerUnmerged():
            return [RowChange("customers", key, {"merged_into_customer_id": None})]
        case events.CustomerDeleted():
            return [RowChange("customers", key, {"deleted_at": event.occurred_at})]
        case events.CaseCustomerChanged(to_customer_id=customer_id):
            return [RowChange("cases", key, {"customer_id": customer_id})]
        case events.NoteCustomerChanged(to_customer_id=customer_id):
            return [RowChange("notes", key, {"customer_id": customer_id})]
        case _:
            return _of_contact(event)


_EMPTY_AT_FIRST = ("parent_customer_id", "merged_into_customer_id", "deleted_at")


def _of_contact(event: Event) -> list[RowChange]:
    key, payload = event.object_id, event.payload
    match payload:
        case ContactPointAdded():
            values = {
                **msgspec.structs.asdict(payload),
                "created_at": event.occurred_at,
                "deleted_at": None,
            }
            return [RowChange("contact_points", key, values, is_new=True)]
        case events.ContactPointEdited(changes=changes):
            return [RowChange("contact_points", key, new_values(changes))]
        case events.ContactPointMoved(to_customer_id=customer_id, contact_person_id=person_id):
            values = {"customer_id": customer_id, "contact_person_id": person_id}
            return [RowChange("contact_points", key, values)]
        case events.ContactPointRemoved():
            return [RowChange("contact_points", key, {"deleted_at": event.occurred_at})]
        case events.ContactPointRestored():
            return [RowChange("contact_points", key, {"deleted_at": None})]
        case events.ContactPersonAdded():
            values = {
                **msgspec.structs.asdict(payload),
                "created_at": event.occurred_at,
                "deleted_at": None,
            }
            return [RowChange("contact_persons", key, values, is_new=True)]
        case events.ContactPersonEdited(changes=changes):
            return [RowChange("contact_persons", key, new_values(changes))]
        case events.ContactPersonMoved(to_customer_id=customer_id):
            return [RowChange("contact_persons", key, {"customer_id": customer_id})]
        case events.ContactPersonRemoved():
            return [RowChange("contact_persons", key, {"deleted_at": event.occurred_at})]
        case _:
            return []


def new_values(changes: msgspec.Struct) -> dict[str, Any]:
    """The new value of each field that `changes` says was changed."""
    fields = msgspec.structs.asdict(changes)
    return {name: change.new for name, change in fields.items() if change is not msgspec.UNSET}
