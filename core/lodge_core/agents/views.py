"""What the console shows of activities: plain values, without anything the schema alone needs."""

from datetime import datetime

from msgspec import Struct

from lodge_platform.vocabulary import ActivityStatus, AgentStateCode, CaseStatus, Media, Mode


class OfferLine(Struct, frozen=True):
    """A pushed activity that waits for this agent's answer."""

    offer_id: int
    activity_id: int
    subject: str
    customer_name: str
    queue: str
    queued_at: datetime | None
    expires_at: datetime


class ActivityLine(Struct, frozen=True):
    """One activity in a list."""

    activity_id: int
    case_id: int
    department_id: int
    agent_id: int | None
    queue_id: int | None
    subject: str
    customer_name: str
    queue: str
    status: ActivityStatus
    created_at: datetime
    queued_at: datetime | None
    assigned_at: datetime | None
    completed_at: datetime | None


class StateLine(Struct, frozen=True):
    """What the agent does in one media routing domain; signed out where nothing is on record."""

    media_routing_domain_id: int
    name: str
    media: Media
    task_limit: int
    state: AgentStateCode
    reason: str | None
    since_at: datetime | None


class QueueLine(Struct, frozen=True):
    """One queue, how many activities wait in it, and since when the oldest does."""

    queue_id: int
    department_id: int
    name: str
    is_exception: bool
    waiting: int
    oldest_queued_at: datetime | None


class Inbox(Struct, frozen=True):
    """What concerns one agent now; offers by when they run out, work by when it was taken."""

    offers: tuple[OfferLine, ...]
    assigned: tuple[ActivityLine, ...]
    states: tuple[StateLine, ...]


class AttachmentView(Struct, frozen=True):
    """One attachment; `sha256` names its bytes on the file server."""

    attachment_id: int
    email_id: int
    filename: str
    content_type: str
    content_id: str | None
    sha256: str
    size_bytes: int
    is_inline: bool


class RecipientView(Struct, frozen=True):
    """An address named in `field`: to, cc, bcc or reply_to."""

    field: str
    name: str
    address: str


class EmailView(Struct, frozen=True):
    """One message of a case, with whom it names and what is attached."""

    email_id: int
    activity_id: int
    message_id: str
    direction: Mode
    subject: str
    from_name: str
    from_address: str
    text_body: str | None
    html_characters: int  # length of the HTML body; 0 without one
    reply_text: str | None
    automatic_kind: str
    automatic_evidence: str | None
    problems: tuple[str, ...]
    raw_sha256: str
    size_bytes: int
    threading_rule: str
    sent_at: datetime | None
    received_at: datetime | None
    stored_at: datetime
    sending: str | None  # what the outbox says of it: waiting, sent, failed, ...; for outbound
    recipients: tuple[RecipientView, ...]
    attachments: tuple[AttachmentView, ...]

    @property
    def happened_at(self) -> datetime:
        """When it reached us; when it was written, for what we sent."""
        return self.received_at or self.stored_at

    def named_in(self, field: str) -> tuple[RecipientView, ...]:
        """The addresses in `field`, in order."""
        return tuple(one for one in self.recipients if one.field == field)


class HtmlView(Struct, frozen=True):
    """An HTML body as received, and the attachments it may name by Content-ID."""

    email_id: int
    html: str
    attachments: tuple[AttachmentView, ...]


class CaseView(Struct, frozen=True):
    """The conversation."""

    case_id: int
    subject: str
    status: CaseStatus
    opened_at: datetime
    closed_at: datetime | None


class CustomerView(Struct, frozen=True):
    """Who wrote, and the addresses they are known by."""

    customer_id: int
    name: str
    addresses: tuple[str, ...]


class ActivityView(Struct, frozen=True):
    """An activity to be worked on: itself, its case's others, its customer, and every message."""

    activity: ActivityLine
    case: CaseView
    customer: CustomerView
    holder: str | None
    offer_id: int | None
    activities: tuple[ActivityLine, ...]
    emails: tuple[EmailView, ...]
