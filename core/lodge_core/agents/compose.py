"""The bytes of a reply, RFC 5322. Pure: message, ids and `now` in, bytes out.

What comes from outside (names, addresses, subject, ids) is cleaned or refused here, so that
nothing a customer wrote can add a header or a recipient.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import msgspec

from lodge_core.agents.quoting import quoted
from lodge_platform.errors import RefusedError

MOST_REFERENCES = 20
_POLICY = SMTP.clone(cte_type="7bit")
_MOST_SUBJECT = 400
_MOST_NAME = 100
_MOST_ADDRESS = 320
_LONGEST_LINE = 998
_LONGEST_ID = 990
_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PREFIX = re.compile(
    r"(?:(?:re|aw|sv|antw|odp|vs|r)\s*(?:\[\d+\])?\s*[:\uff1a]\s*)+", re.IGNORECASE
)
_IDENTIFIER = re.compile(r"[!-;=?-~]+")


class Mailbox(msgspec.Struct, frozen=True):
    """A display name, perhaps empty, and an address."""

    name: str
    address: str


class Answered(msgspec.Struct, frozen=True):
    """The message that is answered; ids without brackets.

    `message_id` is None when the message itself carried none.
    """

    message_id: str | None
    references: Sequence[str]
    subject: str
    author: Mailbox
    text: str
    sent_at: datetime | None


def build_reply(
    answered: Answered,
    text: str,
    *,
    message_id: str,
    sender: Mailbox,
    recipients: Sequence[Mailbox],
    now: datetime,
) -> bytes:
    """The whole reply, CRLF line ends, 7-bit clean, the original quoted below `text`.

    `recipients` have passed `usable`. Raises RefusedError for an empty text or no recipient.
    """
    if not recipients:
        raise RefusedError("a reply needs at least one recipient")
    message = EmailMessage(policy=_POLICY)
    message["From"] = _header_address(sender)
    message["To"] = [_header_address(recipient) for recipient in recipients]
    message["Subject"] = reply_subject(answered.subject)
    message["Date"] = format_datetime(now)
    message.set_content(body_of(answered, text))
    return _identifying(answered, message_id) + message.as_bytes()


def body_of(answered: Answered, text: str) -> str:
    """The reply's plain text: what the agent wrote, then the original quoted."""
    written = plain(text).strip()
    if not written:
        raise RefusedError("the reply is empty; write something first")
    name = one_line(answered.author.name, most=_MOST_NAME)
    address = one_line(answered.author.address, most=_MOST_ADDRESS)
    return plain(f"{written}\n\n{quoted(name, address, answered)}\n")


def plain(text: str) -> str:
    """`text` with line feeds only, without NUL and lone surrogates."""
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return clean.replace("\r\n", "\n").replace("\r", "\n")


def reply_subject(subject: str) -> str:
    """`Re: ` and the subject, once, on one line."""
    line = one_line(subject, most=_MOST_SUBJECT)
    return f"Re: {_PREFIX.sub('', line, count=1) if _PREFIX.match(line) else line}".rstrip()


def one_line(text: str, *, most: int) -> str:
    """`text` on one line: controls and runs of space become one space; cut after `most`."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub(" ", clean).strip()[:most].rstrip()


def references_of(answered: Answered) -> list[str]:
    """The reply's References: those of the original, then its own id; the first and last kept."""
    own = [answered.message_id] if answered.message_id else []
    ids = [one for one in dict.fromkeys([*answered.references, *own]) if is_identifier(one)]
    if len(ids) > MOST_REFERENCES:
        ids = [ids[0], *ids[1 - MOST_REFERENCES :]]
    return ids


def is_identifier(text: str) -> bool:
    """Whether `text` can stand between brackets in a header, on a line of legal length."""
    return len(text) <= _LONGEST_ID and _IDENTIFIER.fullmatch(text) is not None


def usable(mailbox: Mailbox) -> Mailbox | None:
    """The mailbox in a form mail can be sent to; None when its address is not one.

    A domain in another script becomes its ASCII form; a local part in one is not usable yet.
    """
    address = mailbox.address.strip()
    local, at, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
        parsed = Address(addr_spec=f"{local}@{domain}")
    except (ValueError, IndexError, MessageError):  # odd input also trips the parser itself
        return None
    is_whole = at and local and "." not in (domain[:1], domain[-1:]) and parsed.domain == domain
    if not is_whole or not address.isprintable() or not parsed.addr_spec.isascii():
        return None
    if len(local) > 64 or len(domain) > 255 or any(c.isspace() for c in parsed.addr_spec):
        return None
    return Mailbox(one_line(mailbox.name, most=_MOST_NAME), parsed.addr_spec)


def _header_address(mailbox: Mailbox) -> Address:
    return Address(one_line(mailbox.name, most=_MOST_NAME), addr_spec=mailbox.address)


def _identifying(answered: Answered, message_id: str) -> bytes:
    """The three headers of ids, folded here: the library would encode a long id beyond use."""
    lines = [f"Message-ID: <{message_id}>"]
    if answered.message_id and is_identifier(answered.message_id):
        lines.append(_folded("In-Reply-To", [answered.message_id]))
    if references := references_of(answered):
        lines.append(_folded("References", references))
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _folded(name: str, ids: Sequence[str]) -> str:
    """One id a line; the first beside the name unless that line would be longer than is legal."""
    is_beside = len(f"{name}: <{ids[0]}>") <= _LONGEST_LINE
    start = " " if is_beside else "\r\n "
    return f"{name}:{start}" + "\r\n ".join(f"<{each}>" for each in ids)
