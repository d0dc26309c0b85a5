"""Mail from files: one message a file, an mbox, or a folder of either. Nothing is changed there."""

import mailbox
from collections.abc import Iterator, Sequence
from pathlib import Path

from lodge_core.mail.sources import FetchedMessage
from lodge_core.mail.sources.maildir import MaildirSource
from lodge_platform.errors import RefusedError
from lodge_platform.files import sha256_of
from lodge_platform.vocabulary import AfterStored


class FileSource:
    """Messages of one file or folder, in the order of their names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places = dict(_places(path))

    def open_folder(self, folder: str) -> str:
        """There is one folder, the path itself."""
        return "file"

    def list_uids(self, after: str | None) -> list[str]:
        """A name for each message that is the same at the next import."""
        return list(self._places)

    def fetch(self, uids: Sequence[str]) -> list[FetchedMessage]:
        """The bytes; a file does not say when it was received."""
        return [FetchedMessage(uid, self._read(uid), None) for uid in uids]

    def settle(self, uids: Sequence[str], action: AfterStored, move_to: str) -> None:
        """Files are left as they are."""

    def close(self) -> None:
        """Nothing to let go of."""

    def _read(self, uid: str) -> bytes | None:
        place = self._places[uid]
        if isinstance(place, Path):
            return place.read_bytes() if place.is_file() else None
        box, key = place
        return box.get_bytes(key)


def open_files_at(path: Path, *, folder: str) -> FileSource | MaildirSource:
    """A source for a Maildir, an mbox, a message or a folder of them, known as `folder`.

    Raises RefusedError when there is nothing at `path`.
    """
    if not path.exists():
        raise RefusedError(f"{path} does not exist; give a message, an mbox, a folder or a Maildir")
    is_maildir = (path / "cur").is_dir() and (path / "new").is_dir()
    return MaildirSource(path, top_folder=folder) if is_maildir else FileSource(path)


_Place = Path | tuple[mailbox.mbox, str]


def _places(path: Path) -> Iterator[tuple[str, _Place]]:
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        if file.name.startswith("."):
            continue
        if not _is_mbox(file):
            yield name, file
            continue
        box = mailbox.mbox(str(file), create=False)
        for number, key in enumerate(box.keys()):
            yield f"{name}#{number}:{sha256_of(box.get_bytes(key))[:16]}", (box, key)


def _is_mbox(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(5) == b"From "
