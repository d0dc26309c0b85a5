"""Bounces: the delivery report of RFC 3464 where there is one, else what the odd ones write.

A report's own status is believed over the prose beside it. Without a report, a mail is a bounce
only if its sender or an empty return path says so and its subject or text agrees: a customer who
writes about a failed delivery is no bounce."""

import re

from msgspec import structs

from lodge_core.mail.parsing.bounce_words import status_from_text
from lodge_core.mail.parsing.charsets import clean
from lodge_core.mail.parsing.header_block import read_headers
from lodge_core.mail.parsing.headers import decode_header
from lodge_core.mail.parsing.message import Bounce
from lodge_core.mail.parsing.part import Part
from lodge_core.mail.parsing.problems import Problems

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"(?<![\w.+=~&'/-])[\w.+=~&'/-]++@[\w-]+(?:\.[\w-]+)+")
_FAILED_RECIPIENT = re.compile(
    r"(?:following recipient|following address|could not be delivered|not be delivered to|"
    r"failed to deliver to|delivery to|to this address)[^@]{0,200}?"
    r"(?<![\w.+=~&'/-])([\w.+=~&'/-]{1,100}@[\w-]+(?:\.[\w-]+)+)",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"^[ \t>]*(?:-{2,}.*(?:original message|copy of (?:the|your) message|returned message|"
    r"enclosed|header).*|received: from .*|the first \d+ lines of your original.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_REPORT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_REASON_LENGTH = 500
_MOST_PROSE = 20_000
_MOST_RECIPIENTS = 1_000


def read_report(root: Part, text: str, problems: Problems) -> Bounce | None:
    """What a message/delivery-status part says of the first recipient it failed for; the prose
    beside it gives the reason where the report has none."""
    for part in root.walk():
        if part.content_type in _REPORT_TYPES:
            report = _from_report(part.content(problems), problems)
            if report is None or report.reason is not None:
                return report
            return structs.replace(report, reason=_prose(text, problems))
    return None


def bounce_from_text(text: str, recipient: str | None, problems: Problems) -> Bounce:
    """What the prose of a bounce says; `recipient` is what a header already told."""
    text = text[:_MOST_PROSE]
    prose = text[: original.start()] if (original := _ORIGINAL.search(text)) else text
    prose = prose or text
    status = status_from_text(prose)
    return Bounce(
        recipient=recipient or _failed_recipient(prose),
        status=status,
        action=_action(status),
        is_permanent=_is_permanent(status),
        reason=_prose(prose, problems),
    )


def _prose(text: str, problems: Problems) -> str | None:
    return clean(" ".join(text[:_MOST_PROSE].split())[:_REASON_LENGTH], problems) or None


def _failed_recipient(prose: str) -> str | None:
    named = _FAILED_RECIPIENT.search(prose)
    if named:
        return named[1]
    found = _ADDRESS.search(prose)
    return found[0] if found else None


def _from_report(content: bytes, problems: Problems) -> Bounce | None:
    fields: dict[str, str] = {}
    position = 0
    for _ in range(_MOST_RECIPIENTS):
        block = read_headers(content, position, problems)
        if block.headers:
            found = {
                header.name.lower(): decode_header(header.value, problems)
                for header in block.headers
            }
            if "action" in found or "final-recipient" in found or "status" in found:
                is_failed = found.get("action", "").lower().startswith("fail")
                fields = found if is_failed or not fields else fields
                if is_failed:
                    break
        if block.body_start <= position:
            break
        position = block.body_start
    return _bounce(fields) if fields else None


def _bounce(fields: dict[str, str]) -> Bounce:
    diagnostic = fields.get("diagnostic-code")
    status = _STATUS.search(fields.get("status", "")) or _STATUS.search(diagnostic or "")
    code = status[1] if status else None
    action = fields.get("action", "").split(" ")[0].split(";")[0].strip().lower() or None
    recipients = (fields.get(key) for key in ("final-recipient", "original-recipient"))
    return Bounce(
        recipient=next(filter(None, map(_typed, recipients)), None),
        status=code,
        action=action or _action(code),
        is_permanent=False if action == "delayed" else _is_permanent(code),
        reason=_typed_text(diagnostic),
    )


def _typed(value: str | None) -> str | None:
    """The address after the type of `rfc822; <a@b>`."""
    address = (value or "").split(";", 1)[-1].strip().strip("<>").strip()
    return address if "@" in address else None


def _typed_text(value: str | None) -> str | None:
    return (value or "").split(";", 1)[-1].strip()[:_REASON_LENGTH] or None


def _action(status: str | None) -> str | None:
    return None if status is None else "delayed" if status.startswith("4") else "failed"


def _is_permanent(status: str | None) -> bool | None:
    return None if status is None else status.startswith("5")
