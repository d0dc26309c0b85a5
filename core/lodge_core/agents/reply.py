"""An agent answers by mail: the message, its place in the outbox and its event, in one commit."""

from datetime import datetime
from secrets import token_hex
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select

from lodge_core.agents import compose
from lodge_core.agents.answering import Inbound, read_inbound, read_sender, recipients_of
from lodge_core.agents.compose import Mailbox
from lodge_core.agents.work import record_completion, refuse_unless_held
from lodge_core.mail.outgoing import EMAIL_SEND, OutgoingMail, to_payload
from lodge_core.mail.parsing import PARSER_VERSION
from lodge_core.routing.claims import context_of, lock_with_case
from lodge_core.routing.configuration import configuration_of
from lodge_platform.errors import NotFoundError
from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import ReplyWritten
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import (
    Activity,
    Email,
    EmailRecipient,
    EmailReference,
    OutboxMessage,
)
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ActorKind, Mode, OutboxStatus


class _Written(msgspec.Struct, frozen=True):
    """A reply ready to be stored; its raw bytes are with the file server already."""

    inbound: Inbound
    sender: Mailbox
    recipients: list[Mailbox]
    message_id: str
    text: str
    raw_sha256: str
    size_bytes: int


def reply(
    lodge: Lodge,
    activity_id: int,
    *,
    agent_id: int,
    text: str,
    now: datetime,
    is_complete: bool = True,
) -> int:
    """Answer the activity's mail and give the key of the answer; complete it if asked.

    Raises ForbiddenError when somebody else holds it, ConflictError when nobody does, RefusedError
    for an empty text or a mail without an address to answer to.
    """
    configuration = configuration_of(lodge.stores.master)
    configuration.active_agent(agent_id)
    written = _write(lodge, activity_id, agent_id=agent_id, text=text, now=now)
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        activity = lock_with_case(connection, activity_id)
        refuse_unless_held(activity, agent_id=agent_id)
        email_id = _store(connection, activity, written, now)
        outbox_id = _hand_over(connection, activity, written, email_id=email_id, now=now)
        answered = recorder.record(
            ReplyWritten(
                email_id=email_id,
                outbox_id=outbox_id,
                is_first_response=activity.first_response_at is None,
            ),
            activity_id,
            actor=Actor(ActorKind.AGENT, agent_id),
            **context_of(activity),
        )
        if is_complete:
            record_completion(recorder, activity, caused_by=answered)
        recorder.flush()
    wake(lodge, Topic.OUTBOX, Topic.ACTIVITY_CHANGED)
    return email_id


def _write(lodge: Lodge, activity_id: int, *, agent_id: int, text: str, now: datetime) -> _Written:
    """Compose the message and keep its bytes; unused bytes, if we lose a race, harm nobody."""
    activities = Activity.__table__
    with lodge.stores.active.read() as connection:
        activity = connection.execute(
            select(activities).where(activities.c.activity_id == activity_id)
        ).one_or_none()
        if activity is None:
            raise NotFoundError(f"no activity {activity_id}")
        refuse_unless_held(activity, agent_id=agent_id)
        inbound = read_inbound(connection, activity_id)
    sender = read_sender(lodge.stores.master, inbound.alias_id)
    recipients = recipients_of(inbound, sender)
    message_id = f"{token_hex(16)}@{sender.domain}"
    raw = compose.build_reply(
        inbound.answered,
        text,
        message_id=message_id,
        sender=sender.mailbox,
        recipients=recipients,
        now=now,
    )
    sha256 = lodge.files.put(raw)
    return _Written(inbound, sender.mailbox, recipients, message_id, text, sha256, len(raw))


def _store(connection: Connection, activity: Row[Any], written: _Written, now: datetime) -> int:
    [email_id] = allocate(connection, "emails")
    answered = written.inbound.answered
    row: dict[str, Any] = {
        "email_id": email_id,
        "activity_id": activity.activity_id,
        "department_id": activity.department_id,
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


def _insert_named(connection: Connection, written: _Written, email_id: int) -> None:
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


def _hand_over(
    connection: Connection, activity: Row[Any], written: _Written, *, email_id: int, now: datetime
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
