"""The service `mail_dispatcher`: sends what waits in the outbox, and says how each ended.

A line is claimed, begun, sent and ended; claim, beginning and end are each a commit: a kill at any
instant leaves a line that was never begun, which is sent later, or one that perhaps was sent,
which is never sent again by itself.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, select

from lodge_core.mail import outgoing
from lodge_core.mail.aliases import AliasInForce, read_aliases
from lodge_core.mail.smtp import SendOutcome, SendResult, SmtpAccess, send
from lodge_platform.clock import utc_now
from lodge_platform.configuration import version_in_force
from lodge_platform.errors import LodgeError, SetUpError
from lodge_platform.events import Recorder
from lodge_platform.events.catalogue import EmailSendingStopped, EmailSent
from lodge_platform.lodge import Lodge
from lodge_platform.messaging import outbox
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Activity
from lodge_platform.secret_values import secret
from lodge_platform.services import Round, ServiceProcess
from lodge_platform.services.held import holder_name

Clock = Callable[[], datetime]
_AT_ONCE = 20
_STALE_AFTER = timedelta(minutes=2)
_PAUSE_SECONDS = 5.0


class Dispatched(msgspec.Struct):
    """One round: lines claimed, mails sent, and what is wrong where."""

    claimed: int = 0
    sent: int = 0
    troubles: list[str] = msgspec.field(default_factory=list)


def tick(
    lodge: Lodge, now: datetime, *, by: str = "here", clock: Clock | None = None
) -> Dispatched:
    """Send up to 20 mails that are due. Nothing due writes nothing."""
    clock = clock or (lambda: now)
    _release_stale(lodge, by=by, now=now)
    with lodge.stores.active.write() as connection:
        lines = outbox.claim(
            connection, outgoing.EMAIL_SEND, limit=_AT_ONCE, by=by, now=now, begins_later=True
        )
    done = Dispatched(claimed=len(lines))
    if not lines:
        return done
    with lodge.stores.master.read() as master:
        aliases = {alias.alias_id: alias for alias in read_aliases(master)}
        version = version_in_force(master)
    away: dict[int, str] = {}
    for line in lines:
        mail = outgoing.from_payload(line.payload)
        if mail.alias_id in away:
            _give_back(lodge, line, by=by, now=now)
            continue
        result = _send_one(lodge, aliases.get(mail.alias_id), line, mail, by, version, clock)
        done.sent += result.outcome is SendOutcome.SENT
        if result.outcome is not SendOutcome.SENT:
            where = aliases[mail.alias_id].address if mail.alias_id in aliases else "no alias"
            done.troubles.append(f"{where}: {result.reply}")
        if result.outcome is SendOutcome.TRY_AGAIN:
            away[mail.alias_id] = result.reply
    return done


def _send_one(
    lodge: Lodge,
    alias: AliasInForce | None,
    line: Row[Any],
    mail: outgoing.OutgoingMail,
    by: str,
    version: int,
    clock: Clock,
) -> SendResult:
    started_at = clock()
    try:
        access, password = _access(lodge, alias)
        raw = lodge.files.get(mail.raw_sha256)
    except LodgeError as error:
        result = SendResult(SendOutcome.TRY_AGAIN, str(error))
    else:
        with lodge.stores.active.write() as connection:
            outbox.begin(connection, [line.outbox_id], by=by)
        result = send(access, password, mail.envelope_from, mail.recipients, raw)
    attempt = outbox.Attempt(result.outcome.value, result.reply, started_at, clock())
    with lodge.stores.active.write() as connection:
        outbox.finish(connection, line.outbox_id, attempt, by=by)
        recorder = Recorder(connection, now=clock(), configuration_version_id=version)
        _record(recorder, [line], result)
    return result


def _access(lodge: Lodge, alias: AliasInForce | None) -> tuple[SmtpAccess, str]:
    if alias is None:
        raise SetUpError("the alias it is to be sent as is no longer there")
    if not alias.smtp_host:
        raise SetUpError(f"alias {alias.address} names no SMTP host")
    access = SmtpAccess(
        host=alias.smtp_host,
        port=alias.smtp_port,
        encryption=alias.smtp_encryption,
        sign_in_name=alias.smtp_sign_in_name,
        is_certificate_checked=alias.is_certificate_checked,
    )
    named = alias.smtp_secret_name if alias.smtp_sign_in_name else ""
    return access, secret(lodge.settings, named) if named else ""


def _record(recorder: Recorder, lines: Sequence[Row[Any]], result: SendResult) -> None:
    """Note the end of each line, if it has one; the row of the message follows."""
    if result.outcome is SendOutcome.TRY_AGAIN:
        return
    activities = Activity.__table__
    for line in lines:
        activity = recorder.connection.execute(
            select(activities).where(activities.c.activity_id == line.activity_id)
        ).one()
        payload = (
            EmailSent(outbox_id=line.outbox_id, reply=result.reply)
            if result.outcome is SendOutcome.SENT
            else EmailSendingStopped(
                outbox_id=line.outbox_id, outcome=result.outcome.value, reply=result.reply
            )
        )
        recorder.record(
            payload,
            line.object_id,
            department_id=line.department_id,
            case_id=activity.case_id,
            activity_id=line.activity_id,
            queue_id=activity.queue_id,
            agent_id=activity.agent_id,
        )
    recorder.flush()


def _release_stale(lodge: Lodge, *, by: str, now: datetime) -> None:
    with lodge.stores.active.read() as connection:
        if not outbox.has_stale(
            connection, outgoing.EMAIL_SEND, now=now, older_than=_STALE_AFTER, living=[by]
        ):
            return
    with lodge.stores.master.read() as master:
        version = version_in_force(master)
    with lodge.stores.active.write() as connection:
        lines = outbox.release_stale(
            connection, outgoing.EMAIL_SEND, now=now, older_than=_STALE_AFTER, living=[by]
        )
        recorder = Recorder(connection, now=now, configuration_version_id=version)
        result = SendResult(SendOutcome.UNKNOWN, "the sender ended while sending")
        _record(recorder, lines, result)


def _give_back(lodge: Lodge, line: Row[Any], *, by: str, now: datetime) -> None:
    due_at = now + outbox.retry_pause(line.attempts + 1)
    with lodge.stores.active.write() as connection:
        outbox.give_back(connection, [line.outbox_id], by=by, due_at=due_at)


class MailDispatcher:
    """The dispatcher at work under a lease."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge
        self._troubles: list[str] = []

    def tick(self, now: datetime) -> Round:
        """One round; again at once while a full one was sent. Trouble stays until a round sends."""
        done = tick(self._lodge, now, by=holder_name("mail_dispatcher"), clock=utc_now)
        if done.claimed:
            self._troubles = done.troubles
        trouble = "; ".join(dict.fromkeys(self._troubles)) or None
        return Round(0.0 if done.claimed == _AT_ONCE and done.sent else _PAUSE_SECONDS, trouble)


def _build(lodge: Lodge, _instance: str) -> MailDispatcher:
    return MailDispatcher(lodge)


process = ServiceProcess(
    name="mail_dispatcher",
    summary="Sends what waits in the outbox by SMTP.",
    build=_build,
    wakes_on=(Topic.OUTBOX,),
)
