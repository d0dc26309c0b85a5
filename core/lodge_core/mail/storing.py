"""Write mails that were placed: the activity by its event, the message and all it names by rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert

from lodge_core.mail.parsing import Address
from lodge_core.mail.placing import Placed
from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import ActivityCreated
from lodge_platform.schema import ActiveBase
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ActorKind, Media, Mode

_PRIORITY = 4


def store(recorder: Recorder, placed: Sequence[Placed]) -> None:
    """Write the activities, messages, recipients, references and attachments of the group."""
    if not placed:
        return
    for one in placed:
        _record_activity(recorder, one)
    recorder.flush()
    email_ids = allocate(recorder.connection, "emails", len(placed))
    pairs = list(zip(placed, email_ids, strict=True))
    _insert(recorder.connection, "emails", [_email(p, key, recorder.now) for p, key in pairs])
    for table, rows_of in (
        ("email_recipients", _recipients),
        ("email_references", _references),
        ("attachments", _attachments),
    ):
        rows = [row for p, key in pairs for row in rows_of(p, key)]
        _insert(recorder.connection, table, rows)


def _record_activity(recorder: Recorder, one: Placed) -> None:
    incoming = one.read.incoming
    recorder.record(
        ActivityCreated(
            case_id=one.case_id,
            department_id=incoming.department_id,
            customer_id=one.customer.customer_id,
            contact_point_id=one.customer.contact_point_id,
            alias_id=incoming.alias_id,
            subject=one.read.mail.subject,
            media=Media.EMAIL,
            mode=Mode.INBOUND,
            priority=_PRIORITY,
        ),
        one.activity_id,
        actor=Actor(ActorKind.CUSTOMER, one.customer.customer_id),
        occurred_at=incoming.received_at,
        source_at=one.read.mail.date,
        department_id=incoming.department_id,
        case_id=one.case_id,
        activity_id=one.activity_id,
    )


def _email(one: Placed, email_id: int, now: datetime) -> dict[str, Any]:
    mail, incoming = one.read.mail, one.read.incoming
    author = mail.from_[0] if mail.from_ else Address("", "")
    return {
        "email_id": email_id,
        "activity_id": one.activity_id,
        "department_id": incoming.department_id,
        "alias_id": incoming.alias_id,
        "message_id": one.message_id,
        "direction": Mode.INBOUND,
        "subject": mail.subject,
        "from_address": author.address,
        "from_name": author.name,
        "text_body": mail.text,
        "html_body": mail.html,
        "reply_text": mail.reply_text,
        "automatic_kind": mail.auto.kind.value,
        "automatic_evidence": mail.auto.evidence,
        "problems": list(mail.problems),
        "parser_version": mail.parser_version,
        "raw_sha256": one.read.raw_sha256,
        "size_bytes": len(incoming.raw),
        "threading_rule": one.placement.rule.value,
        "threading_message_id": one.placement.evidence,
        "sent_at": mail.date,
        "received_at": incoming.received_at,
        "stored_at": now,
    }


def _recipients(one: Placed, email_id: int) -> list[dict[str, Any]]:
    mail = one.read.mail
    return [
        {
            "email_id": email_id,
            "field": field,
            "position": position,
            "address": address.address,
            "name": address.name,
        }
        for field, addresses in (("to", mail.to), ("cc", mail.cc), ("reply_to", mail.reply_to))
        for position, address in enumerate(addresses)
    ]


def _references(one: Placed, email_id: int) -> list[dict[str, Any]]:
    mail = one.read.mail
    answered = [mail.in_reply_to] if mail.in_reply_to else []
    return [
        {"email_id": email_id, "message_id": name, "field": field, "position": position}
        for field, names in (("references", mail.references), ("in_reply_to", answered))
        for position, name in enumerate(names)
    ]


def _attachments(one: Placed, email_id: int) -> list[dict[str, Any]]:
    return [
        {
            "email_id": email_id,
            "activity_id": one.activity_id,
            "filename": attachment.filename or f"attachment-{number}",
            "content_type": attachment.content_type,
            "content_id": attachment.content_id,
            "sha256": attachment.sha256,
            "size_bytes": attachment.size,
            "is_inline": attachment.is_inline,
        }
        for number, attachment in enumerate(one.read.mail.attachments, start=1)
    ]


def _insert(connection: Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        target: Table = ActiveBase.metadata.tables[table]
        connection.execute(insert(target), list(rows))
