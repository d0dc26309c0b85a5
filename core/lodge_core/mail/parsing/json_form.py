"""The contractual JSON form of a parsed mail, as `lodge mail parse` prints it."""

from typing import Any

import msgspec

from lodge_core.mail.parsing.message import Address, ParsedMail


def to_json(parsed: ParsedMail) -> dict[str, Any]:
    """Plain values in the contract's order; `date` in ISO 8601 UTC; `bounce` only for a bounce."""
    form: dict[str, Any] = {
        "message_id": parsed.message_id,
        "in_reply_to": parsed.in_reply_to,
        "references": list(parsed.references),
        "from": _addresses(parsed.from_),
        "to": _addresses(parsed.to),
        "cc": _addresses(parsed.cc),
        "reply_to": _addresses(parsed.reply_to),
        "subject": parsed.subject,
        "date": msgspec.to_builtins(parsed.date),
        "text": parsed.text,
        "html": parsed.html,
        "reply_text": parsed.reply_text,
        "attachments": [msgspec.to_builtins(attachment) for attachment in parsed.attachments],
        "auto": msgspec.to_builtins(parsed.auto),
    }
    if parsed.bounce is not None:
        form["bounce"] = msgspec.to_builtins(parsed.bounce)
    form["problems"] = list(parsed.problems)
    return form


def _addresses(addresses: tuple[Address, ...]) -> list[dict[str, str]]:
    return [{"name": each.name, "address": each.address} for each in addresses]
