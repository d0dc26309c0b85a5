"""What people do with an activity besides taking, answering and completing it."""

from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from lodge_platform.events.payload import Payload

_Value = TypeVar("_Value")


class Change(msgspec.Struct, Generic[_Value], frozen=True, forbid_unknown_fields=True):
    """One field's value before and after."""

    old: _Value
    new: _Value


class ActivityChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of an activity that an edit changed; the others are left out."""

    subject: Change[str] | msgspec.UnsetType = msgspec.UNSET
    description: Change[str | None] | msgspec.UnsetType = msgspec.UNSET
    subtype: Change[str | None] | msgspec.UnsetType = msgspec.UNSET
    language: Change[str | None] | msgspec.UnsetType = msgspec.UNSET
    priority: Change[int] | msgspec.UnsetType = msgspec.UNSET
    due_at: Change[datetime | None] | msgspec.UnsetType = msgspec.UNSET
    attributes: Change[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET


class ActivityEdited(Payload, frozen=True):
    """Somebody changed what is said of the activity; `changes` holds old and new by field."""

    object_type: ClassVar[str] = "activity"
    changes: ActivityChanges


class ActivityClassified(Payload, frozen=True):
    """The activity was given these categories and resolution codes, in the place of the old."""

    object_type: ClassVar[str] = "activity"
    old_category_ids: list[int]
    new_category_ids: list[int]
    old_resolution_code_ids: list[int]
    new_resolution_code_ids: list[int]


class ActivityPinned(Payload, frozen=True):
    """It stays with its agent when the agent signs out."""

    object_type: ClassVar[str] = "activity"


class ActivityUnpinned(Payload, frozen=True):
    """It returns to its queue again when its agent stays away."""

    object_type: ClassVar[str] = "activity"


class ActivityTransferred(Payload, frozen=True):
    """Somebody gave the activity on; the event that it causes says where it now waits or who has
    it. `to` says what was chosen: agent, queue or department."""

    object_type: ClassVar[str] = "activity"
    to: str
    from_department_id: int
    to_department_id: int
    from_queue_id: int | None
    to_queue_id: int | None
    from_agent_id: int | None
    to_agent_id: int | None
    reason: str | None = None


class ActivityCustomerChanged(Payload, frozen=True):
    """The activity turned out to be another customer's."""

    object_type: ClassVar[str] = "activity"
    from_customer_id: int
    to_customer_id: int
    from_contact_point_id: int | None
    to_contact_point_id: int | None


class ActivityDeleted(Payload, frozen=True):
    """It is shown to nobody any more; if it was open, it was completed just before."""

    object_type: ClassVar[str] = "activity"
    reason: str | None = None
