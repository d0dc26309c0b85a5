"""The mailbox ledger, and what waits in quarantine."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Code, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import LedgerOutcome, QuarantineStatus, Sensitivity

_UNSETTLED = text("server_action is null")


class MailLedgerLine(Captured, ActiveBase):
    __tablename__ = "mail_ledger"
    __table_args__ = (
        UniqueConstraint("alias_id", "folder", "uid_validity", "uid"),
        Index("ix_mail_ledger_alias_id_raw_sha256", "alias_id", "raw_sha256"),
        Index("ix_mail_ledger_outcome", "outcome"),
        Index(
            "ix_mail_ledger_unsettled",
            "alias_id",
            "folder",
            sqlite_where=_UNSETTLED,
            postgresql_where=_UNSETTLED,
        ),
        {"comment": "One row per message seen at a mail source, whatever became of it."},
    )

    mail_ledger_id: Mapped[int] = term("Key of the line.", Key, primary_key=True)
    alias_id: Mapped[int] = term("Alias whose source it was seen at.", Key)
    department_id: Mapped[int] = term("Department of the alias.", Key)
    folder: Mapped[str] = term("Folder of the source.", example="INBOX")
    uid_validity: Mapped[str] = term(
        "The server's UIDVALIDITY; for a Maildir or an import, the word file.", example="1763800000"
    )
    uid: Mapped[str] = term(
        "The message's UID on the server; for a file, its name.", example="1842"
    )
    raw_sha256: Mapped[str | None] = term(
        "SHA-256 of the raw bytes; empty until they were fetched.", unit="64 hexadecimal digits"
    )
    size_bytes: Mapped[int | None] = term("Size of the raw message.", BigInteger, unit="bytes")
    outcome: Mapped[LedgerOutcome] = term(
        "seen: not dealt with yet; stored; quarantined; ignored.", Code(LedgerOutcome)
    )
    reason: Mapped[str | None] = term(
        "Why it was ignored or quarantined.", example="duplicate of ledger line 17"
    )
    activity_id: Mapped[int | None] = term("Activity it became.", Key)
    quarantine_id: Mapped[int | None] = term("Quarantine line it waits in.", Key)
    seen_at: Mapped[datetime] = term("When it was first seen.", unit="instant, UTC")
    received_at: Mapped[datetime | None] = term(
        "When the mail server got it, as the server says.", unit="instant, UTC"
    )
    decided_at: Mapped[datetime | None] = term("When its outcome was decided.", unit="instant, UTC")
    server_action: Mapped[str | None] = term(
        "What was done with it at the source after our commit: leave, seen, move, delete, gone.",
        example="seen",
    )
    server_action_at: Mapped[datetime | None] = term("When that was done.", unit="instant, UTC")


class QuarantinedInput(Captured, ActiveBase):
    __tablename__ = "quarantine"
    __table_args__ = ({"comment": "One row per input that could not be taken in."},)

    quarantine_id: Mapped[int] = term("Key of the line.", Key, primary_key=True)
    department_id: Mapped[int | None] = term("Department it was meant for, where known.", Key)
    alias_id: Mapped[int | None] = term("Alias it came in by, for mail.", Key)
    stage: Mapped[str] = term("Where it stopped: fetch, parse, store.", example="parse")
    reason_code: Mapped[str] = term("Short reason, always the same word.", example="no_content")
    detail: Mapped[str] = term(
        "What exactly went wrong.", sensitivity=Sensitivity.CONTENT, example="the message is empty"
    )
    raw_sha256: Mapped[str | None] = term(
        "SHA-256 of its bytes, under which the file server keeps them.",
        unit="64 hexadecimal digits",
    )
    size_bytes: Mapped[int] = term("Size of its bytes.", BigInteger, unit="bytes")
    status: Mapped[QuarantineStatus] = term(
        "waiting, taken_in or dismissed.", Code(QuarantineStatus)
    )
    attempts: Mapped[int] = term("How often it was tried.", unit="tries")
    quarantined_at: Mapped[datetime] = term("When it was put here.", unit="instant, UTC")
    retried_at: Mapped[datetime | None] = term("When it was last tried again.", unit="instant, UTC")
    activity_id: Mapped[int | None] = term("Activity it became after a retry.", Key)
