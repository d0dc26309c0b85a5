"""What a reply needs to know of the mail it answers: read from the stores, nothing written."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from lodge_core.agents.compose import Answered, Mailbox, usable
from lodge_platform.errors import NotFoundError, RefusedError, SetUpError
from lodge_platform.schema.active import Email, EmailRecipient, EmailReference
from lodge_platform.schema.master import Alias
from lodge_platform.stores import Store
from lodge_platform.vocabulary import Mode

_EMAILS = Email.__table__
_RECIPIENTS = EmailRecipient.__table__
_REFERENCES = EmailReference.__table__
_ALIASES = Alias.__table__


class Inbound(msgspec.Struct, frozen=True):
    """The mail that is answered, with the addresses an answer may go to, best first."""

    email_id: int
    department_id: int
    alias_id: int
    answered: Answered
    reply_to: tuple[Mailbox, ...]


class SenderAlias(msgspec.Struct, frozen=True):
    """The alias an answer is sent as, and every address of ours: answers never go to those."""

    mailbox: Mailbox
    own_addresses: frozenset[str]

    @property
    def domain(self) -> str:
        """Domain of the alias, for the Message-IDs we make."""
        return self.mailbox.address.rpartition("@")[2]


def read_inbound(connection: Connection, activity_id: int) -> Inbound:
    """The last mail received in the activity. Raises RefusedError when there is none."""
    row = connection.execute(
        select(_EMAILS)
        .where(_EMAILS.c.activity_id == activity_id, _EMAILS.c.direction == Mode.INBOUND)
        .order_by(_EMAILS.c.email_id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise RefusedError(f"activity {activity_id} holds no received mail to reply to")
    named = connection.execute(
        select(_RECIPIENTS.c.name, _RECIPIENTS.c.address)
        .where(_RECIPIENTS.c.email_id == row.email_id, _RECIPIENTS.c.field == "reply_to")
        .order_by(_RECIPIENTS.c.position)
    )
    return Inbound(
        email_id=row.email_id,
        department_id=row.department_id,
        alias_id=row.alias_id,
        answered=_answered(row, _references(connection, row.email_id)),
        reply_to=tuple(Mailbox(one.name, one.address) for one in named),
    )


def read_sender(master: Store, alias_id: int) -> SenderAlias:
    """The alias as the author of a reply. Raises SetUpError when its address cannot send."""
    with master.read() as connection:
        rows = connection.execute(
            select(_ALIASES.c.alias_id, _ALIASES.c.address, _ALIASES.c.display_name)
        ).all()
    alias = next((row for row in rows if row.alias_id == alias_id), None)
    if alias is None:
        raise NotFoundError(f"no alias {alias_id} to send as")
    mailbox = usable(Mailbox(alias.display_name, alias.address))
    if mailbox is None:
        raise SetUpError(f"alias {alias.address!r} is not an address mail can be sent from")
    return SenderAlias(mailbox, frozenset(row.address.lower() for row in rows))


def recipients_of(inbound: Inbound, sender: SenderAlias) -> list[Mailbox]:
    """Whom the reply goes to: the usable Reply-To addresses, else the author, never ourselves.

    Raises RefusedError when the mail names nobody who can be written to.
    """
    author = inbound.answered.author
    for asked in (inbound.reply_to, (author,)):
        found = {
            mailbox.address.lower(): mailbox
            for mailbox in map(usable, asked)
            if mailbox is not None and mailbox.address.lower() not in sender.own_addresses
        }
        if found:
            return list(found.values())
    named = ", ".join(repr(one.address) for one in (*inbound.reply_to, author) if one.address)
    raise RefusedError(
        "the mail names no address a reply can be sent to"
        + (f" (it names {named})" if named else "; it has no From")
    )


def _answered(row: Row[Any], references: list[str]) -> Answered:
    received: datetime | None = row.sent_at or row.received_at
    return Answered(
        message_id=None if "no_message_id" in row.problems else row.message_id,
        references=references,
        subject=row.subject,
        author=Mailbox(row.from_name, row.from_address),
        text=row.text_body or row.reply_text or "",
        sent_at=received,
    )


def _references(connection: Connection, email_id: int) -> list[str]:
    rows = connection.execute(
        select(_REFERENCES.c.message_id, _REFERENCES.c.field)
        .where(_REFERENCES.c.email_id == email_id)
        .order_by(_REFERENCES.c.field, _REFERENCES.c.position)
    ).all()
    named = [row.message_id for row in rows if row.field == "references"]
    return named or [row.message_id for row in rows if row.field == "in_reply_to"]
