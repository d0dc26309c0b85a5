"""The rows a reply leaves: the message, whom and what it names, and its line in the outbox."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert

from lodge_core.agents import compose
from lodge_core.agents.answering import Inbound
from lodge_core.agents.compose import Mailbox
from lodge_core.mail.outgoing import EMAIL_SEND, OutgoingMail, to_payload
from lodge_core.mail.parsing import PARSER_VERSION
from lodge_platform.schema.active import Email, EmailRecipient, EmailReference, OutboxMessage
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import Mode, OutboxStatus


class WrittenReply(msgspec.Struct, frozen=True):
    """A reply ready to be stored; its raw bytes are with the file server already."""

    inbound: Inbound
    sender: Mailbox
    recipients: list[Mailbox]
    message_id: str
    text: str
    raw_sha256: str
    size_bytes: int


def store_email(
    connection: Connection, activity: Row[Any], written: WrittenReply, now: datetime
) -> int:
    """Write the message as a row of `emails`, with all it names; the key."""
    [email_id] = allocate(connection, "emails")
    answered = written.inbound.answered
    row: dict[str, Any] = {
        "email_id": email_id,
        "activity_id": activity.activity_id,
        "department_id": written.inbound.department_id,
        "alias_id": written.inbound.alias_id,
        "in_reply_to_email_id": written.inbound.email_id,
        "message_id": written.message_id,
        "direction": Mode.OUTBOUND,
        "subject": compose.reply_subject(answered.subject),
        "from_address": written.sender.address,
        "from_name": written.sender.name,
        "text_body": compose.body_of(answered, written.text),
        "reply_text": compose.plain(written.text).strip(),
        "automatic_kind": "none",
        "problems": [],
        "parser_version": PARSER_VERSION,
        "raw_sha256": written.raw_sha256,
        "size_bytes": written.size_bytes,
        "threading_rule": "answer",
        "threading_message_id": answered.message_id,
        "stored_at": now,
    }
    connection.execute(insert(Email), row)
    _insert_named(connection, written, email_id)
    return email_id


def _insert_named(connection: Connection, written: WrittenReply, email_id: int) -> None:
    recipients = [
        {
            "email_id": email_id,
            "field": "to",
            "position": position,
            "address": one.address,
            "name": one.name,
        }
        for position, one in enumerate(written.recipients)
    ]
    connection.execute(insert(EmailRecipient), recipients)
    answered = written.inbound.answered
    fields = {
        "references": compose.references_of(answered),
        "in_reply_to": [answered.message_id] if answered.message_id else [],
    }
    references = [
        {"email_id": email_id, "field": field, "position": position, "message_id": name}
        for field, names in fields.items()
        for position, name in enumerate(names)
    ]
    if references:
        connection.execute(insert(EmailReference), references)


def hand_over(
    connection: Connection,
    activity: Row[Any],
    written: WrittenReply,
    *,
    email_id: int,
    now: datetime,
) -> int:
    """Put the message in the outbox; the payload is all that sending it needs, for good."""
    [outbox_id] = allocate(connection, "outbox")
    mail = OutgoingMail(
        alias_id=written.inbound.alias_id,
        envelope_from=written.sender.address,
        recipients=[one.address for one in written.recipients],
        raw_sha256=written.raw_sha256,
        message_id=written.message_id,
    )
    row: dict[str, Any] = {
        "outbox_id": outbox_id,
        "topic": EMAIL_SEND,
        "department_id": activity.department_id,
        "activity_id": activity.activity_id,
        "object_id": email_id,
        "payload": to_payload(mail),
        "status": OutboxStatus.WAITING,
        "attempts": 0,
        "created_at": now,
        "due_at": now,
    }
    connection.execute(insert(OutboxMessage), row)
    return outbox_id
