"""The mailbox ledger: a line for every message seen, before anything else is done with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lodge_core.mail.incoming import Incoming
from lodge_platform.schema.active import MailLedgerLine
from lodge_platform.vocabulary import LedgerOutcome

LEDGER = MailLedgerLine.__table__
_CHUNK = 500


class Folder(msgspec.Struct, frozen=True):
    """One folder of one alias' source within one uid_validity."""

    alias_id: int
    department_id: int
    name: str
    uid_validity: str


class LedgerLine(msgspec.Struct, frozen=True):
    """A message seen and not dealt with yet."""

    mail_ledger_id: int
    uid: str


def last_uid(connection: Connection, folder: Folder) -> int:
    """The highest numeric UID with a line in the folder; 0 where there is none."""
    uids = connection.execute(select(LEDGER.c.uid).where(*_in(folder))).scalars()
    return max((int(uid) for uid in uids), default=0)


def note_seen(connection: Connection, folder: Folder, uids: Sequence[str], *, now: datetime) -> int:
    """Write a line for each uid that has none yet; gives how many were new."""
    known = _known(connection, folder, uids)
    lines = [
        {
            "alias_id": folder.alias_id,
            "department_id": folder.department_id,
            "folder": folder.name,
            "uid_validity": folder.uid_validity,
            "uid": uid,
            "outcome": LedgerOutcome.SEEN,
            "seen_at": now,
        }
        for uid in uids
        if uid not in known
    ]
    if lines:
        connection.execute(_insert_unless_there(connection), lines)
    return len(lines)


def undecided(connection: Connection, folder: Folder, *, limit: int) -> list[LedgerLine]:
    """Lines of the folder still `seen`, oldest first."""
    rows = connection.execute(
        select(LEDGER.c.mail_ledger_id, LEDGER.c.uid)
        .where(LEDGER.c.outcome == LedgerOutcome.SEEN, *_in(folder))
        .order_by(LEDGER.c.mail_ledger_id)
        .limit(limit)
    )
    return [LedgerLine(row.mail_ledger_id, row.uid) for row in rows]


def lock_undecided(connection: Connection, messages: Sequence[Incoming]) -> set[int]:
    """Lines of the messages that are still to be decided, locked: who comes second gets none.

    A message tried again out of quarantine is to be decided while its line says quarantined.
    """
    wanted = {message.line_id: message for message in messages}
    rows = connection.execute(
        select(LEDGER.c.mail_ledger_id, LEDGER.c.outcome)
        .where(LEDGER.c.mail_ledger_id.in_(list(wanted)))
        .order_by(LEDGER.c.mail_ledger_id)
        .with_for_update()
    )
    return {row.mail_ledger_id for row in rows if row.outcome is _open(wanted[row.mail_ledger_id])}


def decide(connection: Connection, decisions: Sequence[dict[str, Any]]) -> None:
    """Write outcomes; each decision holds `line_id` and the same columns of `mail_ledger`."""
    if not decisions:
        return
    columns = decisions[0].keys() - {"line_id"}
    connection.execute(
        update(LEDGER)
        .where(LEDGER.c.mail_ledger_id == bindparam("line_id"))
        .values({column: bindparam(column) for column in columns}),
        list(decisions),
    )


def renumbered(connection: Connection, folder: Folder, *, now: datetime) -> None:
    """Close the lines of older uid_validities: their messages are listed again under new uids."""
    connection.execute(
        update(LEDGER)
        .where(
            LEDGER.c.alias_id == folder.alias_id,
            LEDGER.c.folder == folder.name,
            LEDGER.c.uid_validity != folder.uid_validity,
            LEDGER.c.outcome == LedgerOutcome.SEEN,
        )
        .values(
            outcome=LedgerOutcome.IGNORED,
            reason=f"the folder was renumbered; listed again under {folder.uid_validity}",
            decided_at=now,
            server_action="gone",
            server_action_at=now,
        )
    )


def unsettled(connection: Connection, folder: Folder, *, limit: int) -> list[LedgerLine]:
    """Decided lines whose action at the source is still to be done."""
    rows = connection.execute(
        select(LEDGER.c.mail_ledger_id, LEDGER.c.uid)
        .where(
            LEDGER.c.outcome != LedgerOutcome.SEEN, LEDGER.c.server_action.is_(None), *_in(folder)
        )
        .order_by(LEDGER.c.mail_ledger_id)
        .limit(limit)
    )
    return [LedgerLine(row.mail_ledger_id, row.uid) for row in rows]


def note_settled(
    connection: Connection, lines: Sequence[LedgerLine], action: str, *, now: datetime
) -> None:
    """Say what was done with the messages at the source."""
    for start in range(0, len(lines), _CHUNK):
        ids = [line.mail_ledger_id for line in lines[start : start + _CHUNK]]
        connection.execute(
            update(LEDGER)
            .where(LEDGER.c.mail_ledger_id.in_(ids))
            .values(server_action=action, server_action_at=now)
        )


def _open(message: Incoming) -> LedgerOutcome:
    is_retry = message.quarantine_id is not None
    return LedgerOutcome.QUARANTINED if is_retry else LedgerOutcome.SEEN


def _known(connection: Connection, folder: Folder, uids: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(uids), _CHUNK):
        some = uids[start : start + _CHUNK]
        statement = select(LEDGER.c.uid).where(LEDGER.c.uid.in_(some), *_in(folder))
        known.update(connection.execute(statement).scalars())
    return known


def _in(folder: Folder) -> tuple[Any, ...]:
    return (
        LEDGER.c.alias_id == folder.alias_id,
        LEDGER.c.folder == folder.name,
        LEDGER.c.uid_validity == folder.uid_validity,
    )


def _insert_unless_there(connection: Connection) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(LEDGER).on_conflict_do_nothing()
