"""What people do with a case by hand, and which cases they call related."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec

from lodge_platform.events.of_activities import Change
from lodge_platform.events.payload import Payload


class CaseChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of a case that an edit changed; the others are left out."""

    subject: Change[str] | msgspec.UnsetType = msgspec.UNSET
    description: Change[str | None] | msgspec.UnsetType = msgspec.UNSET
    solution: Change[str | None] | msgspec.UnsetType = msgspec.UNSET
    severity: Change[str] | msgspec.UnsetType = msgspec.UNSET
    owner_id: Change[int | None] | msgspec.UnsetType = msgspec.UNSET
    due_at: Change[datetime | None] | msgspec.UnsetType = msgspec.UNSET
    attributes: Change[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET


class CaseEdited(Payload, frozen=True):
    """Somebody changed what is said of the case; `changes` holds old and new by field."""

    object_type: ClassVar[str] = "case"
    changes: CaseChanges


class CaseSplit(Payload, frozen=True):
    """Some of its activities went to a new case."""

    object_type: ClassVar[str] = "case"
    into_case_id: int
    activity_ids: list[int]


class CaseDeleted(Payload, frozen=True):
    """It is shown to nobody any more."""

    object_type: ClassVar[str] = "case"
    reason: str | None = None


class CaseRelated(Payload, frozen=True):
    """Two cases were called related, the older one first: one conversation never merges them."""

    object_type: ClassVar[str] = "case_relation"
    case_id: int
    related_case_id: int
    is_new: bool


class CaseUnrelated(Payload, frozen=True):
    """That two cases are related was taken back."""

    object_type: ClassVar[str] = "case_relation"
