"""Tables of the active store, one module a subject."""

from lodge_platform.schema.active.activities import Activity, Case
from lodge_platform.schema.active.customers import ContactPoint, Customer
from lodge_platform.schema.active.emails import Attachment, Email, EmailRecipient, EmailReference
from lodge_platform.schema.active.events import ActiveTombstone, ActivityEvent
from lodge_platform.schema.active.mail_ledger import MailLedgerLine, QuarantinedInput
from lodge_platform.schema.active.outbox import DeliveryAttempt, OutboxMessage
from lodge_platform.schema.active.routing import AgentState, Offer, RoutingDecision

__all__ = [
    "ActiveTombstone",
    "Activity",
    "ActivityEvent",
    "AgentState",
    "Attachment",
    "Case",
    "ContactPoint",
    "Customer",
    "DeliveryAttempt",
    "Email",
    "EmailRecipient",
    "EmailReference",
    "MailLedgerLine",
    "Offer",
    "OutboxMessage",
    "QuarantinedInput",
    "RoutingDecision",
]
