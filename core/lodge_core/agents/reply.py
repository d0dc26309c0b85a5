"""An agent answers by mail: the message, its place in the outbox and its event, in one commit."""

from datetime import datetime
from secrets import token_hex

from sqlalchemy import select

from lodge_core.agents import compose
from lodge_core.agents.answering import read_inbound, read_sender, recipients_of
from lodge_core.agents.reply_rows import WrittenReply, hand_over, store_email
from lodge_core.agents.work import record_completion, refuse_unless_held
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
)
from lodge_platform.vocabulary import ActorKind


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
        email_id = store_email(connection, activity, written, now)
        outbox_id = hand_over(connection, activity, written, email_id=email_id, now=now)
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


def _write(
    lodge: Lodge, activity_id: int, *, agent_id: int, text: str, now: datetime
) -> WrittenReply:
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
    return WrittenReply(inbound, sender.mailbox, recipients, message_id, text, sha256, len(raw))
