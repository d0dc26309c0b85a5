"""Data links: how each one is, every call of one, and what is to be written by one."""

from datetime import datetime

from sqlalchemy import BigInteger, Float, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Code, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import LinkOutcome, LinkWriteStatus, Sensitivity


class DataLink(Captured, ActiveBase):
    __tablename__ = "data_links"
    __table_args__ = ({"comment": "One row per data link a file was read of: how it is."},)

    link: Mapped[str] = term(
        "Name of the link, which is its file's.", primary_key=True, example="customer_lookup"
    )
    title: Mapped[str] = term("Title that people read.", example="Customer in the shop")
    kind: Mapped[str] = term(
        "Where its rows come from: sql, http, soap, file, mart or function.", example="sql"
    )
    version: Mapped[str] = term("First digits of the SHA-256 of its file.", example="9f86d081884c")
    is_active: Mapped[bool] = term("Whether it can be asked.")
    fault: Mapped[str | None] = term("Why its file cannot be used: line and allowed values.")
    read_at: Mapped[datetime] = term("When this version was first read.", unit="instant, UTC")
    failure: Mapped[str | None] = term("What is wrong at its source now; empty when it answers.")
    failing_since: Mapped[datetime | None] = term(
        "Since when its source does not answer.", unit="instant, UTC"
    )
    breach: Mapped[str | None] = term(
        "How the source's last answer broke the contract; empty when it did not.",
        sensitivity=Sensitivity.CONTENT,
    )
    breached_at: Mapped[datetime | None] = term(
        "When the contract was last found broken.", unit="instant, UTC"
    )
    load_failure: Mapped[str | None] = term(
        "Why its last load into the reports store came to nothing; empty when it did not."
    )
    load_failing_since: Mapped[datetime | None] = term(
        "Since when its loads come to nothing.", unit="instant, UTC"
    )


class LinkCall(Captured, ActiveBase):
    __tablename__ = "link_calls"
    __table_args__ = (
        Index("ix_link_calls_link_called_at", "link", "called_at"),
        {"comment": "One row per call of a data link, whoever made it."},
    )

    link_call_id: Mapped[int] = term("Key of the call.", Key, primary_key=True)
    link: Mapped[str] = term("Link that was called.", example="customer_lookup")
    version: Mapped[str] = term("Version of its file.", example="9f86d081884c")
    caller_kind: Mapped[str] = term(
        "person, api_key, panel, template, workflow, pipeline or operator.", example="panel"
    )
    user_id: Mapped[int | None] = term("User who called, where one did.", Key)
    api_key_id: Mapped[int | None] = term("API key it was called by, where one was.", Key)
    department_id: Mapped[int | None] = term("Department of the activity it was called for.", Key)
    activity_id: Mapped[int | None] = term("Activity it was called for.", Key, index=True)
    outcome: Mapped[LinkOutcome] = term(
        "answered, cached, stale, refused, down, slow, broken, too_large or left_alone.",
        Code(LinkOutcome),
        example="answered",
    )
    detail: Mapped[str | None] = term(
        "What was wrong, without any secret and without values of the source.",
        example="shop.example.org:443 did not answer in time",
    )
    duration_seconds: Mapped[float] = term(
        "From the call to the end of its answer.", Float, unit="seconds"
    )
    row_count: Mapped[int] = term("Rows handed out.", unit="rows")
    byte_count: Mapped[int] = term("Bytes handed out.", BigInteger, unit="bytes")
    discarded_count: Mapped[int] = term(
        "Rows of the source that were left out by the contract.", unit="rows"
    )
    called_at: Mapped[datetime] = term("When it was called.", unit="instant, UTC")


class LinkWrite(Captured, ActiveBase):
    __tablename__ = "link_writes"
    __table_args__ = (
        UniqueConstraint("link", "idempotency_key"),
        Index("ix_link_writes_status_due_at", "status", "due_at"),
        {"comment": "One row per thing to be written to a source by a data link."},
    )

    link_write_id: Mapped[int] = term("Key of the write.", Key, primary_key=True)
    link: Mapped[str] = term("Link it goes by.", example="order_note")
    idempotency_key: Mapped[str] = term(
        "The caller's key: the same key is written once, and the source is told it."
    )
    payload: Mapped[str] = term(
        "The parameters as JSON, as they were given.", sensitivity=Sensitivity.CONTENT
    )
    user_id: Mapped[int | None] = term("User who asked for it.", Key)
    api_key_id: Mapped[int | None] = term("API key that asked for it.", Key)
    department_id: Mapped[int | None] = term("Department it was asked for in.", Key)
    activity_id: Mapped[int | None] = term("Activity it was asked for.", Key)
    status: Mapped[LinkWriteStatus] = term(
        "waiting, writing, written or dead.", Code(LinkWriteStatus), example="written"
    )
    attempts: Mapped[int] = term("How often it was tried.", unit="tries", server_default="0")
    claimed_by: Mapped[str | None] = term("Service at work on it.", example="local:4711")
    claimed_at: Mapped[datetime | None] = term(
        "Since when it is being written.", unit="instant, UTC"
    )
    created_at: Mapped[datetime] = term("When it was asked for.", unit="instant, UTC")
    due_at: Mapped[datetime] = term("When it is next tried.", unit="instant, UTC")
    finished_at: Mapped[datetime | None] = term(
        "When it was written or given up.", unit="instant, UTC"
    )
    last_answer: Mapped[str | None] = term(
        "What the source last answered, or what kept us from asking; no secret is in it."
    )
