"""Second factors, providers, API keys, webhooks, and what work is measured by."""

import sqlalchemy as sa
from alembic import op

from lodge_platform.errors import SetUpError
from lodge_platform.migrations.types import JSON, KEY
from lodge_platform.schema.capture import capture

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CAPTURED = {
    "custom_attributes": ["custom_attribute_id"],
    "identity_providers": ["identity_provider_id"],
    "calendars": ["calendar_id"],
    "categories": ["category_id"],
    "resolution_codes": ["resolution_code_id"],
    "api_keys": ["api_key_id"],
    "policies": ["policy_id"],
    "user_identities": ["user_identity_id"],
    "webhooks": ["webhook_id"],
    "entry_points": ["entry_point_id"],
    "user_role_queues": ["user_role_queue_id"],
}


def upgrade() -> None:
    op.create_table(
        "custom_attributes",
        sa.Column("custom_attribute_id", KEY, nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("attribute_type", sa.String(), nullable=False),
        sa.Column("choices", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("sensitivity", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("custom_attribute_id", name=op.f("pk_custom_attributes")),
        sa.UniqueConstraint(
            "object_type", "name", name=op.f("uq_custom_attributes_object_type_name")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_custom_attributes_change_no"), "custom_attributes", ["change_no"], unique=False
    )

    op.create_table(
        "idempotency_keys",
        sa.Column("idempotency_key_id", KEY, nullable=False),
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("idempotency_key_id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint(
            "asker", "idempotency_key", name=op.f("uq_idempotency_keys_asker_idempotency_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False
    )

    op.create_table(
        "identity_providers",
        sa.Column("identity_provider_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("client_secret_name", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("identity_provider_id", name=op.f("pk_identity_providers")),
        sa.UniqueConstraint("name", name=op.f("uq_identity_providers_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_identity_providers_change_no"), "identity_providers", ["change_no"], unique=False
    )

    op.create_table(
        "calendars",
        sa.Column("calendar_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("hours", JSON, nullable=False),
        sa.Column("holidays", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("shifts", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("breaks", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.department_id"],
            name=op.f("fk_calendars_department_id"),
        ),
        sa.PrimaryKeyConstraint("calendar_id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("name", name=op.f("uq_calendars_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_calendars_change_no"), "calendars", ["change_no"], unique=False)

    op.create_table(
        "categories",
        sa.Column("category_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_category_id", KEY, nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.department_id"],
            name=op.f("fk_categories_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_category_id"],
            ["categories.category_id"],
            name=op.f("fk_categories_parent_category_id"),
        ),
        sa.PrimaryKeyConstraint("category_id", name=op.f("pk_categories")),
        sa.UniqueConstraint("name", name=op.f("uq_categories_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_categories_change_no"), "categories", ["change_no"], unique=False)

    op.create_table(
        "resolution_codes",
        sa.Column("resolution_code_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.department_id"],
            name=op.f("fk_resolution_codes_department_id"),
        ),
        sa.PrimaryKeyConstraint("resolution_code_id", name=op.f("pk_resolution_codes")),
        sa.UniqueConstraint("name", name=op.f("uq_resolution_codes_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_resolution_codes_change_no"), "resolution_codes", ["change_no"], unique=False
    )

    op.create_table(
        "api_keys",
        sa.Column("api_key_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("start", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("actions", JSON, nullable=False),
        sa.Column("department_ids", JSON, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_api_keys_user_id")),
        sa.PrimaryKeyConstraint("api_key_id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_keys_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_api_keys_change_no"), "api_keys", ["change_no"], unique=False)
    op.create_index(op.f("ix_api_keys_user_id"), "api_keys", ["user_id"], unique=False)

    op.create_table(
        "one_time_tokens",
        sa.Column("one_time_token_id", KEY, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("particulars", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_one_time_tokens_user_id")
        ),
        sa.PrimaryKeyConstraint("one_time_token_id", name=op.f("pk_one_time_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_tokens_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_one_time_tokens_expires_at"), "one_time_tokens", ["expires_at"], unique=False
    )

    op.create_table(
        "policies",
        sa.Column("policy_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("calendar_id", KEY, nullable=True),
        sa.Column("first_response_seconds", sa.Integer(), nullable=True),
        sa.Column("resolution_seconds", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendars.calendar_id"], name=op.f("fk_policies_calendar_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.department_id"], name=op.f("fk_policies_department_id")
        ),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_policies")),
        sa.UniqueConstraint("name", name=op.f("uq_policies_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_policies_change_no"), "policies", ["change_no"], unique=False)

    op.create_table(
        "second_factors",
        sa.Column("user_id", KEY, autoincrement=False, nullable=False),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        sa.Column("recovery_hashes", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_second_factors_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "user_identities",
        sa.Column("user_identity_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("identity_provider_id", KEY, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_provider_id"],
            ["identity_providers.identity_provider_id"],
            name=op.f("fk_user_identities_identity_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_user_identities_user_id")
        ),
        sa.PrimaryKeyConstraint("user_identity_id", name=op.f("pk_user_identities")),
        sa.UniqueConstraint(
            "identity_provider_id",
            "subject",
            name=op.f("uq_user_identities_identity_provider_id_subject"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_user_identities_change_no"), "user_identities", ["change_no"], unique=False
    )
    op.create_index(
        op.f("ix_user_identities_user_id"), "user_identities", ["user_id"], unique=False
    )

    op.create_table(
        "webhooks",
        sa.Column("webhook_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("event_types", JSON, nullable=False),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.department_id"], name=op.f("fk_webhooks_department_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_webhooks_user_id")),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("name", name=op.f("uq_webhooks_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_webhooks_change_no"), "webhooks", ["change_no"], unique=False)

    op.create_table(
        "api_key_uses",
        sa.Column("api_key_id", KEY, autoincrement=False, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.api_key_id"], name=op.f("fk_api_key_uses_api_key_id")
        ),
        sa.PrimaryKeyConstraint("api_key_id", name=op.f("pk_api_key_uses")),
    )
    op.create_table(
        "entry_points",
        sa.Column("entry_point_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media", sa.String(), nullable=False),
        sa.Column("queue_id", KEY, nullable=False),
        sa.Column("allowed_origins", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.department_id"],
            name=op.f("fk_entry_points_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.queue_id"], name=op.f("fk_entry_points_queue_id")
        ),
        sa.PrimaryKeyConstraint("entry_point_id", name=op.f("pk_entry_points")),
        sa.UniqueConstraint("name", name=op.f("uq_entry_points_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_entry_points_change_no"), "entry_points", ["change_no"], unique=False)

    op.create_table(
        "user_role_queues",
        sa.Column("user_role_queue_id", KEY, nullable=False),
        sa.Column("user_role_id", KEY, nullable=False),
        sa.Column("queue_id", KEY, nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.queue_id"], name=op.f("fk_user_role_queues_queue_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_role_id"],
            ["user_roles.user_role_id"],
            name=op.f("fk_user_role_queues_user_role_id"),
        ),
        sa.PrimaryKeyConstraint("user_role_queue_id", name=op.f("pk_user_role_queues")),
        sa.UniqueConstraint(
            "user_role_id", "queue_id", name=op.f("uq_user_role_queues_user_role_id_queue_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_user_role_queues_change_no"), "user_role_queues", ["change_no"], unique=False
    )
    op.create_index(
        op.f("ix_user_role_queues_queue_id"), "user_role_queues", ["queue_id"], unique=False
    )

    op.add_column(
        "user_sessions", sa.Column("method", sa.String(), server_default="password", nullable=False)
    )

    op.add_column("users", sa.Column("email_address", sa.String(), nullable=True))
    for table, key in CAPTURED.items():
        capture(op.get_bind(), table, key)


def downgrade() -> None:
    raise SetUpError("no way back from here; restore the database instead")
