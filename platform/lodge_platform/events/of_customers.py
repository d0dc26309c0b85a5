"""What people do with customers: edit, merge, undo it, delete; their persons and points."""

from typing import Any, ClassVar

import msgspec

from lodge_platform.events.of_activities import Change
from lodge_platform.events.payload import Payload


class CustomerChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of a customer that an edit changed; the others are left out."""

    kind: Change[str] | msgspec.UnsetType = msgspec.UNSET
    name: Change[str] | msgspec.UnsetType = msgspec.UNSET
    parent_customer_id: Change[int | None] | msgspec.UnsetType = msgspec.UNSET
    attributes: Change[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET


class CustomerEdited(Payload, frozen=True):
    """Somebody changed what is said of the customer; `changes` holds old and new by field."""

    object_type: ClassVar[str] = "customer"
    changes: CustomerChanges


class Belongings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of what went from one customer to another."""

    case_ids: list[int]
    activity_ids: list[int]
    note_ids: list[int]
    contact_person_ids: list[int]
    contact_point_ids: list[int]
    member_ids: list[int]


class CustomerMerged(Payload, frozen=True):
    """The customer is another one; all that `moved` names went there, each by an event that this
    one caused."""

    object_type: ClassVar[str] = "customer"
    into_customer_id: int
    moved: Belongings


class CustomerUnmerged(Payload, frozen=True):
    """The customer is itself again; what had moved and was still there came back, and is named."""

    object_type: ClassVar[str] = "customer"
    from_customer_id: int
    moved: Belongings


class CustomerDeleted(Payload, frozen=True):
    """The customer is shown to nobody any more; what was said and written stays."""

    object_type: ClassVar[str] = "customer"


class CaseCustomerChanged(Payload, frozen=True):
    """The case turned out to be another customer's."""

    object_type: ClassVar[str] = "case"
    from_customer_id: int
    to_customer_id: int


class NoteCustomerChanged(Payload, frozen=True):
    """The note about a customer is now about the one who took that customer over."""

    object_type: ClassVar[str] = "note"
    from_customer_id: int
    to_customer_id: int


class ContactPersonAdded(Payload, frozen=True):
    """Somebody who acts for a customer came to be known."""

    object_type: ClassVar[str] = "contact_person"
    customer_id: int
    name: str
    position: str | None = None


class ContactPersonChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of a contact person that an edit changed; the others are left out."""

    name: Change[str] | msgspec.UnsetType = msgspec.UNSET
    position: Change[str | None] | msgspec.UnsetType = msgspec.UNSET


class ContactPersonEdited(Payload, frozen=True):
    """Somebody changed what is said of the person; `changes` holds old and new by field."""

    object_type: ClassVar[str] = "contact_person"
    changes: ContactPersonChanges


class ContactPersonMoved(Payload, frozen=True):
    """The person went with a customer that was merged, or came back."""

    object_type: ClassVar[str] = "contact_person"
    from_customer_id: int
    to_customer_id: int


class ContactPersonRemoved(Payload, frozen=True):
    """The person does not act for the customer any more."""

    object_type: ClassVar[str] = "contact_person"


class ContactPointChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of a contact point that an edit changed; the others are left out."""

    address: Change[str] | msgspec.UnsetType = msgspec.UNSET
    address_key: Change[str] | msgspec.UnsetType = msgspec.UNSET
    contact_person_id: Change[int | None] | msgspec.UnsetType = msgspec.UNSET


class ContactPointEdited(Payload, frozen=True):
    """Somebody changed what is said of the point; `changes` holds old and new by field."""

    object_type: ClassVar[str] = "contact_point"
    changes: ContactPointChanges


class ContactPointMoved(Payload, frozen=True):
    """The address is another customer's now; `contact_person_id` is whom it reaches there."""

    object_type: ClassVar[str] = "contact_point"
    from_customer_id: int
    to_customer_id: int
    contact_person_id: int | None


class ContactPointRemoved(Payload, frozen=True):
    """The address was taken away; mail from it still finds the customer."""

    object_type: ClassVar[str] = "contact_point"


class ContactPointRestored(Payload, frozen=True):
    """The address that had been taken away is in use again."""

    object_type: ClassVar[str] = "contact_point"
