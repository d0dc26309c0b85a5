"""What work is measured and classified by: calendars, policies, categories, custom attributes."""

from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import Code, Json, Key, MasterBase, Versioned
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import AttributeType, Media, Sensitivity


class Calendar(Versioned, MasterBase):
    __tablename__ = "calendars"
    __table_args__ = ({"comment": "One row per business calendar."},)

    calendar_id: Mapped[int] = term("Key of the calendar.", Key, primary_key=True)
    department_id: Mapped[int] = term(
        "Department that owns it.", Key, ForeignKey("departments.department_id")
    )
    name: Mapped[str] = term("Name of the calendar.", unique=True, example="Office hours")
    time_zone: Mapped[str] = term("Zone its times are in, an IANA name.", example="Europe/Berlin")
    hours: Mapped[dict[str, Any]] = term(
        "Open times by day of the week, start to end.",
        Json,
        example='{"mon": {"09:00": "17:00"}}',
    )
    holidays: Mapped[list[Any]] = term(
        "Days on which it is closed.", Json, server_default=text("'[]'"), example='["2026-12-25"]'
    )
    shifts: Mapped[dict[str, Any]] = term(
        "Days with other hours, by date.", Json, server_default=text("'{}'")
    )
    breaks: Mapped[dict[str, Any]] = term(
        "Times closed within open ones, by date or day of the week.",
        Json,
        server_default=text("'{}'"),
    )


class Policy(Versioned, MasterBase):
    __tablename__ = "policies"
    __table_args__ = (
        {"comment": "One row per promise of service: how soon an answer, how soon an end."},
    )

    policy_id: Mapped[int] = term("Key of the policy.", Key, primary_key=True)
    department_id: Mapped[int] = term(
        "Department that owns it.", Key, ForeignKey("departments.department_id")
    )
    name: Mapped[str] = term("Name of the policy.", unique=True, example="Gold")
    calendar_id: Mapped[int | None] = term(
        "Calendar its times run by; empty: day and night.",
        Key,
        ForeignKey("calendars.calendar_id"),
    )
    first_response_seconds: Mapped[int | None] = term(
        "Time to the first answer; empty: none promised.", unit="seconds of open time"
    )
    resolution_seconds: Mapped[int | None] = term(
        "Time to completion; empty: none promised.", unit="seconds of open time"
    )
    is_active: Mapped[bool] = term("Whether it is promised.", default=True)


class EntryPoint(Versioned, MasterBase):
    __tablename__ = "entry_points"
    __table_args__ = ({"comment": "One row per place where chats or callbacks start."},)

    entry_point_id: Mapped[int] = term("Key of the entry point.", Key, primary_key=True)
    department_id: Mapped[int] = term(
        "Department that owns it.", Key, ForeignKey("departments.department_id")
    )
    name: Mapped[str] = term("Name of the entry point.", unique=True, example="Web shop")
    media: Mapped[Media] = term("Kind of work that starts there.", Code(Media), example="chat")
    queue_id: Mapped[int] = term("Queue its work goes to.", Key, ForeignKey("queues.queue_id"))
    allowed_origins: Mapped[list[Any]] = term(
        "Origins of the pages that may use it; none: no page may.",
        Json,
        server_default=text("'[]'"),
        example='["https://shop.example.org"]',
    )
    is_active: Mapped[bool] = term("Whether it takes anybody in.", default=True)


class Category(Versioned, MasterBase):
    __tablename__ = "categories"
    __table_args__ = ({"comment": "One row per category that activities are classified under."},)

    category_id: Mapped[int] = term("Key of the category.", Key, primary_key=True)
    department_id: Mapped[int] = term(
        "Department that owns it.", Key, ForeignKey("departments.department_id")
    )
    name: Mapped[str] = term("Name of the category.", unique=True, example="Refunds")
    parent_category_id: Mapped[int | None] = term(
        "Category it is part of.", Key, ForeignKey("categories.category_id")
    )
    is_active: Mapped[bool] = term("Whether it may still be used.", default=True)


class ResolutionCode(Versioned, MasterBase):
    __tablename__ = "resolution_codes"
    __table_args__ = ({"comment": "One row per word that says how an activity ended."},)

    resolution_code_id: Mapped[int] = term("Key of the resolution code.", Key, primary_key=True)
    department_id: Mapped[int] = term(
        "Department that owns it.", Key, ForeignKey("departments.department_id")
    )
    name: Mapped[str] = term("Word by which people choose it.", unique=True, example="Refunded")
    is_active: Mapped[bool] = term("Whether it may still be used.", default=True)


class CustomAttribute(Versioned, MasterBase):
    __tablename__ = "custom_attributes"
    __table_args__ = (
        UniqueConstraint("object_type", "name"),
        {"comment": "One row per attribute that this installation added."},
    )

    custom_attribute_id: Mapped[int] = term("Key of the attribute.", Key, primary_key=True)
    object_type: Mapped[str] = term("What has it: activity, case or customer.", example="activity")
    name: Mapped[str] = term("Name in the API, in filters and in SQL.", example="order_number")
    label: Mapped[str] = term("Name on pages.", example="Order number")
    attribute_type: Mapped[AttributeType] = term(
        "text, integer, number, boolean, date, instant or choice.",
        Code(AttributeType),
        example="text",
    )
    choices: Mapped[list[Any]] = term(
        "Values allowed, for a choice.", Json, server_default=text("'[]'")
    )
    is_required: Mapped[bool] = term("Whether completion asks for it.", default=False)
    sensitivity: Mapped[Sensitivity] = term(
        "Who may see its values: open, personal or content.",
        Code(Sensitivity),
        default=Sensitivity.OPEN,
        example="open",
    )
    is_active: Mapped[bool] = term("Whether it may still be given.", default=True)
