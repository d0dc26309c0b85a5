"""The outbox: what must reach the outside, written in the transaction that decided it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Code, Json, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import OutboxStatus, Sensitivity


class OutboxMessage(Captured, ActiveBase):
    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_topic_status_due_at", "topic", "status", "due_at"),
        {"comment": "One row per thing to be sent to the outside."},
    )

    outbox_id: Mapped[int] = term("Key of the line.", Key, primary_key=True)
    topic: Mapped[str] = term("What kind of sending: email.send.", example="email.send")
    department_id: Mapped[int] = term("Department it is sent for.", Key)
    activity_id: Mapped[int | None] = term("Activity it belongs to.", Key)
    object_id: Mapped[int] = term("Key of what is sent: the message, for e-mail.", Key)
    payload: Mapped[dict[str, Any]] = term(
        "What is sent, as it was when it was decided: a retry never sends anything else.",
        Json,
        sensitivity=Sensitivity.PERSONAL,
    )
    status: Mapped[OutboxStatus] = term(
        "waiting, claimed, sent, failed or unknown (perhaps sent; a person decides).",
        Code(OutboxStatus),
    )
    attempts: Mapped[int] = term("How often sending was tried.", unit="tries")
    claimed_by: Mapped[str | None] = term("Service at work on sending it.", example="local:4711")
    claimed_at: Mapped[datetime | None] = term("Since when it is being sent.", unit="instant, UTC")
    created_at: Mapped[datetime] = term("When it was decided to send it.", unit="instant, UTC")
    due_at: Mapped[datetime] = term("When it is next tried.", unit="instant, UTC")
    finished_at: Mapped[datetime | None] = term(
        "When it was sent or given up.", unit="instant, UTC"
    )
    last_reply: Mapped[str | None] = term(
        "What the other side last said.",
        sensitivity=Sensitivity.PERSONAL,
        example="250 2.0.0 Ok: queued as 4F",
    )


class DeliveryAttempt(Captured, ActiveBase):
    __tablename__ = "delivery_attempts"
    __table_args__ = ({"comment": "One row per try to send a line of the outbox."},)

    delivery_attempt_id: Mapped[int] = term("Key of the try.", Key, primary_key=True)
    outbox_id: Mapped[int] = term(
        "Line that was tried.", Key, ForeignKey("outbox.outbox_id"), index=True
    )
    attempt_no: Mapped[int] = term("Which try it was, from 1.")
    outcome: Mapped[str] = term("sent, try_again, failed or unknown.", example="sent")
    reply: Mapped[str] = term(
        "What the other side said, or the error.", sensitivity=Sensitivity.PERSONAL
    )
    started_at: Mapped[datetime] = term("When it began.", unit="instant, UTC")
    finished_at: Mapped[datetime] = term("When it ended.", unit="instant, UTC")
