"""Mail from a Maildir on this machine; the demonstration day's server delivers into one."""

import mailbox
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from lodge_core.mail.sources import FetchedMessage
from lodge_platform.errors import SetUpError
from lodge_platform.vocabulary import AfterStored


class MaildirSource:
    """The folder at `path` and its subfolders; a uid is the file's lasting name."""

    def __init__(self, path: Path, *, top_folder: str = "INBOX") -> None:
        if not (path / "cur").is_dir():
            raise SetUpError(f"{path} is not a Maildir: it has no folder `cur`")
        self.path = path
        self.top_folder = top_folder
        self._box = mailbox.Maildir(str(path), create=False)
        self._open = self._box

    def open_folder(self, folder: str) -> str:
        """Go to `folder`; its names never change, so their validity is the word `file`."""
        if folder == self.top_folder:
            self._open = self._box
        elif folder in self._box.list_folders():
            self._open = self._box.get_folder(folder)
        else:
            known = ", ".join([self.top_folder, *self._box.list_folders()])
            raise SetUpError(f"{self.path} has no folder {folder!r}; it has: {known}")
        return "file"

    def list_uids(self, after: str | None) -> list[str]:
        """Every name in the folder, oldest delivery first; `after` cannot be used for names."""
        return sorted(self._open.keys())

    def fetch(self, uids: Sequence[str]) -> list[FetchedMessage]:
        """The bytes, with the file's time as the time it was received."""
        return [self._fetch(uid) for uid in uids]

    def settle(self, uids: Sequence[str], action: AfterStored, move_to: str) -> None:
        """Mark as seen, move to a subfolder, or delete; a message already gone does no harm."""
        if action is AfterStored.MOVE and move_to not in self._box.list_folders():
            self._box.add_folder(move_to)
        for uid in uids:
            try:
                self._settle(uid, action, move_to)
            except (KeyError, FileNotFoundError):
                continue

    def close(self) -> None:
        """Nothing to let go of."""
        self._box.close()

    def _fetch(self, uid: str) -> FetchedMessage:
        try:
            raw = self._open.get_bytes(uid)
            at = self._file(uid).stat().st_mtime
        except (KeyError, FileNotFoundError):
            return FetchedMessage(uid, None, None)
        return FetchedMessage(uid, raw, datetime.fromtimestamp(at, UTC))

    def _settle(self, uid: str, action: AfterStored, move_to: str) -> None:
        file = self._file(uid)
        root = file.parent.parent
        seen = f"{uid}:2,S"
        if action is AfterStored.SEEN:
            file.rename(root / "cur" / seen)
        elif action is AfterStored.MOVE:
            file.rename(self.path / f".{move_to}" / "cur" / seen)
        elif action is AfterStored.DELETE:
            file.unlink()

    def _file(self, uid: str) -> Path:
        return Path(self._open._path) / self._open._lookup(uid)  # type: ignore[attr-defined] # pyright: ignore
