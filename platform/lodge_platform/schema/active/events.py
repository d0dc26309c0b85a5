"""The book: one row for everything that happened. Appended to, never edited."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Code, Json, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import ActorKind, Sensitivity


class ActivityEvent(Captured, ActiveBase):
    __tablename__ = "activity_events"
    __table_args__ = (
        Index("ix_activity_events_object_type_object_id", "object_type", "object_id"),
        Index("ix_activity_events_activity_id", "activity_id"),
        {"comment": "One row per thing that happened; rows of other tables follow from these."},
    )

    event_id: Mapped[int] = term("Key of the event.", Key, primary_key=True)
    type_code: Mapped[str] = term("What happened, in the past tense.", example="activity_queued")
    object_type: Mapped[str] = term(
        "Kind of thing it happened to: activity, case, customer, contact_point, offer, "
        "agent_state, email.",
        example="activity",
    )
    object_id: Mapped[int] = term("Key of the thing it happened to.", BigInteger)
    department_id: Mapped[int | None] = term("Department it happened in.", Key)
    case_id: Mapped[int | None] = term("Case at that time.", Key)
    activity_id: Mapped[int | None] = term("Activity it concerns, if any.", Key)
    queue_id: Mapped[int | None] = term("Queue of the activity at that time.", Key)
    agent_id: Mapped[int | None] = term(
        "Agent concerned at that time: who was offered it, took it, holds it.", Key
    )
    actor_kind: Mapped[ActorKind] = term(
        "Who did it: customer, agent, bot, rule or system.", Code(ActorKind)
    )
    actor_id: Mapped[int | None] = term("Key of the customer, user or workflow who did it.", Key)
    caused_by_event_id: Mapped[int | None] = term("Event that led to this one.", Key)
    configuration_version_id: Mapped[int] = term(
        "Configuration in force when it was decided: the highest change known.", Key
    )
    payload: Mapped[dict[str, Any]] = term(
        "Typed particulars, as the event catalogue declares them.",
        Json,
        sensitivity=Sensitivity.CONTENT,
        example='{"queue_id": 7, "reason": "workflow"}',
    )
    occurred_at: Mapped[datetime] = term("When it happened, for every figure.", unit="instant, UTC")
    recorded_at: Mapped[datetime] = term("When Lodge wrote it down.", unit="instant, UTC")
    source_at: Mapped[datetime | None] = term(
        "When an outside source claims it happened, such as a Date header.", unit="instant, UTC"
    )


class ActiveTombstone(ActiveBase):
    __tablename__ = "tombstones"
    __table_args__ = ({"comment": "One row per deleted row of a captured table."},)

    tombstone_id: Mapped[int] = term("Key of the tombstone.", Key, primary_key=True)
    table_name: Mapped[str] = term("Table the row was in.", example="attachments")
    row_key: Mapped[dict[str, Any]] = term(
        "Primary key of the row as JSON.", Json, example='{"attachment_id": 4}'
    )
    deleted_at: Mapped[datetime] = term("When it was deleted.", unit="instant, UTC")
    change_no: Mapped[int] = term(
        "Number of the change that deleted it.", BigInteger, index=True, example="991"
    )
