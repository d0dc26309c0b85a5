"""Cases, and the activities that make them up. Both are projections of `activity_events`."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Code, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import ActivityStatus, CaseStatus, Media, Mode, Sensitivity


class Case(Captured, ActiveBase):
    __tablename__ = "cases"
    __table_args__ = ({"comment": "One row per case, the conversation activities belong to."},)

    case_id: Mapped[int] = term("Key of the case.", Key, primary_key=True)
    department_id: Mapped[int] = term("Department whose alias it began at.", Key)
    customer_id: Mapped[int] = term(
        "Customer who began it; later writers do not change it.",
        Key,
        ForeignKey("customers.customer_id"),
        index=True,
    )
    subject: Mapped[str] = term(
        "Subject of its first activity.", sensitivity=Sensitivity.CONTENT, example="Refund"
    )
    status: Mapped[CaseStatus] = term("open, closed or merged.", Code(CaseStatus), example="open")
    merged_into_case_id: Mapped[int | None] = term(
        "Case that took over its activities when it was merged.", Key
    )
    opened_at: Mapped[datetime] = term("When it was first opened.", unit="instant, UTC")
    closed_at: Mapped[datetime | None] = term(
        "When it was last closed; empty while it is open.", unit="instant, UTC"
    )
    reopened_count: Mapped[int] = term(
        "How often it was opened again after having been closed.", unit="times"
    )


class Activity(Captured, ActiveBase):
    __tablename__ = "activities"
    __table_args__ = (
        Index(
            "ix_activities_status_queue_id_priority_queued_at",
            "status",
            "queue_id",
            "priority",
            "queued_at",
        ),
        Index("ix_activities_agent_id_status", "agent_id", "status"),
        {"comment": "One row per unit of work: an e-mail, a chat, a callback, a task."},
    )

    activity_id: Mapped[int] = term("Key of the activity.", Key, primary_key=True)
    case_id: Mapped[int] = term(
        "Case it belongs to now.", Key, ForeignKey("cases.case_id"), index=True
    )
    department_id: Mapped[int] = term("Department it is worked in.", Key)
    customer_id: Mapped[int] = term(
        "Customer who wrote it.", Key, ForeignKey("customers.customer_id"), index=True
    )
    contact_point_id: Mapped[int | None] = term(
        "Contact point it came from.", Key, ForeignKey("contact_points.contact_point_id")
    )
    alias_id: Mapped[int | None] = term("Alias it arrived at, for e-mail.", Key)
    queue_id: Mapped[int | None] = term("Queue it waits in, or last waited in.", Key)
    agent_id: Mapped[int | None] = term(
        "Agent it is offered to or who holds it; the last one when completed.", Key
    )
    offer_id: Mapped[int | None] = term("Offer that waits for an answer.", Key)
    subject: Mapped[str] = term(
        "Subject line, as it came.",
        sensitivity=Sensitivity.CONTENT,
        example="Refund for order 1842",
    )
    media: Mapped[Media] = term("Kind of work: email, chat, callback, task.", Code(Media))
    mode: Mapped[Mode] = term("inbound: the customer began; outbound: we did.", Code(Mode))
    status: Mapped[ActivityStatus] = term(
        "new, queued, offered, assigned or completed.", Code(ActivityStatus), example="queued"
    )
    priority: Mapped[int] = term("Rank in its queue; 1 first.", unit="rank 1 to 7", example="4")
    created_at: Mapped[datetime] = term(
        "When it came to be known here: for e-mail, when the message was received.",
        unit="instant, UTC",
    )
    queued_at: Mapped[datetime | None] = term(
        "When it entered the queue it is in or was last in.", unit="instant, UTC"
    )
    assigned_at: Mapped[datetime | None] = term("When an agent last took it.", unit="instant, UTC")
    first_response_at: Mapped[datetime | None] = term(
        "When an agent's first answer was handed to the outbox; automatic answers do not count.",
        unit="instant, UTC",
    )
    completed_at: Mapped[datetime | None] = term(
        "When it was completed; empty while it is open.", unit="instant, UTC"
    )
