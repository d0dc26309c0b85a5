"""The bytes of a customer's mail, as mail programs of several kinds and ages write them. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

import msgspec

from lodge_core.simulate.enclosures import Enclosure
from lodge_core.simulate.people import Person


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written; ids without brackets, `quoted` is the text that is answered."""

    author: Person
    to: str
    subject: str
    text: str
    message_id: str
    references: Sequence[str] = ()
    quoted: str = ""
    enclosures: Sequence[Enclosure] = ()
    extra_headers: Sequence[tuple[str, str]] = ()


def compose(draft: Draft, at: datetime) -> bytes:
    """The mail, CRLF line ends; HTML beside the text where the author's program writes it."""
    message = EmailMessage(policy=SMTP)
    author = draft.author
    message["From"] = Address(author.name, addr_spec=author.address)
    message["To"] = draft.to
    message["Subject"] = draft.subject
    message["Date"] = format_datetime(at.astimezone(_zone_of(author.language)))
    message["Message-ID"] = f"<{draft.message_id}>"
    if draft.references:
        message["In-Reply-To"] = f"<{draft.references[-1]}>"
        message["References"] = " ".join(f"<{one}>" for one in draft.references)
    for name, value in draft.extra_headers:
        message[name] = value
    _set_body(message, draft)
    for one in draft.enclosures:
        kind, _, subtype = one.content_type.partition("/")
        message.add_attachment(one.content, maintype=kind, subtype=subtype, filename=one.filename)
    return message.as_bytes()


def _set_body(message: EmailMessage, draft: Draft) -> None:
    text = f"{draft.text}\n\n{draft.author.name}\n"
    if draft.quoted:
        quoted = "\n".join(f"> {line}" for line in draft.quoted.strip().splitlines())
        text += f"\nCustomer care wrote:\n{quoted}\n"
    charset = draft.author.charset if _is_writable(text, draft.author.charset) else "utf-8"
    message.set_content(text, charset=charset)
    if draft.author.writes_html:
        paragraphs = "".join(
            f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in text.split("\n\n")
        )
        html = f'<html><body style="font-family: sans-serif">{paragraphs}</body></html>'
        message.add_alternative(html, subtype="html", charset=charset)


def _is_writable(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _zone_of(language: str) -> timezone:
    hours = {"en": 0, "el": 2, "ja": 9}.get(language, 1)
    return timezone(timedelta(hours=hours))
