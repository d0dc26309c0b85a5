"""Tables of the active store, one module a subject."""

from lodge_platform.schema.active.activities import Activity, Case, CaseRelation
from lodge_platform.schema.active.articles import Article, ArticleFolder, ArticleVersion
from lodge_platform.schema.active.asking import AccessRecord, IdempotencyKey
from lodge_platform.schema.active.customers import ContactPerson, ContactPoint, Customer
from lodge_platform.schema.active.emails import Attachment, Email, EmailRecipient, EmailReference
from lodge_platform.schema.active.events import ActiveTombstone, ActivityEvent
from lodge_platform.schema.active.feed import FeedLine, FeedMark, WebhookAttempt, WebhookDelivery
from lodge_platform.schema.active.links import DataLink, LinkCall, LinkWrite
from lodge_platform.schema.active.mail_ledger import MailLedgerLine, QuarantinedInput
from lodge_platform.schema.active.notes import Note
from lodge_platform.schema.active.outbox import DeliveryAttempt, OutboxMessage
from lodge_platform.schema.active.routing import AgentState, Offer, RoutingDecision
from lodge_platform.schema.active.search import SearchDocument

__all__ = [
    "AccessRecord",
    "ActiveTombstone",
    "Activity",
    "ActivityEvent",
    "AgentState",
    "Article",
    "ArticleFolder",
    "ArticleVersion",
    "Attachment",
    "Case",
    "CaseRelation",
    "ContactPerson",
    "ContactPoint",
    "Customer",
    "DataLink",
    "DeliveryAttempt",
    "Email",
    "EmailRecipient",
    "EmailReference",
    "FeedLine",
    "FeedMark",
    "IdempotencyKey",
    "LinkCall",
    "LinkWrite",
    "MailLedgerLine",
    "Note",
    "Offer",
    "OutboxMessage",
    "QuarantinedInput",
    "RoutingDecision",
    "SearchDocument",
    "WebhookAttempt",
    "WebhookDelivery",
]
