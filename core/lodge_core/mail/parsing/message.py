"""What a parsed mail is: frozen values whose text is valid UTF-8 without NUL.

`to_json` (json_form.py) gives the contractual form of `lodge mail parse`; headers, attachment
bytes and the parser's version are for the store and not in it."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

PARSER_VERSION = 1
"""Rises with every change that can alter a result; kept beside each message, so that old mail
can be parsed again."""


class AutomaticKind(StrEnum):
    """Who a mail comes from, if not from a person writing to us."""

    NONE = "none"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    LIST = "list"
    BULK = "bulk"
    CHALLENGE = "challenge"


class Address(Struct, frozen=True):
    """One mailbox; `name` is the display name or empty, `address` as written, or empty."""

    name: str
    address: str


class Header(Struct, frozen=True):
    """One header of the mail; `value` decoded and unfolded, `raw` the bytes after the colon."""

    name: str
    value: str
    raw: bytes


class Attachment(Struct, frozen=True):
    """One attachment; `size` in bytes and `sha256` in hexadecimal are of the decoded content."""

    filename: str | None
    content_type: str
    size: int
    sha256: str
    content_id: str | None
    is_inline: bool


class Automatic(Struct, frozen=True):
    """Whether a mail is automatic; `evidence` is the header or text that says so."""

    kind: AutomaticKind = AutomaticKind.NONE
    reason: str | None = None
    evidence: str | None = None


class Bounce(Struct, frozen=True):
    """Why a mail of ours was not delivered.

    `status` is an RFC 3463 code such as `5.1.1`, `action` an RFC 3464 word such as `failed`;
    `is_permanent` is null where the mail does not say."""

    recipient: str | None
    status: str | None
    action: str | None
    is_permanent: bool | None
    reason: str | None


class ParsedMail(Struct, frozen=True, kw_only=True):
    """One mail, taken apart; ids are without brackets, `date` is aware and in UTC.

    `attachment_contents` holds the decoded bytes of `attachments`, in the same order."""

    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    from_: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    html: str | None = None
    reply_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    auto: Automatic = Automatic()
    bounce: Bounce | None = None
    problems: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()
    attachment_contents: tuple[bytes, ...] = ()
    parser_version: int = PARSER_VERSION
