"""Mail from an IMAP server: by UID only, in batches, never marking anything by reading it."""

import imaplib
import ssl
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from imapclient import IMAPClient  # pyright: ignore[reportMissingTypeStubs]
from imapclient.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    IMAPClientError,
    LoginError,
)

from lodge_core.mail.sources import FetchedMessage
from lodge_core.mail.tls import tls_context
from lodge_platform.errors import SetUpError, TryAgainError
from lodge_platform.vocabulary import AfterStored, Encryption

_BYTES_AT_ONCE = 16 * 1024 * 1024
# Python's limit on one line of an answer is below what real headers have.
imaplib._MAXLINE = 20_000_000  # type: ignore[attr-defined] # pyright: ignore


class ImapAccess(msgspec.Struct, frozen=True):
    """How to reach a mailbox; the password is given apart and never kept in a message."""

    host: str
    port: int
    encryption: Encryption
    sign_in_name: str
    is_certificate_checked: bool = True
    timeout_seconds: int = 30

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"


class ImapSource:
    """One signed-in connection."""

    def __init__(self, access: ImapAccess, password: str) -> None:
        self.access = access
        with self._errors("connect"):
            # The library has no types.
            self.client: Any = _connect(access)
            try:
                self.client.login(access.sign_in_name, password)
            except LoginError as error:
                name = access.sign_in_name
                raise SetUpError(
                    f"IMAP {access.place}: sign-in as {name!r} refused: {_said(error)}"
                ) from error

    def open_folder(self, folder: str) -> str:
        """Select `folder`; its UIDVALIDITY."""
        with self._errors(f"select {folder}"):
            answer = self.client.select_folder(folder)
            return str(answer[b"UIDVALIDITY"])

    def list_uids(self, after: str | None) -> list[str]:
        """UIDs in rising order, those above `after` when given."""
        start = int(after) + 1 if after else 1
        with self._errors("search"):
            # `n:*` names the last message even when its UID is below n.
            found = self.client.search(["UID", f"{start}:*"])
        return [str(uid) for uid in sorted(found) if uid >= start]

    def fetch(self, uids: Sequence[str]) -> list[FetchedMessage]:
        """Bytes and INTERNALDATE in one command a batch, so that they belong together."""
        fetched: list[FetchedMessage] = []
        for batch in self._batches([int(uid) for uid in uids]):
            with self._errors("fetch"):
                answer: dict[int, Any] = self.client.fetch(batch, ["BODY.PEEK[]", "INTERNALDATE"])
            for uid in batch:
                parts = answer.get(uid, {})
                raw = parts.get(b"BODY[]")
                fetched.append(FetchedMessage(str(uid), raw, parts.get(b"INTERNALDATE")))
        return fetched

    def settle(self, uids: Sequence[str], action: AfterStored, move_to: str) -> None:
        """Mark, move or delete the messages, a set at a time."""
        numbers = [int(uid) for uid in uids]
        with self._errors(action.value):
            if action is AfterStored.SEEN:
                self.client.add_flags(numbers, [b"\\Seen"], silent=True)
            elif action is AfterStored.MOVE:
                self._move(numbers, move_to)
            elif action is AfterStored.DELETE:
                self._delete(numbers)

    def close(self) -> None:
        """Sign out; a dead connection is no matter here."""
        try:
            self.client.logout()
        except (IMAPClientError, OSError):
            self.client.shutdown()

    def _batches(self, uids: list[int]) -> Generator[list[int]]:
        with self._errors("fetch sizes"):
            sizes: dict[int, Any] = self.client.fetch(uids, ["RFC822.SIZE"]) if uids else {}
        batch: list[int] = []
        total = 0
        for uid in uids:
            size = sizes.get(uid, {}).get(b"RFC822.SIZE", 0)
            if batch and total + size > _BYTES_AT_ONCE:
                yield batch
                batch, total = [], 0
            batch.append(uid)
            total += size
        if batch:
            yield batch

    def _move(self, uids: list[int], folder: str) -> None:
        if not self.client.folder_exists(folder):
            self.client.create_folder(folder)
        if self.client.has_capability("MOVE"):
            self.client.move(uids, folder)
        else:
            self.client.copy(uids, folder)
            self._delete(uids)

    def _delete(self, uids: list[int]) -> None:
        self.client.add_flags(uids, [b"\\Deleted"], silent=True)
        # Without UIDPLUS an expunge would also take what others have marked; so it waits.
        if self.client.has_capability("UIDPLUS"):
            self.client.uid_expunge(uids)

    @contextmanager
    def _errors(self, step: str) -> Generator[None]:
        try:
            yield
        except ssl.SSLError as error:
            raise SetUpError(f"IMAP {self.access.place}: {step}: TLS failed: {error}") from error
        except (IMAPClientError, imaplib.IMAP4.error, OSError, EOFError) as error:
            raise TryAgainError(f"IMAP {self.access.place}: {step}: {_said(error)}") from error


def _said(error: Exception) -> str:
    """The library gives a server's words as the text of a bytes literal."""
    said = str(error)
    return said[2:-1] if said[:2] in ("b'", 'b"') else said


def _connect(access: ImapAccess) -> Any:
    is_tls = access.encryption is Encryption.TLS
    context = tls_context(is_checked=access.is_certificate_checked)
    client: Any = IMAPClient(
        access.host,
        port=access.port,
        ssl=is_tls,
        ssl_context=context if is_tls else None,
        timeout=access.timeout_seconds,
    )
    client.normalise_times = False
    if access.encryption is Encryption.STARTTLS:
        client.starttls(context)
    return client
