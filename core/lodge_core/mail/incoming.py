"""Mail on its way in, as values: as it came, as it was read, or why it could not be."""

from datetime import datetime

import msgspec

from lodge_core.mail.parsing import ParsedMail


class Incoming(msgspec.Struct, frozen=True):
    """A message as it came: its ledger line, its bytes, when our mail server got it.

    `quarantine_id` is set when it is tried again out of quarantine.
    """

    line_id: int
    alias_id: int
    department_id: int
    alias_address: str
    raw: bytes
    received_at: datetime
    quarantine_id: int | None = None


class ReadMail(msgspec.Struct, frozen=True):
    """A message parsed, with the hash under which its bytes are kept."""

    incoming: Incoming
    raw_sha256: str
    mail: ParsedMail


class Unread(msgspec.Struct, frozen=True):
    """A message that could not be taken in, where it stopped and why."""

    incoming: Incoming
    raw_sha256: str
    stage: str
    reason_code: str
    detail: str


class TakenIn(msgspec.Struct):
    """What became of a group: counts of messages."""

    stored: int = 0
    ignored: int = 0
    quarantined: int = 0

    def add(self, other: "TakenIn") -> None:
        """Count another group in."""
        self.stored += other.stored
        self.ignored += other.ignored
        self.quarantined += other.quarantined
