"""Take mail in: a group of raw messages becomes activities in their cases, in one transaction.

What is decided (which case, which customer, stored or not) is decided on values; then rows,
events and ledger outcomes are written at once. A message that cannot be taken in waits in
quarantine with its bytes; it never holds up the others.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from lodge_core.mail import ledger, quarantine
from lodge_core.mail.incoming import Incoming, ReadMail, TakenIn, Unread
from lodge_core.mail.parsing import Problem, parse_mail
from lodge_core.mail.placing import Placed, place
from lodge_core.mail.storing import store
from lodge_platform.configuration import version_in_force
from lodge_platform.errors import LodgeError, TryAgainError
from lodge_platform.events import Recorder
from lodge_platform.files import sha256_of
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import LedgerOutcome

_Read = ReadMail | Unread


def take_in(
    lodge: Lodge, messages: Sequence[Incoming], *, now: datetime, settled_as: str | None = None
) -> TakenIn:
    """Keep the bytes, parse, and commit all of the group; `settled_as` notes that nothing more is
    to be done at the source.

    Raises TryAgainError when a store is away: then nothing of the group is decided, and its
    ledger lines stay as they were.
    """
    with ThreadPoolExecutor(1) as pool:  # keeping waits for the disk, parsing for nobody
        kept = pool.submit(lodge.files.put_many, [message.raw for message in messages])
        read = [_read(message) for message in messages]
        kept.result()
    mails = [one.mail for one in read if isinstance(one, ReadMail)]
    lodge.files.put_many([content for mail in mails for content in mail.attachment_contents])
    try:
        return _commit(lodge, read, now=now, settled_as=settled_as)
    except TryAgainError:
        raise
    except (DBAPIError, LodgeError):
        return _one_by_one(lodge, read, now=now, settled_as=settled_as)


def _read(message: Incoming) -> _Read:
    name = sha256_of(message.raw)
    if not message.raw.strip():
        return Unread(message, name, "parse", "empty", "the message has no content")
    mail = parse_mail(message.raw)
    for problem in mail.problems:
        if problem.startswith(Problem.PARSER_FAILED):
            return Unread(message, name, "parse", "parse_failed", problem)
    return ReadMail(message, name, mail)


def _commit(
    lodge: Lodge, read: Sequence[_Read], *, now: datetime, settled_as: str | None
) -> TakenIn:
    with lodge.stores.master.read() as master:
        version = version_in_force(master)
    with lodge.stores.active.write() as connection:
        open_lines = ledger.lock_undecided(connection, [one.incoming for one in read])
        here = [one for one in read if one.incoming.line_id in open_lines]
        recorder = Recorder(connection, now=now, configuration_version_id=version)
        return _decide_and_write(recorder, here, settled_as=settled_as)


def _decide_and_write(
    recorder: Recorder, read: Sequence[_Read], *, settled_as: str | None
) -> TakenIn:
    unread = [one for one in read if isinstance(one, Unread)]
    placed = place(recorder, [one for one in read if isinstance(one, ReadMail)])
    stored = [one for one in placed if isinstance(one, Placed)]
    ignored = [one for one in placed if not isinstance(one, Placed)]
    store(recorder, stored)
    quarantined = quarantine.put(recorder, unread)
    decisions = [
        *(_decision(p.read, LedgerOutcome.STORED, activity_id=p.activity_id) for p in stored),
        *(_decision(i.read, LedgerOutcome.IGNORED, reason=i.reason) for i in ignored),
        *(
            _decision(
                one,
                LedgerOutcome.QUARANTINED,
                reason=one.reason_code,
                quarantine_id=quarantined[one.incoming.line_id],
            )
            for one in unread
        ),
    ]
    settled = {
        "server_action": settled_as,
        "server_action_at": recorder.now if settled_as else None,
    }
    ledger.decide(
        recorder.connection,
        [decision | settled | {"decided_at": recorder.now} for decision in decisions],
    )
    quarantine.leave(recorder, stored, ignored)
    return TakenIn(len(stored), len(ignored), len(unread))


def _decision(
    read: _Read,
    outcome: LedgerOutcome,
    *,
    reason: str | None = None,
    activity_id: int | None = None,
    quarantine_id: int | None = None,
) -> dict[str, Any]:
    return {
        "line_id": read.incoming.line_id,
        "raw_sha256": read.raw_sha256,
        "size_bytes": len(read.incoming.raw),
        "received_at": read.incoming.received_at,
        "outcome": outcome,
        "reason": reason,
        "activity_id": activity_id,
        "quarantine_id": quarantine_id or read.incoming.quarantine_id,
    }


def _one_by_one(
    lodge: Lodge, read: Sequence[_Read], *, now: datetime, settled_as: str | None
) -> TakenIn:
    """After a group failed: each on its own, so that only the one at fault goes to quarantine."""
    total = TakenIn()
    for one in read:
        try:
            total.add(_commit(lodge, [one], now=now, settled_as=settled_as))
        except TryAgainError:
            raise
        except (DBAPIError, LodgeError) as error:
            failed = Unread(one.incoming, one.raw_sha256, "store", "store_failed", _said(error))
            total.add(_commit(lodge, [failed], now=now, settled_as=settled_as))
    return total


def _said(error: Exception) -> str:
    origin = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(origin).__name__}: {origin}"[:500].replace("\x00", "")
