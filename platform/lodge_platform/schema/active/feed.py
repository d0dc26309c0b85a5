"""The change feed: events in the order in which they are handed out, and to whom."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Code, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import DeliveryStatus, Sensitivity


class FeedLine(ActiveBase):
    __tablename__ = "change_feed"
    __table_args__ = ({"comment": "One row per event, numbered in the order of the change feed."},)

    feed_no: Mapped[int] = term(
        "Place in the feed; numbers only grow, and no event comes in before one handed out.",
        Key,
        primary_key=True,
    )
    event_id: Mapped[int] = term("Event in this place.", Key, unique=True)


class FeedMark(ActiveBase):
    __tablename__ = "change_feed_marks"
    __table_args__ = ({"comment": "One row per follower of the feed: how far it has come."},)

    follower: Mapped[str] = term(
        "Who follows: numbering, search, webhook:KEY.", primary_key=True, example="webhook:3"
    )
    position: Mapped[int] = term(
        "Last place dealt with; for numbering, the change below which every event is numbered.",
        BigInteger,
    )
    moved_at: Mapped[datetime] = term("When it last moved.", unit="instant, UTC")
    paused_at: Mapped[datetime | None] = term(
        "Since when it stands still because deliveries failed.", unit="instant, UTC"
    )
    pause_reason: Mapped[str | None] = term("Why it stands still.")


class WebhookDelivery(Captured, ActiveBase):
    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id", "replay_no"),
        Index("ix_webhook_deliveries_webhook_id_status_due_at", "webhook_id", "status", "due_at"),
        {"comment": "One row per event and webhook it is delivered to."},
    )

    webhook_delivery_id: Mapped[int] = term("Key of the delivery.", Key, primary_key=True)
    webhook_id: Mapped[int] = term("Webhook it goes to.", Key)
    department_id: Mapped[int | None] = term("Department of the event.", Key)
    event_id: Mapped[int] = term("Event delivered; consumers know it by this.", Key)
    feed_no: Mapped[int] = term("Place of the event in the feed.", BigInteger)
    replay_no: Mapped[int] = term("0, or which replay asked for it again.", server_default="0")
    ordering_key: Mapped[str] = term(
        "Deliveries of one key go out one after another.", example="case:42"
    )
    payload: Mapped[str] = term(
        "The body as it was first made: a retry never sends anything else.",
        sensitivity=Sensitivity.CONTENT,
    )
    status: Mapped[DeliveryStatus] = term(
        "waiting, sending, delivered or given_up.", Code(DeliveryStatus), example="delivered"
    )
    attempts: Mapped[int] = term("How often it was tried.", unit="tries", server_default="0")
    claimed_by: Mapped[str | None] = term("Service at work on it.", example="local:4711")
    claimed_at: Mapped[datetime | None] = term("Since when it is being sent.", unit="instant, UTC")
    created_at: Mapped[datetime] = term("When it was put in line.", unit="instant, UTC")
    due_at: Mapped[datetime] = term("When it is next tried.", unit="instant, UTC")
    finished_at: Mapped[datetime | None] = term(
        "When it was delivered or given up.", unit="instant, UTC"
    )
    last_answer: Mapped[str | None] = term(
        "What the other side last answered, or what kept us from asking.", example="200 OK"
    )


class WebhookAttempt(Captured, ActiveBase):
    __tablename__ = "webhook_attempts"
    __table_args__ = ({"comment": "One row per try to deliver an event to a webhook."},)

    webhook_attempt_id: Mapped[int] = term("Key of the try.", Key, primary_key=True)
    webhook_delivery_id: Mapped[int] = term(
        "Delivery that was tried.",
        Key,
        ForeignKey("webhook_deliveries.webhook_delivery_id"),
        index=True,
    )
    attempt_no: Mapped[int] = term("Which try it was, from 1.")
    outcome: Mapped[str] = term("delivered, try_again or given_up.", example="delivered")
    answer: Mapped[str] = term("Status and first words of the answer, or the error.")
    started_at: Mapped[datetime] = term("When it began.", unit="instant, UTC")
    finished_at: Mapped[datetime] = term("When it ended.", unit="instant, UTC")
