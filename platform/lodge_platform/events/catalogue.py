"""Every event there is, with its typed payload. The class name, in snake case, is its type code.

A payload carries what rows cannot be rebuilt without; whose event it is stands in `Event`.
"""

import re
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from lodge_platform.events import of_activities, of_articles, of_cases, of_customers, of_notes
from lodge_platform.events.payload import Payload
from lodge_platform.vocabulary import ActorKind, AgentStateCode, Media, Mode


class CustomerCreated(Payload, frozen=True):
    """Somebody wrote to us for the first time."""

    object_type: ClassVar[str] = "customer"
    kind: str
    name: str


class CustomerRenamed(Payload, frozen=True):
    """A customer gave another name."""

    object_type: ClassVar[str] = "customer"
    old_name: str
    new_name: str


class ContactPointAdded(Payload, frozen=True):
    """An address of a customer came to be known."""

    object_type: ClassVar[str] = "contact_point"
    customer_id: int
    kind: str
    address: str
    address_key: str
    contact_person_id: int | None = None


class CaseOpened(Payload, frozen=True):
    """A conversation began."""

    object_type: ClassVar[str] = "case"
    department_id: int
    customer_id: int
    subject: str


class CaseReopened(Payload, frozen=True):
    """A new activity came to a closed case; `times` counts the reopenings so far."""

    object_type: ClassVar[str] = "case"
    times: int


class CaseClosed(Payload, frozen=True):
    """The last open activity of the case was completed."""

    object_type: ClassVar[str] = "case"


class CaseMerged(Payload, frozen=True):
    """A message showed that two cases are one conversation; this one's activities move over."""

    object_type: ClassVar[str] = "case"
    into_case_id: int
    evidence: str


class ActivityCreated(Payload, frozen=True):
    """A unit of work came to be."""

    object_type: ClassVar[str] = "activity"
    case_id: int
    department_id: int
    customer_id: int
    contact_point_id: int | None
    alias_id: int | None
    subject: str
    media: Media
    mode: Mode
    priority: int


class ActivityCaseChanged(Payload, frozen=True):
    """The activity moved to another case."""

    object_type: ClassVar[str] = "activity"
    from_case_id: int
    to_case_id: int


class ActivityQueued(Payload, frozen=True):
    """The activity entered a queue. `reason`: workflow, no_workflow, workflow_failed, bounce,
    requeued, transferred, pushed_back; `rule` names the workflow's rule that placed it."""

    object_type: ClassVar[str] = "activity"
    queue_id: int
    reason: str
    workflow_id: int | None = None
    rule: str | None = None
    detail: str | None = None


class OfferMade(Payload, frozen=True):
    """The router pushed a queued activity to an agent, who has until `expires_at` to answer."""

    object_type: ClassVar[str] = "offer"
    activity_id: int
    department_id: int
    queue_id: int
    agent_id: int
    routing_decision_id: int | None
    expires_at: datetime


class OfferAccepted(Payload, frozen=True):
    """The agent took the offered activity: it is assigned."""

    object_type: ClassVar[str] = "offer"


class OfferRejected(Payload, frozen=True):
    """The agent would not take it; it waits on in its place."""

    object_type: ClassVar[str] = "offer"
    reason: str | None = None


class OfferExpired(Payload, frozen=True):
    """No answer in time; it waits on in its place."""

    object_type: ClassVar[str] = "offer"


class OfferWithdrawn(Payload, frozen=True):
    """The offer was taken back, because the agent left or somebody else took the activity."""

    object_type: ClassVar[str] = "offer"
    reason: str


class ActivityAssigned(Payload, frozen=True):
    """An agent holds the activity without an offer; `way`: pick, pull or transfer."""

    object_type: ClassVar[str] = "activity"
    agent_id: int
    way: str


class ReplyWritten(Payload, frozen=True):
    """An agent's answer was handed to the outbox."""

    object_type: ClassVar[str] = "activity"
    email_id: int
    outbox_id: int
    is_first_response: bool


class EmailSent(Payload, frozen=True):
    """The sending server took the message."""

    object_type: ClassVar[str] = "email"
    outbox_id: int
    reply: str


class EmailSendingStopped(Payload, frozen=True):
    """Sending was given up (`failed`) or its end is not known (`unknown`)."""

    object_type: ClassVar[str] = "email"
    outbox_id: int
    outcome: str
    reply: str


class ActivityCompleted(Payload, frozen=True):
    """The work on the activity is done."""

    object_type: ClassVar[str] = "activity"


class AgentStateChanged(Payload, frozen=True):
    """An agent's state in a media routing domain changed, with the state that ended."""

    object_type: ClassVar[str] = "agent_state"
    agent_id: int
    media_routing_domain_id: int
    old_state: AgentStateCode | None
    new_state: AgentStateCode
    reason: str | None
    misses_in_row: int


class AgentOfferMissed(Payload, frozen=True):
    """An agent let an offer run out; `misses_in_row` counts it."""

    object_type: ClassVar[str] = "agent_state"
    misses_in_row: int


class AgentOfferAnswered(Payload, frozen=True):
    """An agent answered an offer after having let others run out: the count begins anew."""

    object_type: ClassVar[str] = "agent_state"
    misses_in_row: int = 0


class InputQuarantined(Payload, frozen=True):
    """Something could not be taken in and waits, with its bytes."""

    object_type: ClassVar[str] = "quarantine"
    stage: str
    reason_code: str
    raw_sha256: str | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the book. Keys are as of event time; instants are aware, UTC."""

    event_id: int
    payload: Payload
    object_id: int
    actor_kind: ActorKind
    configuration_version_id: int
    occurred_at: datetime
    recorded_at: datetime
    department_id: int | None = None
    case_id: int | None = None
    activity_id: int | None = None
    queue_id: int | None = None
    agent_id: int | None = None
    actor_id: int | None = None
    caused_by_event_id: int | None = None
    source_at: datetime | None = None


def type_code_of(payload: type[Payload]) -> str:
    """`ActivityQueued` as `activity_queued`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", payload.__name__).lower()


# Named here so that their payloads are known when all are listed.
SUBJECTS = (of_activities, of_articles, of_cases, of_customers, of_notes)
PAYLOADS: dict[str, type[Payload]] = {type_code_of(p): p for p in Payload.__subclasses__()}


def payload_from(type_code: str, values: dict[str, Any]) -> Payload:
    """The typed payload of a stored event. Raises msgspec.ValidationError if it does not fit."""
    return msgspec.convert(values, PAYLOADS[type_code])
