"""Webhooks, and requests that change the configuration and must not do so twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import Json, Key, MasterBase, Versioned
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Sensitivity


class Webhook(Versioned, MasterBase):
    __tablename__ = "webhooks"
    __table_args__ = ({"comment": "One row per address that events are delivered to."},)

    webhook_id: Mapped[int] = term("Key of the webhook.", Key, primary_key=True)
    user_id: Mapped[int] = term(
        "User whose rights say which events it gets.", Key, ForeignKey("users.user_id")
    )
    department_id: Mapped[int] = term(
        "Department whose events it gets.", Key, ForeignKey("departments.department_id")
    )
    name: Mapped[str] = term("What it is for.", unique=True, example="warehouse")
    url: Mapped[str] = term("Where events are posted to.", example="https://hooks.example.org/in")
    event_types: Mapped[list[Any]] = term(
        "Type codes of the events it gets; none named: all.", Json, example='["case_closed"]'
    )
    sealed_secret: Mapped[str] = term(
        "What deliveries are signed with, encrypted.", sensitivity=Sensitivity.SECRET
    )
    is_active: Mapped[bool] = term("Whether events are put in line for it.", default=True)


class MasterIdempotencyKey(MasterBase):
    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("asker", "idempotency_key"),
        {"comment": "One row per request that was sent with an Idempotency-Key, kept for a while."},
    )

    idempotency_key_id: Mapped[int] = term("Key of the row.", Key, primary_key=True)
    asker: Mapped[str] = term("Who sent it: user:KEY or key:KEY.", example="key:4")
    idempotency_key: Mapped[str] = term("The key the sender chose.")
    fingerprint: Mapped[str] = term(
        "SHA-256 of method, path and body: the same key with another request is refused."
    )
    status: Mapped[int] = term("HTTP status that was answered.", example="201")
    headers: Mapped[dict[str, Any]] = term("Headers that were answered.", Json)
    body: Mapped[bytes | None] = term(
        "Body answered; a secret shown once is not in it.",
        LargeBinary,
        sensitivity=Sensitivity.SECRET,
    )
    created_at: Mapped[datetime] = term(
        "When it was first answered.", unit="instant, UTC", index=True
    )
