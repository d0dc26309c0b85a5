"""Cases, and the activities that make them up. Both are projections of `activity_events`."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Code, Json, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import ActivityStatus, CaseStatus, Media, Mode, Sensitivity


class Case(Captured, ActiveBase):
    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_department_id_case_id", "department_id", "case_id"),
        {"comment": "One row per case, the conversation activities belong to."},
    )

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
    owner_id: Mapped[int | None] = term("User who answers for the case.", Key)
    severity: Mapped[str] = term(
        "urgent, high, medium or low.", server_default="medium", example="high"
    )
    description: Mapped[str | None] = term(
        "What it is about, as people wrote it.", sensitivity=Sensitivity.CONTENT
    )
    solution: Mapped[str | None] = term(
        "How it was solved, as people wrote it.", sensitivity=Sensitivity.CONTENT
    )
    due_at: Mapped[datetime | None] = term("When it should be closed.", unit="instant, UTC")
    attributes: Mapped[dict[str, Any]] = term(
        "Custom attributes by name, typed as master's `custom_attributes` declare them.",
        Json,
        server_default=text("'{}'"),
        sensitivity=Sensitivity.CONTENT,
        example='{"order_number": "1842"}',
    )
    deleted_at: Mapped[datetime | None] = term(
        "When it was deleted; the row stays, and is shown to nobody.", unit="instant, UTC"
    )


class CaseRelation(Captured, ActiveBase):
    __tablename__ = "case_relations"
    __table_args__ = (
        UniqueConstraint("case_id", "related_case_id"),
        {"comment": "One row per pair of cases that people called related, the older one first."},
    )

    case_relation_id: Mapped[int] = term("Key of the pair.", Key, primary_key=True)
    case_id: Mapped[int] = term("The older case.", Key, ForeignKey("cases.case_id"))
    related_case_id: Mapped[int] = term(
        "The newer case.", Key, ForeignKey("cases.case_id"), index=True
    )
    related_at: Mapped[datetime] = term("When they were last called related.", unit="instant, UTC")
    ended_at: Mapped[datetime | None] = term(
        "When that was taken back; empty while it holds.", unit="instant, UTC"
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
        Index("ix_activities_department_id_created_at", "department_id", "created_at"),
        Index("ix_activities_department_id_activity_id", "department_id", "activity_id"),
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
    subtype: Mapped[str | None] = term(
        "Finer kind within its media, as people or systems named it.", example="complaint"
    )
    description: Mapped[str | None] = term(
        "What is to be done, for a task.", sensitivity=Sensitivity.CONTENT
    )
    language: Mapped[str | None] = term("Language of the customer, a BCP 47 tag.", example="de")
    is_pinned: Mapped[bool] = term(
        "Whether it stays with its agent when the agent signs out.", server_default=false()
    )
    due_at: Mapped[datetime | None] = term("When it should be completed.", unit="instant, UTC")
    category_ids: Mapped[list[Any]] = term(
        "Keys of the categories it was classified under.",
        Json,
        server_default=text("'[]'"),
        example="[3, 8]",
    )
    resolution_code_ids: Mapped[list[Any]] = term(
        "Keys of the resolution codes it was given.",
        Json,
        server_default=text("'[]'"),
        example="[2]",
    )
    attributes: Mapped[dict[str, Any]] = term(
        "Custom attributes by name, typed as master's `custom_attributes` declare them.",
        Json,
        server_default=text("'{}'"),
        sensitivity=Sensitivity.CONTENT,
        example='{"order_number": "1842"}',
    )
    deleted_at: Mapped[datetime | None] = term(
        "When it was deleted; the row stays, and is shown to nobody.", unit="instant, UTC"
    )
