"""Where mail comes from. Each source lists, fetches and settles messages by a lasting id."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from lodge_platform.vocabulary import AfterStored


class FetchedMessage(msgspec.Struct, frozen=True):
    """One message's bytes; `raw` is None when it was gone before it could be fetched."""

    uid: str
    raw: bytes | None
    received_at: datetime | None


class MailSource(Protocol):
    """A place with folders of messages, each known by a uid that lasts within `uid_validity`."""

    def open_folder(self, folder: str) -> str:
        """Go to `folder` and give its uid_validity. Raises TryAgainError or SetUpError."""
        ...

    def list_uids(self, after: str | None) -> list[str]:
        """The uids in the open folder, oldest first; `after` spares the source older ones."""
        ...

    def fetch(self, uids: Sequence[str]) -> list[FetchedMessage]:
        """The messages, without changing anything at the source."""
        ...

    def settle(self, uids: Sequence[str], action: AfterStored, move_to: str) -> None:
        """Do `action` with messages that are committed here; those already gone do no harm."""
        ...

    def close(self) -> None:
        """Let go of the source."""
        ...
