"""`parse_mail`: the one way from bytes to a `ParsedMail`."""

import hashlib

from lodge_core.mail.parsing.addresses import read_addresses
from lodge_core.mail.parsing.automatic import judge_automatic
from lodge_core.mail.parsing.bodies import filename, read_bodies
from lodge_core.mail.parsing.charsets import clean
from lodge_core.mail.parsing.dates import read_date
from lodge_core.mail.parsing.headers import decode_header
from lodge_core.mail.parsing.identifiers import read_identifiers, read_message_id
from lodge_core.mail.parsing.message import Address, Attachment, Header, ParsedMail
from lodge_core.mail.parsing.part import Part
from lodge_core.mail.parsing.problems import Problem, Problems
from lodge_core.mail.parsing.reply_text import read_reply
from lodge_core.mail.parsing.structure import read_structure
from lodge_core.mail.parsing.texts import read_texts

_LONGEST_NAME = 255


def parse_mail(raw: bytes) -> ParsedMail:
    """Everything the bytes say, and what is wrong with them; never raises."""
    problems = Problems()
    try:
        return _parse(raw, problems)
    except Exception as error:
        problems.note(Problem.PARSER_FAILED, type(error).__name__)
        return ParsedMail(problems=problems.codes())


def _parse(raw: bytes, problems: Problems) -> ParsedMail:
    if not raw.strip():
        problems.note(Problem.EMPTY)
    root = read_structure(_with_line_ends(raw), problems)
    named: dict[str, list[bytes]] = {}
    for header in root.headers:
        named.setdefault(header.name.lower(), []).append(header.value)
    if not named:
        problems.note(Problem.NO_HEADERS)
    headers = tuple(_header(each.name, each.value, problems) for each in root.headers)
    if len(named.get("from", ())) > 1:
        problems.note(Problem.SEVERAL_FROM)
        del named["from"][1:]
    senders = _addresses(named, "from", problems)
    if not any(sender.address for sender in senders):
        problems.note(Problem.NO_FROM)
    elif len(senders) > 1:
        problems.note(Problem.SEVERAL_FROM)
    subject = decode_header(named.get("subject", [b""])[-1], problems)
    bodies = read_bodies(root)
    texts = read_texts(bodies, problems)
    attachments, contents = _attachments(bodies.attachments, problems)
    readable: dict[str, list[str]] = {}
    for header in headers:
        readable.setdefault(header.name.lower(), []).append(header.value)
    auto, bounce = judge_automatic(
        root,
        readable,
        sender=senders[0] if senders else None,
        subject=subject,
        text=texts.text,
        problems=problems,
    )
    return ParsedMail(
        message_id=_message_id(named, problems),
        in_reply_to=next(iter(_identifiers(named, "in-reply-to", problems)), None),
        references=_identifiers(named, "references", problems),
        from_=senders,
        to=_addresses(named, "to", problems),
        cc=_addresses(named, "cc", problems),
        reply_to=_addresses(named, "reply-to", problems),
        subject=subject,
        date=read_date(named["date"][0], problems) if "date" in named else _no_date(problems),
        text=texts.text,
        html=texts.html,
        reply_text=read_reply(texts.text),
        attachments=attachments,
        auto=auto,
        bounce=bounce,
        problems=problems.codes(),
        headers=headers,
        attachment_contents=contents,
    )


def _with_line_ends(raw: bytes) -> bytes:
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    return raw.replace(b"\r", b"\n") if b"\n" not in raw else raw


def _header(name: str, raw: bytes, problems: Problems) -> Header:
    return Header(name, decode_header(raw, problems), raw)


def _addresses(named: dict[str, list[bytes]], name: str, problems: Problems) -> tuple[Address, ...]:
    return tuple(each for raw in named.get(name, ()) for each in read_addresses(raw, problems))


def _identifiers(named: dict[str, list[bytes]], name: str, problems: Problems) -> tuple[str, ...]:
    return tuple(each for raw in named.get(name, ()) for each in read_identifiers(raw, problems))


def _message_id(named: dict[str, list[bytes]], problems: Problems) -> str | None:
    values = named.get("message-id", [])
    if len(values) > 1:
        problems.note(Problem.SEVERAL_MESSAGE_IDS)
    message_id = next(filter(None, (read_message_id(raw, problems) for raw in values)), None)
    if message_id is None:
        problems.note(Problem.NO_MESSAGE_ID)
    return message_id


def _no_date(problems: Problems) -> None:
    problems.note(Problem.NO_DATE)


def _attachments(
    parts: list[Part], problems: Problems
) -> tuple[tuple[Attachment, ...], tuple[bytes, ...]]:
    contents = tuple(part.content(problems) for part in parts)
    described = tuple(
        _attachment(part, content, problems) for part, content in zip(parts, contents, strict=True)
    )
    return described, contents


def _attachment(part: Part, content: bytes, problems: Problems) -> Attachment:
    name = filename(part)
    raw_id = part.header("content-id")
    content_id = read_message_id(raw_id, problems) if raw_id else None
    word = part.disposition.word
    return Attachment(
        filename=clean(name, problems)[:_LONGEST_NAME] if name else None,
        content_type=part.content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content_id=content_id,
        is_inline=word == "inline" or (content_id is not None and word != "attachment"),
    )
