"""Mail that is not a customer's question: automatic, bulk, bounced, or broken. Pure."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from random import Random

from lodge_core.simulate.composing import Draft, compose
from lodge_core.simulate.people import Person


class Oddity(StrEnum):
    """The kinds there are."""

    NEWSLETTER = "newsletter"
    NO_FROM = "no_from"
    NO_MESSAGE_ID = "no_message_id"
    BROKEN_CHARSET = "broken_charset"
    NUL_BYTES = "nul_bytes"
    EMPTY = "empty"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"


# How many of a thousand mails; at least one of each kind that needs no answer of ours.
_SHARES = {
    Oddity.NEWSLETTER: 10,
    Oddity.NO_FROM: 3,
    Oddity.NO_MESSAGE_ID: 6,
    Oddity.BROKEN_CHARSET: 6,
    Oddity.NUL_BYTES: 3,
    Oddity.EMPTY: 3,
    Oddity.AUTO_REPLY: 24,
    Oddity.BOUNCE: 7,
}
_FEWEST = 12
_NEEDING_AN_ANSWER = (Oddity.AUTO_REPLY, Oddity.BOUNCE)


def oddities_of_day(chance: Random, mails: int) -> dict[int, Oddity]:
    """Which of the day's mails are odd, by number; what needs an answer of ours comes late."""
    if mails < _FEWEST:
        return {}
    early = list(range(1, mails))
    late = list(range(mails // 2, mails))
    chance.shuffle(early)
    chance.shuffle(late)
    found: dict[int, Oddity] = {}
    for oddity, share in _SHARES.items():
        needs_answer = oddity in _NEEDING_AN_ANSWER
        places = late if needs_answer else early
        for _ in range(max(0 if needs_answer else 1, round(mails * share / 1000))):
            place = next(one for one in places if one not in found)
            found[place] = oddity
    return found


def broken(kind: Oddity, *, author: Person, to: str, message_id: str, at: datetime) -> bytes:
    """A mail with the fault that `kind` names; the empty one has no byte at all."""
    date = format_datetime(at).encode()
    sender = b"From: " + author.address.encode() + b"\r\n"
    head = b"To: " + to.encode() + b"\r\nDate: " + date + b"\r\n"
    own_id = b"Message-ID: <" + message_id.encode() + b">\r\n"
    match kind:
        case Oddity.NO_FROM:
            return head + own_id + b"Subject: Scan from the office printer\r\n\r\nSee scan.\r\n"
        case Oddity.NO_MESSAGE_ID:
            return sender + head + b"Subject: Stock list for my order\r\n\r\nAs asked.\r\n"
        case Oddity.BROKEN_CHARSET:
            kind_of_text = b"Content-Type: text/plain; charset=x-unknown-8bit\r\n"
            body = "Die Lieferung für Köhler ist beschädigt.\r\n".encode("latin-1")
            subject = b"Subject: =?utf-8?q?Besch=C3=28digt?= Lieferung\r\n"
            return sender + head + own_id + subject + kind_of_text + b"\r\n" + body
        case Oddity.NUL_BYTES:
            body = b"My last \0message\0 was cut off.\r\n"
            return sender + head + own_id + b"Subject: Broken\0 phone\r\n\r\n" + body
        case _:
            return b""


def newsletter(*, to: str, message_id: str, at: datetime) -> bytes:
    """Bulk mail that somebody once subscribed our address to."""
    author = Person("Trade Weekly", "news@letters.example", "en", "utf-8", writes_html=True)
    draft = Draft(
        author=author,
        to=to,
        subject="Trade Weekly: ten ideas for your shop window",
        text="This week: autumn colours, and why baskets sell.\n\nUnsubscribe at any time.",
        message_id=message_id,
        extra_headers=(
            ("List-Id", "<weekly.letters.example>"),
            ("List-Unsubscribe", "<mailto:leave@letters.example>"),
            ("Precedence", "bulk"),
        ),
    )
    return compose(draft, at)


def auto_reply(
    *,
    author: Person,
    to: str,
    subject: str,
    message_id: str,
    references: Sequence[str],
    at: datetime,
) -> bytes:
    """An absence note on an answer of ours."""
    draft = Draft(
        author=author,
        to=to,
        subject=f"Automatic reply: {subject}",
        text="I am away until Monday and read my mail only now and then.",
        message_id=message_id,
        references=references,
        extra_headers=(("Auto-Submitted", "auto-replied"),),
    )
    return compose(draft, at)


def bounce(
    *, recipient: str, to: str, message_id: str, references: Sequence[str], at: datetime
) -> bytes:
    """A delivery report (RFC 3464): our answer to `recipient` could not be delivered."""
    answered = references[-1] if references else ""
    lines = f"""\
From: Mail Delivery System <mailer-daemon@example.net>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(at)}
Message-ID: <{message_id}>
In-Reply-To: <{answered}>
References: <{answered}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=us-ascii

Your message to {recipient} could not be delivered: the mailbox is full.

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: {format_datetime(at)}

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 mailbox full

--report--
"""
    return lines.replace("\n", "\r\n").encode("ascii")
