"""Data links: how each is, every call of one, and what is to be written by one."""

import sqlalchemy as sa
from alembic import op

from lodge_platform.errors import SetUpError
from lodge_platform.migrations.types import KEY
from lodge_platform.schema.capture import capture

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CAPTURED = {
    "data_links": ["link"],
    "link_calls": ["link_call_id"],
    "link_writes": ["link_write_id"],
}


def upgrade() -> None:
    op.create_table(
        "data_links",
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breach", sa.String(), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("load_failure", sa.String(), nullable=True),
        sa.Column("load_failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_data_links")),
    )
    op.create_index(op.f("ix_data_links_change_no"), "data_links", ["change_no"], unique=False)
    op.create_table(
        "link_calls",
        sa.Column("link_call_id", KEY, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("caller_kind", sa.String(), nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("api_key_id", KEY, nullable=True),
        sa.Column("department_id", KEY, nullable=True),
        sa.Column("activity_id", KEY, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("duration_seconds", sa.Float(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("discarded_count", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("link_call_id", name=op.f("pk_link_calls")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_link_calls_activity_id"), "link_calls", ["activity_id"], unique=False)
    op.create_index(op.f("ix_link_calls_change_no"), "link_calls", ["change_no"], unique=False)
    op.create_index(
        "ix_link_calls_link_called_at", "link_calls", ["link", "called_at"], unique=False
    )
    op.create_table(
        "link_writes",
        sa.Column("link_write_id", KEY, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("api_key_id", KEY, nullable=True),
        sa.Column("department_id", KEY, nullable=True),
        sa.Column("activity_id", KEY, nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.String(), nullable=True),
        sa.Column("change_no", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("link_write_id", name=op.f("pk_link_writes")),
        sa.UniqueConstraint(
            "link", "idempotency_key", name=op.f("uq_link_writes_link_idempotency_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_link_writes_change_no"), "link_writes", ["change_no"], unique=False)
    op.create_index(
        "ix_link_writes_status_due_at", "link_writes", ["status", "due_at"], unique=False
    )
    for table, key in CAPTURED.items():
        capture(op.get_bind(), table, key)


def downgrade() -> None:
    raise SetUpError("no way back from here; restore the database instead")
