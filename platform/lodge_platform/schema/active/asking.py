"""What callers read of sensitive data, and requests that must not be done twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Json, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Sensitivity


class AccessRecord(Captured, ActiveBase):
    __tablename__ = "access_records"
    __table_args__ = (
        Index("ix_access_records_user_id_read_at", "user_id", "read_at"),
        {"comment": "One row per read of sensitive data, export or query, kept before the answer."},
    )

    access_record_id: Mapped[int] = term("Key of the record.", Key, primary_key=True)
    user_id: Mapped[int | None] = term("User who read.", Key)
    api_key_id: Mapped[int | None] = term("API key it was read by, where one was.", Key)
    address: Mapped[str | None] = term(
        "Network address it was read from.", sensitivity=Sensitivity.PERSONAL
    )
    kind: Mapped[str] = term("read, export or query.", example="read")
    object_type: Mapped[str] = term("What was read.", example="attachment")
    object_id: Mapped[int | None] = term(
        "Key of what was read, where it was one thing.", BigInteger
    )
    detail: Mapped[str | None] = term(
        "The filter, the query, or the fields.", sensitivity=Sensitivity.CONTENT
    )
    row_count: Mapped[int | None] = term("Rows handed out.", unit="rows")
    read_at: Mapped[datetime] = term("When it was asked for.", unit="instant, UTC")


class IdempotencyKey(ActiveBase):
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
        "Body that was answered.", LargeBinary, sensitivity=Sensitivity.CONTENT
    )
    created_at: Mapped[datetime] = term(
        "When it was first answered.", unit="instant, UTC", index=True
    )
