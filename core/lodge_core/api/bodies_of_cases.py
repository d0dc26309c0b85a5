"""What requests about cases say."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from lodge_core.api.bodies_of_activities import Attributes, Instant, Subject, Words
from lodge_platform.api import Body, ObjectKey
from lodge_platform.vocabulary import Severity


class NewCase(Body, frozen=True):
    """A case for a customer, opened by hand; it holds no activity yet."""

    customer_id: ObjectKey
    subject: Subject
    department_id: ObjectKey | None = None
    description: Words | None = None
    severity: Severity = Severity.MEDIUM
    owner_id: ObjectKey | None = None
    due_at: Instant | None = None
    attributes: Attributes = {}  # noqa: RUF012 - msgspec copies it


class ChangedCase(Body, frozen=True):
    """The fields to change. null empties one; custom attributes are merged by name."""

    subject: Subject | UnsetType = UNSET
    description: Words | UnsetType | None = UNSET
    solution: Words | UnsetType | None = UNSET
    severity: Severity | UnsetType = UNSET
    owner_id: ObjectKey | UnsetType | None = UNSET
    due_at: Instant | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET


class WholeCase(Body, frozen=True):
    """Every field that can be changed; what is left out becomes empty or usual."""

    subject: Annotated[str, Meta(max_length=10_000, description="What it is about.")]
    description: Words | None = None
    solution: Words | None = None
    severity: Severity = Severity.MEDIUM
    owner_id: ObjectKey | None = None
    due_at: Instant | None = None
    attributes: Attributes = {}  # noqa: RUF012 - msgspec copies it


class Closing(Body, frozen=True):
    """How it was solved; without, what is said already stays."""

    solution: Words | None = None


class Merging(Body, frozen=True):
    """The case that takes everything over."""

    into_case_id: ObjectKey


class Splitting(Body, frozen=True):
    """The activities that go to a new case, and what that is about: usually the first's subject."""

    activity_ids: Annotated[
        list[ObjectKey], Meta(min_length=1, max_length=200, description="Activities of the case.")
    ]
    subject: Subject | None = None


class Relating(Body, frozen=True):
    """The other case."""

    related_case_id: ObjectKey
