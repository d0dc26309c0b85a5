"""E-mail messages as parsed, whom they name, what they refer to, and what is attached."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Code, Json, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Mode, Sensitivity

_CONTENT = Sensitivity.CONTENT
_PERSONAL = Sensitivity.PERSONAL


class Email(Captured, ActiveBase):
    __tablename__ = "emails"
    __table_args__ = (
        Index("ix_emails_alias_id_raw_sha256", "alias_id", "raw_sha256"),
        {"comment": "One row per e-mail message, received or written by an agent."},
    )

    email_id: Mapped[int] = term("Key of the message.", Key, primary_key=True)
    activity_id: Mapped[int] = term(
        "Activity it belongs to.", Key, ForeignKey("activities.activity_id"), index=True
    )
    department_id: Mapped[int] = term("Department of the alias.", Key)
    alias_id: Mapped[int] = term("Alias it arrived at or was sent as.", Key)
    in_reply_to_email_id: Mapped[int | None] = term(
        "Message it answers, for what an agent wrote.", Key
    )
    message_id: Mapped[str] = term(
        "Message-ID without brackets; made from the content's hash where a message has none.",
        index=True,
        example="1842@example.org",
    )
    direction: Mapped[Mode] = term("inbound: to us; outbound: from us.", Code(Mode))
    subject: Mapped[str] = term("Subject line, decoded.", sensitivity=_CONTENT)
    from_address: Mapped[str] = term(
        "Address of the first author; empty where the message names none.",
        sensitivity=_PERSONAL,
        example="ada@example.org",
    )
    from_name: Mapped[str] = term("Name beside that address.", sensitivity=_PERSONAL)
    text_body: Mapped[str | None] = term("Plain text body.", sensitivity=_CONTENT)
    html_body: Mapped[str | None] = term(
        "HTML body as received; it is sanitised whenever it is shown.", sensitivity=_CONTENT
    )
    reply_text: Mapped[str | None] = term(
        "The visible reply, without quotation and signature: a view, never the only copy.",
        sensitivity=_CONTENT,
    )
    automatic_kind: Mapped[str] = term(
        "none, auto_reply, bounce, list, bulk or challenge.", example="none"
    )
    automatic_evidence: Mapped[str | None] = term(
        "Header or text that says so.",
        sensitivity=_CONTENT,
        example="Auto-Submitted: auto-replied",
    )
    problems: Mapped[list[Any]] = term(
        "Codes of what was wrong with the message.", Json, example='["no_date"]'
    )
    parser_version: Mapped[int] = term("Version of the parser that read it.", example="1")
    raw_sha256: Mapped[str] = term(
        "SHA-256 of the raw bytes, under which the file server keeps them.",
        index=True,
        unit="64 hexadecimal digits",
    )
    size_bytes: Mapped[int] = term("Size of the raw message.", BigInteger, unit="bytes")
    threading_rule: Mapped[str] = term(
        "Why it is in its case: new, references, in_reply_to, shared_reference, answer.",
        example="references",
    )
    threading_message_id: Mapped[str | None] = term(
        "Message-ID that linked it to its case: the evidence.", example="1841@example.org"
    )
    sent_at: Mapped[datetime | None] = term(
        "Inbound: the instant its Date header claims. Outbound: when the sending server took it.",
        unit="instant, UTC",
    )
    received_at: Mapped[datetime | None] = term(
        "When our mail server got it; empty for what we sent.", unit="instant, UTC"
    )
    stored_at: Mapped[datetime] = term("When Lodge committed it.", unit="instant, UTC")


class EmailRecipient(Captured, ActiveBase):
    __tablename__ = "email_recipients"
    __table_args__ = ({"comment": "One row per address named in To, Cc, Bcc or Reply-To."},)

    email_recipient_id: Mapped[int] = term("Key of the line.", Key, primary_key=True)
    email_id: Mapped[int] = term(
        "Message it belongs to.", Key, ForeignKey("emails.email_id"), index=True
    )
    field: Mapped[str] = term("to, cc, bcc or reply_to.", example="to")
    position: Mapped[int] = term("Place in that field, from 0.")
    address: Mapped[str] = term("Address as written.", sensitivity=_PERSONAL)
    name: Mapped[str] = term("Name beside the address.", sensitivity=_PERSONAL)


class EmailReference(Captured, ActiveBase):
    __tablename__ = "email_references"
    __table_args__ = ({"comment": "One row per Message-ID a message refers to."},)

    email_reference_id: Mapped[int] = term("Key of the line.", Key, primary_key=True)
    email_id: Mapped[int] = term(
        "Message that refers.", Key, ForeignKey("emails.email_id"), index=True
    )
    message_id: Mapped[str] = term("Message-ID referred to, without brackets.", index=True)
    field: Mapped[str] = term("references or in_reply_to.", example="references")
    position: Mapped[int] = term("Place in the header, from 0.")


class Attachment(Captured, ActiveBase):
    __tablename__ = "attachments"
    __table_args__ = (
        {"comment": "One row per file attached to a message, an activity or an article."},
    )

    attachment_id: Mapped[int] = term("Key of the attachment.", Key, primary_key=True)
    email_id: Mapped[int | None] = term(
        "Message it came with; empty for a file that people attached.",
        Key,
        ForeignKey("emails.email_id"),
        index=True,
    )
    activity_id: Mapped[int | None] = term(
        "Activity of the message, or that the file was attached to.",
        Key,
        ForeignKey("activities.activity_id"),
        index=True,
    )
    article_id: Mapped[int | None] = term(
        "Article that the file was attached to.",
        Key,
        ForeignKey("articles.article_id"),
        index=True,
    )
    added_by_user_id: Mapped[int | None] = term("User who attached it, where one did.", Key)
    filename: Mapped[str] = term(
        "Name the sender gave it: a label, never a path.", sensitivity=_CONTENT
    )
    content_type: Mapped[str] = term("Type the sender claimed.", example="application/pdf")
    content_id: Mapped[str | None] = term("Content-ID by which the HTML body names it.")
    sha256: Mapped[str] = term(
        "SHA-256 of its bytes, under which the file server keeps them.",
        unit="64 hexadecimal digits",
    )
    size_bytes: Mapped[int] = term("Size of its bytes.", BigInteger, unit="bytes")
    is_inline: Mapped[bool] = term("Whether it is shown within the body.")
    added_at: Mapped[datetime | None] = term(
        "When a user attached it; empty for what came with a message.", unit="instant, UTC"
    )
    deleted_at: Mapped[datetime | None] = term(
        "When it was taken away; its bytes stay.", unit="instant, UTC"
    )
