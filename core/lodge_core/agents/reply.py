"""An agent answers by mail: the message, its place in the outbox and its event, in one commit."""

from datetime import datetime
from secrets import token_hex

from sqlalchemy import select

from lodge_core.activities.ending import record_completion, refuse_incomplete
from lodge_core.activities.holding import agent_of, refuse_unless_held
from lodge_core.agents import compose
from lodge_core.agents.answering import read_inbound, read_sender, recipients_of
from lodge_core.agents.reply_rows import WrittenReply, hand_over, store_email
from lodge_core.routing.claims import context_of, lock_with_case
from lodge_core.routing.configuration import configuration_of
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import NotFoundError
from lodge_platform.events import Actor
from lodge_platform.events.catalogue import ReplyWritten
from lodge_platform.events.work import Work, working
from lodge_platform.lodge import Lodge
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
    configuration_of(lodge.stores.master).active_agent(agent_id)
    written = write_reply(lodge, activity_id, agent_id=agent_id, text=text, now=now)
    with working(lodge, actor=Actor(ActorKind.AGENT, agent_id), now=now) as work:
        return send_reply(work, activity_id, written, is_complete=is_complete)


def send_reply(
    work: Work,
    activity_id: int,
    written: WrittenReply,
    *,
    is_complete: bool = True,
    expected: int | None = None,
) -> int:
    """Hand a composed answer to the outbox and give its key; raises as `reply` does."""
    agent_id = agent_of(work)
    connection = work.connection
    activity = lock_with_case(connection, activity_id)
    refuse_unless_held(activity, agent_id=agent_id)
    refuse_stale(activity, expected)
    if is_complete:
        refuse_incomplete(work, activity)
    email_id = store_email(connection, activity, written, work.now)
    outbox_id = hand_over(connection, activity, written, email_id=email_id, now=work.now)
    answered = work.record(
        ReplyWritten(
            email_id=email_id,
            outbox_id=outbox_id,
            is_first_response=activity.first_response_at is None,
        ),
        activity_id,
        **context_of(activity),
    )
    if is_complete:
        record_completion(work, activity, caused_by=answered)
    work.flush()
    work.wakes(Topic.OUTBOX, Topic.ACTIVITY_CHANGED)
    return email_id


def write_reply(
    lodge: Lodge, activity_id: int, *, agent_id: int, text: str, now: datetime
) -> WrittenReply:
    """Compose the message and keep its bytes; unused bytes, if we lose a race, harm nobody."""
    activities = Activity.__table__
    with lodge.stores.active.read() as connection:
        activity = connection.execute(
            select(activities).where(activities.c.activity_id == activity_id)
        ).one_or_none()
        if activity is None or activity.deleted_at is not None:
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
