"""What the outbox holds for a mail to be sent: where from, where to, which bytes."""

from typing import Any

import msgspec

EMAIL_SEND = "email.send"
"""Topic of the outbox under which mail waits for the dispatcher."""


class OutgoingMail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The payload of one `email.send` line; the bytes are on the file server."""

    alias_id: int
    envelope_from: str
    recipients: list[str]
    raw_sha256: str
    message_id: str


def to_payload(mail: OutgoingMail) -> dict[str, Any]:
    """The mail as kept in `outbox.payload`."""
    return msgspec.to_builtins(mail)


def from_payload(payload: dict[str, Any]) -> OutgoingMail:
    """The mail an outbox line holds. Raises msgspec.ValidationError when it is not one."""
    return msgspec.convert(payload, OutgoingMail)
