"""The first tables."""

import sqlalchemy as sa
from alembic import op

from lodge_platform.errors import SetUpError
from lodge_platform.migrations.types import JSON, KEY
from lodge_platform.schema.capture import capture, install_functions

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


CAPTURED = {
    "activity_events": ["event_id"],
    "agent_states": ["agent_state_id"],
    "customers": ["customer_id"],
    "mail_ledger": ["mail_ledger_id"],
    "outbox": ["outbox_id"],
    "quarantine": ["quarantine_id"],
    "routing_decisions": ["routing_decision_id"],
    "cases": ["case_id"],
    "contact_points": ["contact_point_id"],
    "delivery_attempts": ["delivery_attempt_id"],
    "activities": ["activity_id"],
    "emails": ["email_id"],
    "offers": ["offer_id"],
    "attachments": ["attachment_id"],
    "email_recipients": ["email_recipient_id"],
    "email_references": ["email_reference_id"],
}


def upgrade() -> None:
    op.create_table(
        "activity_events",
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("type_code", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", KEY, nullable=True),
        sa.Column("case_id", KEY, nullable=True),
        sa.Column("activity_id", KEY, nullable=True),
        sa.Column("queue_id", KEY, nullable=True),
        sa.Column("agent_id", KEY, nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", KEY, nullable=True),
        sa.Column("caused_by_event_id", KEY, nullable=True),
        sa.Column("configuration_version_id", KEY, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_activity_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_activity_events_activity_id", "activity_events", ["activity_id"], unique=False
    )
    op.create_index(
        op.f("ix_activity_events_change_no"), "activity_events", ["change_no"], unique=False
    )
    op.create_index(
        "ix_activity_events_object_type_object_id",
        "activity_events",
        ["object_type", "object_id"],
        unique=False,
    )

    op.create_table(
        "agent_states",
        sa.Column("agent_state_id", KEY, nullable=False),
        sa.Column("agent_id", KEY, nullable=False),
        sa.Column("media_routing_domain_id", KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("misses_in_row", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("agent_state_id", name=op.f("pk_agent_states")),
        sa.UniqueConstraint(
            "agent_id",
            "media_routing_domain_id",
            name=op.f("uq_agent_states_agent_id_media_routing_domain_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_agent_states_change_no"), "agent_states", ["change_no"], unique=False)

    op.create_table(
        "customers",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customers")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_customers_change_no"), "customers", ["change_no"], unique=False)

    op.create_table(
        "mail_ledger",
        sa.Column("mail_ledger_id", KEY, nullable=False),
        sa.Column("alias_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("uid_validity", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("raw_sha256", sa.String(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("activity_id", KEY, nullable=True),
        sa.Column("quarantine_id", KEY, nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("server_action", sa.String(), nullable=True),
        sa.Column("server_action_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("mail_ledger_id", name=op.f("pk_mail_ledger")),
        sa.UniqueConstraint(
            "alias_id",
            "folder",
            "uid_validity",
            "uid",
            name=op.f("uq_mail_ledger_alias_id_folder_uid_validity_uid"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_mail_ledger_alias_id_raw_sha256",
        "mail_ledger",
        ["alias_id", "raw_sha256"],
        unique=False,
    )
    op.create_index(op.f("ix_mail_ledger_change_no"), "mail_ledger", ["change_no"], unique=False)
    op.create_index("ix_mail_ledger_outcome", "mail_ledger", ["outcome"], unique=False)
    op.create_index(
        "ix_mail_ledger_unsettled",
        "mail_ledger",
        ["alias_id", "folder"],
        unique=False,
        sqlite_where=sa.text("server_action is null"),
        postgresql_where=sa.text("server_action is null"),
    )

    op.create_table(
        "outbox",
        sa.Column("outbox_id", KEY, nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("activity_id", KEY, nullable=True),
        sa.Column("object_id", KEY, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_reply", sa.String(), nullable=True),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_change_no"), "outbox", ["change_no"], unique=False)
    op.create_index(
        "ix_outbox_topic_status_due_at", "outbox", ["topic", "status", "due_at"], unique=False
    )

    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=True),
        sa.Column("alias_id", KEY, nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("raw_sha256", sa.String(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activity_id", KEY, nullable=True),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("quarantine_id", name=op.f("pk_quarantine")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_quarantine_change_no"), "quarantine", ["change_no"], unique=False)

    op.create_table(
        "routing_decisions",
        sa.Column("routing_decision_id", KEY, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("configuration_version_id", KEY, nullable=False),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
        sa.Column("snapshot", JSON, nullable=False),
        sa.Column("decisions", JSON, nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("routing_decision_id", name=op.f("pk_routing_decisions")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_routing_decisions_change_no"), "routing_decisions", ["change_no"], unique=False
    )

    op.create_table(
        "tombstones",
        sa.Column("tombstone_id", KEY, nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("row_key", JSON, nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tombstone_id", name=op.f("pk_tombstones")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_tombstones_change_no"), "tombstones", ["change_no"], unique=False)

    op.create_table(
        "cases",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("merged_into_case_id", KEY, nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_count", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_cases_customer_id")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_cases_change_no"), "cases", ["change_no"], unique=False)
    op.create_index(op.f("ix_cases_customer_id"), "cases", ["customer_id"], unique=False)

    op.create_table(
        "contact_points",
        sa.Column("contact_point_id", KEY, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_contact_points_customer_id")
        ),
        sa.PrimaryKeyConstraint("contact_point_id", name=op.f("pk_contact_points")),
        sa.UniqueConstraint("kind", "address_key", name=op.f("uq_contact_points_kind_address_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_contact_points_change_no"), "contact_points", ["change_no"], unique=False
    )
    op.create_index(
        op.f("ix_contact_points_customer_id"), "contact_points", ["customer_id"], unique=False
    )

    op.create_table(
        "delivery_attempts",
        sa.Column("delivery_attempt_id", KEY, nullable=False),
        sa.Column("outbox_id", KEY, nullable=False),
        sa.Column("attempt_no", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reply", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.outbox_id"], name=op.f("fk_delivery_attempts_outbox_id")
        ),
        sa.PrimaryKeyConstraint("delivery_attempt_id", name=op.f("pk_delivery_attempts")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_delivery_attempts_change_no"), "delivery_attempts", ["change_no"], unique=False
    )
    op.create_index(
        op.f("ix_delivery_attempts_outbox_id"), "delivery_attempts", ["outbox_id"], unique=False
    )

    op.create_table(
        "activities",
        sa.Column("activity_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("contact_point_id", KEY, nullable=True),
        sa.Column("alias_id", KEY, nullable=True),
        sa.Column("queue_id", KEY, nullable=True),
        sa.Column("agent_id", KEY, nullable=True),
        sa.Column("offer_id", KEY, nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("media", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_activities_case_id")),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_points.contact_point_id"],
            name=op.f("fk_activities_contact_point_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_activities_customer_id")
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_activities")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_activities_agent_id_status", "activities", ["agent_id", "status"], unique=False
    )
    op.create_index(op.f("ix_activities_case_id"), "activities", ["case_id"], unique=False)
    op.create_index(op.f("ix_activities_change_no"), "activities", ["change_no"], unique=False)
    op.create_index(op.f("ix_activities_customer_id"), "activities", ["customer_id"], unique=False)
    op.create_index(
        "ix_activities_status_queue_id_priority_queued_at",
        "activities",
        ["status", "queue_id", "priority", "queued_at"],
        unique=False,
    )

    op.create_table(
        "emails",
        sa.Column("email_id", KEY, nullable=False),
        sa.Column("activity_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("alias_id", KEY, nullable=False),
        sa.Column("in_reply_to_email_id", KEY, nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("from_address", sa.String(), nullable=False),
        sa.Column("from_name", sa.String(), nullable=False),
        sa.Column("text_body", sa.String(), nullable=True),
        sa.Column("html_body", sa.String(), nullable=True),
        sa.Column("reply_text", sa.String(), nullable=True),
        sa.Column("automatic_kind", sa.String(), nullable=False),
        sa.Column("automatic_evidence", sa.String(), nullable=True),
        sa.Column("problems", JSON, nullable=False),
        sa.Column("parser_version", sa.Integer(), nullable=False),
        sa.Column("raw_sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("threading_rule", sa.String(), nullable=False),
        sa.Column("threading_message_id", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.activity_id"], name=op.f("fk_emails_activity_id")
        ),
        sa.PrimaryKeyConstraint("email_id", name=op.f("pk_emails")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_emails_activity_id"), "emails", ["activity_id"], unique=False)
    op.create_index(
        "ix_emails_alias_id_raw_sha256", "emails", ["alias_id", "raw_sha256"], unique=False
    )
    op.create_index(op.f("ix_emails_change_no"), "emails", ["change_no"], unique=False)
    op.create_index(op.f("ix_emails_message_id"), "emails", ["message_id"], unique=False)
    op.create_index(op.f("ix_emails_raw_sha256"), "emails", ["raw_sha256"], unique=False)

    op.create_table(
        "offers",
        sa.Column("offer_id", KEY, nullable=False),
        sa.Column("activity_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("queue_id", KEY, nullable=False),
        sa.Column("agent_id", KEY, nullable=False),
        sa.Column("routing_decision_id", KEY, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.activity_id"], name=op.f("fk_offers_activity_id")
        ),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_offers")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_offers_activity_id"), "offers", ["activity_id"], unique=False)
    op.create_index(
        "ix_offers_agent_id_offered_at", "offers", ["agent_id", "offered_at"], unique=False
    )
    op.create_index(op.f("ix_offers_change_no"), "offers", ["change_no"], unique=False)
    op.create_index(
        "ix_offers_outcome_expires_at", "offers", ["outcome", "expires_at"], unique=False
    )

    op.create_table(
        "attachments",
        sa.Column("attachment_id", KEY, nullable=False),
        sa.Column("email_id", KEY, nullable=False),
        sa.Column("activity_id", KEY, nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("content_id", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_inline", sa.Boolean(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.activity_id"], name=op.f("fk_attachments_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["email_id"], ["emails.email_id"], name=op.f("fk_attachments_email_id")
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachments")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_attachments_change_no"), "attachments", ["change_no"], unique=False)
    op.create_index(op.f("ix_attachments_email_id"), "attachments", ["email_id"], unique=False)

    op.create_table(
        "email_recipients",
        sa.Column("email_recipient_id", KEY, nullable=False),
        sa.Column("email_id", KEY, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["email_id"], ["emails.email_id"], name=op.f("fk_email_recipients_email_id")
        ),
        sa.PrimaryKeyConstraint("email_recipient_id", name=op.f("pk_email_recipients")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_email_recipients_change_no"), "email_recipients", ["change_no"], unique=False
    )
    op.create_index(
        op.f("ix_email_recipients_email_id"), "email_recipients", ["email_id"], unique=False
    )

    op.create_table(
        "email_references",
        sa.Column("email_reference_id", KEY, nullable=False),
        sa.Column("email_id", KEY, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["email_id"], ["emails.email_id"], name=op.f("fk_email_references_email_id")
        ),
        sa.PrimaryKeyConstraint("email_reference_id", name=op.f("pk_email_references")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_email_references_change_no"), "email_references", ["change_no"], unique=False
    )
    op.create_index(
        op.f("ix_email_references_email_id"), "email_references", ["email_id"], unique=False
    )
    op.create_index(
        op.f("ix_email_references_message_id"), "email_references", ["message_id"], unique=False
    )
    install_functions(op.get_bind())
    for table, key in CAPTURED.items():
        capture(op.get_bind(), table, key)


def downgrade() -> None:
    raise SetUpError("the first tables are never taken away; delete the database instead")
