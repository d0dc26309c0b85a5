"""What people say to one another; none of it ever leaves to a customer."""

from typing import ClassVar

from lodge_platform.events.payload import Payload


class NoteWritten(Payload, frozen=True):
    """Somebody wrote a note about a case, an activity or a customer."""

    object_type: ClassVar[str] = "note"
    department_id: int
    case_id: int | None
    activity_id: int | None
    customer_id: int | None
    author_id: int | None
    text: str


class NoteEdited(Payload, frozen=True):
    """Its author changed what it says."""

    object_type: ClassVar[str] = "note"
    old_text: str
    new_text: str


class NoteMoved(Payload, frozen=True):
    """It went to another case, with the case that it was about."""

    object_type: ClassVar[str] = "note"
    from_case_id: int
    to_case_id: int


class NoteDeleted(Payload, frozen=True):
    """It is shown to nobody any more."""

    object_type: ClassVar[str] = "note"
