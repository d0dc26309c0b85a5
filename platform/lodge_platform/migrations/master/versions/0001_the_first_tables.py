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
    "configuration_versions": ["configuration_version_id"],
    "departments": ["department_id"],
    "media_routing_domains": ["media_routing_domain_id"],
    "roles": ["role_id"],
    "service_instances": ["service_instance_id"],
    "aliases": ["alias_id"],
    "role_actions": ["role_action_id"],
    "service_leases": ["service_instance_id"],
    "skill_groups": ["skill_group_id"],
    "users": ["user_id"],
    "workflows": ["workflow_id"],
    "queues": ["queue_id"],
    "skill_group_members": ["skill_group_member_id"],
    "user_roles": ["user_role_id"],
    "user_sessions": ["user_session_id"],
}


def upgrade() -> None:
    op.create_table(
        "configuration_versions",
        sa.Column("configuration_version_id", KEY, nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("changed_row_id", sa.BigInteger(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("old_values", JSON, nullable=True),
        sa.Column("new_values", JSON, nullable=True),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("configuration_version_id", name=op.f("pk_configuration_versions")),
        sa.UniqueConstraint(
            "table_name",
            "changed_row_id",
            "version_no",
            name=op.f("uq_configuration_versions_table_name_changed_row_id_version_no"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_configuration_versions_change_no"),
        "configuration_versions",
        ["change_no"],
        unique=False,
    )

    op.create_table(
        "departments",
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_departments")),
        sa.UniqueConstraint("name", name=op.f("uq_departments_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_departments_change_no"), "departments", ["change_no"], unique=False)

    op.create_table(
        "media_routing_domains",
        sa.Column("media_routing_domain_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media", sa.String(), nullable=False),
        sa.Column("task_limit", sa.Integer(), nullable=False),
        sa.Column("is_interruptible", sa.Boolean(), nullable=False),
        sa.Column("offer_seconds", sa.Integer(), nullable=False),
        sa.Column("misses_allowed", sa.Integer(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("media_routing_domain_id", name=op.f("pk_media_routing_domains")),
        sa.UniqueConstraint("name", name=op.f("uq_media_routing_domains_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_media_routing_domains_change_no"),
        "media_routing_domains",
        ["change_no"],
        unique=False,
    )

    op.create_table(
        "published_snapshots",
        sa.Column("published_snapshot_id", KEY, nullable=False),
        sa.Column("snapshot_no", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("landed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_name", sa.String(), nullable=False),
        sa.Column("row_counts", JSON, nullable=False),
        sa.PrimaryKeyConstraint("published_snapshot_id", name=op.f("pk_published_snapshots")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "roles",
        sa.Column("role_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("role_id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_roles_change_no"), "roles", ["change_no"], unique=False)

    op.create_table(
        "service_instances",
        sa.Column("service_instance_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("process_name", sa.String(), nullable=False),
        sa.Column("host_name", sa.String(), nullable=True),
        sa.Column("desired_state", sa.String(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("service_instance_id", name=op.f("pk_service_instances")),
        sa.UniqueConstraint("name", name=op.f("uq_service_instances_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_service_instances_change_no"), "service_instances", ["change_no"], unique=False
    )

    op.create_table(
        "sign_in_attempts",
        sa.Column("sign_in_attempt_id", KEY, nullable=False),
        sa.Column("sign_in_name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_success", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sign_in_attempt_id", name=op.f("pk_sign_in_attempts")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_sign_in_attempts_address"), "sign_in_attempts", ["address"], unique=False
    )
    op.create_index(
        op.f("ix_sign_in_attempts_sign_in_name"), "sign_in_attempts", ["sign_in_name"], unique=False
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
        "aliases",
        sa.Column("alias_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_host", sa.String(), nullable=False),
        sa.Column("source_port", sa.Integer(), nullable=False),
        sa.Column("source_encryption", sa.String(), nullable=False),
        sa.Column("source_sign_in_name", sa.String(), nullable=False),
        sa.Column("source_secret_name", sa.String(), nullable=False),
        sa.Column("folders", JSON, nullable=False),
        sa.Column("after_stored", sa.String(), nullable=False),
        sa.Column("move_to_folder", sa.String(), nullable=False),
        sa.Column("poll_seconds", sa.Integer(), nullable=False),
        sa.Column("smtp_host", sa.String(), nullable=False),
        sa.Column("smtp_port", sa.Integer(), nullable=False),
        sa.Column("smtp_encryption", sa.String(), nullable=False),
        sa.Column("smtp_sign_in_name", sa.String(), nullable=False),
        sa.Column("smtp_secret_name", sa.String(), nullable=False),
        sa.Column("is_certificate_checked", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.department_id"], name=op.f("fk_aliases_department_id")
        ),
        sa.PrimaryKeyConstraint("alias_id", name=op.f("pk_aliases")),
        sa.UniqueConstraint("address", name=op.f("uq_aliases_address")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_aliases_change_no"), "aliases", ["change_no"], unique=False)

    op.create_table(
        "role_actions",
        sa.Column("role_action_id", KEY, nullable=False),
        sa.Column("role_id", KEY, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.role_id"], name=op.f("fk_role_actions_role_id")
        ),
        sa.PrimaryKeyConstraint("role_action_id", name=op.f("pk_role_actions")),
        sa.UniqueConstraint("role_id", "action", name=op.f("uq_role_actions_role_id_action")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_role_actions_change_no"), "role_actions", ["change_no"], unique=False)

    op.create_table(
        "service_leases",
        sa.Column("service_instance_id", KEY, autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("last_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures_in_row", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_instance_id"],
            ["service_instances.service_instance_id"],
            name=op.f("fk_service_leases_service_instance_id"),
        ),
        sa.PrimaryKeyConstraint("service_instance_id", name=op.f("pk_service_leases")),
    )
    op.create_index(
        op.f("ix_service_leases_change_no"), "service_leases", ["change_no"], unique=False
    )

    op.create_table(
        "skill_groups",
        sa.Column("skill_group_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.department_id"],
            name=op.f("fk_skill_groups_department_id"),
        ),
        sa.PrimaryKeyConstraint("skill_group_id", name=op.f("pk_skill_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_skill_groups_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_skill_groups_change_no"), "skill_groups", ["change_no"], unique=False)

    op.create_table(
        "users",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("sign_in_name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.department_id"], name=op.f("fk_users_department_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_users_sign_in_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_users_change_no"), "users", ["change_no"], unique=False)

    op.create_table(
        "workflows",
        sa.Column("workflow_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.department_id"],
            name=op.f("fk_workflows_department_id"),
        ),
        sa.PrimaryKeyConstraint("workflow_id", name=op.f("pk_workflows")),
        sa.UniqueConstraint("name", name=op.f("uq_workflows_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_workflows_change_no"), "workflows", ["change_no"], unique=False)

    op.create_table(
        "queues",
        sa.Column("queue_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_routing_domain_id", KEY, nullable=False),
        sa.Column("skill_group_id", KEY, nullable=True),
        sa.Column("is_exception", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("service_level_seconds", sa.Integer(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.department_id"], name=op.f("fk_queues_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["media_routing_domain_id"],
            ["media_routing_domains.media_routing_domain_id"],
            name=op.f("fk_queues_media_routing_domain_id"),
        ),
        sa.ForeignKeyConstraint(
            ["skill_group_id"],
            ["skill_groups.skill_group_id"],
            name=op.f("fk_queues_skill_group_id"),
        ),
        sa.PrimaryKeyConstraint("queue_id", name=op.f("pk_queues")),
        sa.UniqueConstraint("name", name=op.f("uq_queues_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_queues_change_no"), "queues", ["change_no"], unique=False)

    op.create_table(
        "skill_group_members",
        sa.Column("skill_group_member_id", KEY, nullable=False),
        sa.Column("skill_group_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["skill_group_id"],
            ["skill_groups.skill_group_id"],
            name=op.f("fk_skill_group_members_skill_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_skill_group_members_user_id")
        ),
        sa.PrimaryKeyConstraint("skill_group_member_id", name=op.f("pk_skill_group_members")),
        sa.UniqueConstraint(
            "skill_group_id", "user_id", name=op.f("uq_skill_group_members_skill_group_id_user_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_skill_group_members_change_no"), "skill_group_members", ["change_no"], unique=False
    )

    op.create_table(
        "user_roles",
        sa.Column("user_role_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("role_id", KEY, nullable=False),
        sa.Column("department_id", KEY, nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.department_id"],
            name=op.f("fk_user_roles_department_id"),
        ),
        sa.ForeignKeyConstraint(["role_id"], ["roles.role_id"], name=op.f("fk_user_roles_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_user_roles_user_id")),
        sa.PrimaryKeyConstraint("user_role_id", name=op.f("pk_user_roles")),
        sa.UniqueConstraint(
            "user_id",
            "role_id",
            "department_id",
            name=op.f("uq_user_roles_user_id_role_id_department_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_user_roles_change_no"), "user_roles", ["change_no"], unique=False)

    op.create_table(
        "user_sessions",
        sa.Column("user_session_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_user_sessions_user_id")
        ),
        sa.PrimaryKeyConstraint("user_session_id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_user_sessions_change_no"), "user_sessions", ["change_no"], unique=False
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)
    install_functions(op.get_bind())
    for table, key in CAPTURED.items():
        capture(op.get_bind(), table, key)


def downgrade() -> None:
    raise SetUpError("the first tables are never taken away; delete the database instead")
