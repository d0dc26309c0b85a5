"""Activities, their mails and whom these name, as collections of the API."""

from sqlalchemy import FromClause

from lodge_platform.api import Collection
from lodge_platform.api.visibility import activities_visible, through
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import Activity, Email, EmailRecipient

_ACTIVITIES: FromClause = Activity.__table__
_EMAILS: FromClause = Email.__table__
_RECIPIENTS: FromClause = EmailRecipient.__table__

ACTIVITY_FILTERS = (
    "activity_id",
    "case_id",
    "department_id",
    "customer_id",
    "contact_point_id",
    "alias_id",
    "queue_id",
    "agent_id",
    "subject",
    "media",
    "mode",
    "status",
    "priority",
    "subtype",
    "language",
    "is_pinned",
    "created_at",
    "queued_at",
    "assigned_at",
    "first_response_at",
    "completed_at",
    "due_at",
)
ACTIVITY_SORTS = (
    "activity_id",
    "created_at",
    "queued_at",
    "assigned_at",
    "completed_at",
    "due_at",
    "priority",
)

ACTIVITIES = Collection(
    name="activities",
    one="activity",
    table=_ACTIVITIES,
    action=Action.ACTIVITY_READ,
    visible=activities_visible,
    filters=ACTIVITY_FILTERS,
    sorts=ACTIVITY_SORTS,
    custom_attributes="activity",
    is_xml=True,
    description="Units of work of the departments and queues that you may read.",
)

emails_visible = through(_EMAILS, "activity_id", _ACTIVITIES, activities_visible)

EMAILS = Collection(
    name="emails",
    one="email",
    table=_EMAILS,
    action=Action.ACTIVITY_READ,
    visible=emails_visible,
    filters=(
        "email_id",
        "activity_id",
        "alias_id",
        "message_id",
        "direction",
        "subject",
        "from_address",
        "automatic_kind",
        "sent_at",
        "received_at",
        "stored_at",
    ),
    sorts=("email_id", "sent_at", "received_at", "stored_at"),
    is_audited=True,
    description="Messages of activities that you may read, with their bodies as they came: the "
    "HTML is not sanitised.",
)

ACTIVITY_EMAILS = Collection(
    name="emails",
    one="email",
    table=_EMAILS,
    action=Action.ACTIVITY_READ,
    visible=emails_visible,
    filters=EMAILS.filters,
    sorts=EMAILS.sorts,
    under=ACTIVITIES,
    is_audited=True,
    description=EMAILS.description,
)

EMAIL_RECIPIENTS = Collection(
    name="recipients",
    one="recipient",
    table=_RECIPIENTS,
    action=Action.ACTIVITY_READ,
    visible=through(_RECIPIENTS, "email_id", _EMAILS, emails_visible),
    filters=("field", "address"),
    sorts=("email_recipient_id", "field"),
    under=EMAILS,
    description="Whom a message names in To, Cc, Bcc and Reply-To.",
)
