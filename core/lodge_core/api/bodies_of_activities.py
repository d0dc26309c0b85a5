"""What requests about activities say."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from lodge_platform.api import Body, ObjectKey
from lodge_platform.vocabulary import Media, Mode

Instant = Annotated[datetime, Meta(tz=True, description="An instant with its offset, RFC 3339.")]
Subject = Annotated[str, Meta(min_length=1, max_length=998, description="What it is about.")]
Words = Annotated[str, Meta(max_length=100_000, description="Text, as people wrote it.")]
Reason = Annotated[str, Meta(max_length=500, description="Why, for whoever reads the history.")]
Subtype = Annotated[str, Meta(min_length=1, max_length=100, description="Finer kind of work.")]
Language = Annotated[
    str, Meta(min_length=2, max_length=35, description="A BCP 47 tag, such as de or pt-BR.")
]
Priority = Annotated[int, Meta(ge=1, le=7, description="Rank in its queue; 1 first.")]
Attributes = Annotated[
    dict[str, Any], Meta(description="Custom attributes by name, as they are declared.")
]
Keys = Annotated[list[ObjectKey], Meta(max_length=100, description="Keys, in any order.")]


class NewActivity(Body, frozen=True):
    """A task in a case that is there, or, with a customer alone, in a new case."""

    subject: Subject
    media: Literal["task"] = Media.TASK.value
    case_id: ObjectKey | None = None
    customer_id: ObjectKey | None = None
    department_id: ObjectKey | None = None
    queue_id: ObjectKey | None = None
    mode: Mode = Mode.OUTBOUND
    priority: Priority = 4
    description: Words | None = None
    subtype: Subtype | None = None
    language: Language | None = None
    due_at: Instant | None = None
    attributes: Attributes = {}  # noqa: RUF012 - msgspec copies it


class ChangedActivity(Body, frozen=True):
    """The fields to change. null empties one; custom attributes are merged by name."""

    subject: Subject | UnsetType = UNSET
    description: Words | UnsetType | None = UNSET
    subtype: Subtype | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    priority: Priority | UnsetType = UNSET
    due_at: Instant | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET


class WholeActivity(Body, frozen=True):
    """Every field that can be changed; what is left out becomes empty or usual."""

    subject: Annotated[str, Meta(max_length=10_000, description="What it is about.")]
    description: Words | None = None
    subtype: Subtype | None = None
    language: Language | None = None
    priority: Priority = 4
    due_at: Instant | None = None
    attributes: Attributes = {}  # noqa: RUF012 - msgspec copies it


class Transfer(Body, frozen=True):
    """Where it goes: exactly one of an agent, a queue, a department."""

    agent_id: ObjectKey | None = None
    queue_id: ObjectKey | None = None
    department_id: ObjectKey | None = None
    reason: Reason | None = None


class Rejection(Body, frozen=True):
    """Why the offer is not taken."""

    reason: Reason | None = None


class Reply(Body, frozen=True):
    """What is answered, and whether the activity is complete with that."""

    text: Annotated[
        str, Meta(min_length=1, max_length=200_000, description="The answer, plain text.")
    ]
    then: Literal["complete", "keep"] = "complete"


class OtherCase(Body, frozen=True):
    """The case it goes to."""

    case_id: ObjectKey


class OtherCustomer(Body, frozen=True):
    """Whose it is, and by which of their contact points it came, where that is known."""

    customer_id: ObjectKey
    contact_point_id: ObjectKey | None = None


class Classification(Body, frozen=True):
    """Categories and resolution codes in the place of those it has."""

    category_ids: Keys
    resolution_code_ids: Keys


class NewNote(Body, frozen=True):
    """What the note says."""

    text: Annotated[
        str, Meta(min_length=1, max_length=20_000, description="For colleagues, never customers.")
    ]
