"""The words the whole system uses for states and kinds. Stored as written here."""

from enum import StrEnum


class Media(StrEnum):
    """The kind of work an activity is."""

    EMAIL = "email"
    CHAT = "chat"
    CALLBACK = "callback"
    TASK = "task"


class Mode(StrEnum):
    """Who began: the customer (inbound) or we (outbound)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class ActivityStatus(StrEnum):
    """Where an activity is in its life."""

    NEW = "new"
    QUEUED = "queued"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    COMPLETED = "completed"


class CaseStatus(StrEnum):
    """Open while any activity of it is; merged into another; or closed."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


class ActorKind(StrEnum):
    """Who did it."""

    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    RULE = "rule"
    SYSTEM = "system"


class AgentStateCode(StrEnum):
    """What an agent is doing in one media routing domain."""

    SIGNED_OUT = "signed_out"
    NOT_READY = "not_ready"
    READY = "ready"


class OfferOutcome(StrEnum):
    """What became of a pushed activity."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class LedgerOutcome(StrEnum):
    """What became of a message seen at a mail source."""

    SEEN = "seen"
    STORED = "stored"
    QUARANTINED = "quarantined"
    IGNORED = "ignored"


class SourceKind(StrEnum):
    """How an alias' mail is reached."""

    IMAP = "imap"
    MAILDIR = "maildir"


class AfterStored(StrEnum):
    """What is done with a message on its server once we have committed it."""

    LEAVE = "leave"
    SEEN = "seen"
    MOVE = "move"
    DELETE = "delete"


class Encryption(StrEnum):
    """How a connection to a mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class OutboxStatus(StrEnum):
    """Where a message to the outside is: `unknown` was perhaps sent and waits for a person."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class DeliveryStatus(StrEnum):
    """Where an event is on its way to a webhook."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Severity(StrEnum):
    """How badly a case needs an end."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class CustomerKind(StrEnum):
    """What a customer is: one person, several, or a company."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    CORPORATE = "corporate"


class ContactKind(StrEnum):
    """What kind of address a contact point is."""

    EMAIL = "email"
    PHONE = "phone"
    WEB = "web"
    POSTAL = "postal"


class ArticleStatus(StrEnum):
    """Whether an article may be used in answers."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class AttributeType(StrEnum):
    """What values a custom attribute takes."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    CHOICE = "choice"


class QuarantineStatus(StrEnum):
    """Whether an input that could not be taken in still waits."""

    WAITING = "waiting"
    TAKEN_IN = "taken_in"
    DISMISSED = "dismissed"


class DesiredState(StrEnum):
    """What the operator wants of a service instance."""

    RUNNING = "running"
    STOPPED = "stopped"


class Sensitivity(StrEnum):
    """Who may see a column: anyone with SQL; personal data rights; content rights; nobody."""

    OPEN = "open"
    PERSONAL = "personal"
    CONTENT = "content"
    SECRET = "secret"  # noqa: S105 - a word for columns, no password


class LinkOutcome(StrEnum):
    """How a call of a data link ended: `down` did not answer, `slow` not in time, `broken` broke
    the contract, `too_large` went over a limit, `left_alone` was not tried after many failures."""

    ANSWERED = "answered"
    CACHED = "cached"
    STALE = "stale"
    REFUSED = "refused"
    DOWN = "down"
    SLOW = "slow"
    BROKEN = "broken"
    TOO_LARGE = "too_large"
    LEFT_ALONE = "left_alone"


class LinkWriteStatus(StrEnum):
    """A write by a data link: `dead` waits for a person, who may have it tried again."""

    WAITING = "waiting"
    WRITING = "writing"
    WRITTEN = "written"
    DEAD = "dead"
