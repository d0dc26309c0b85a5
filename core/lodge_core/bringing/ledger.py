"""What was brought already, kept beside the source: one JSON line a thing, written as it is done.

The first line names the Lodge and the source, so that the keys are never taken for another's. A
line cut off by a kill is left out: the API itself then makes nothing twice.
"""

import json
import os
from pathlib import Path
from typing import TextIO

from lodge_core.bringing.things import Kind
from lodge_platform.errors import RefusedError


class Ledger:
    """Keys of what was brought, by kind and id in the source."""

    def __init__(self, path: Path, *, url: str, source: str) -> None:
        self.path = path
        self._head = {"lodge": url, "source": source}
        self._keys: dict[tuple[str, str], int] = {}
        self._ended: set[tuple[str, str]] = set()
        self._file = self._opened()

    def close(self) -> None:
        """Give back the file."""
        self._file.close()

    def key_of(self, kind: Kind, source_id: str) -> int | None:
        """Key of a thing that was brought, in part at least."""
        return self._keys.get((kind, source_id))

    def is_done(self, kind: Kind, source_id: str) -> bool:
        """Whether the thing was brought with all that belongs to it."""
        return (kind, source_id) in self._ended

    def note(self, kind: Kind, source_id: str, key: int, *, is_done: bool) -> None:
        """Keep it, on the disk."""
        said: dict[str, object] = {"kind": kind, "id": source_id, "key": key, "done": is_done}
        self._take(said)
        self._write(said)

    def _opened(self) -> TextIO:
        try:
            lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
            for number, line in enumerate(lines):
                self._read(number, line)
            ends_whole = not lines or self.path.read_bytes().endswith(b"\n")
            file = self.path.open("a", encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RefusedError(f"{self.path} cannot be used to keep what was brought") from error
        self._file = file
        if not ends_whole:
            file.write("\n")
        if not lines:
            self._write(self._head)
        return file

    def _read(self, number: int, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return  # cut off
        if number == 0:
            if said != self._head:
                raise RefusedError(
                    f"{self.path} tells of {said.get('source')!r} brought to {said.get('lodge')}; "
                    "name another file by --ledger"
                )
        elif isinstance(said, dict):
            self._take(said)  # pyright: ignore[reportUnknownArgumentType]

    def _take(self, said: dict[str, object]) -> None:
        place = (str(said["kind"]), str(said["id"]))
        self._keys[place] = int(str(said["key"]))
        if said.get("done"):
            self._ended.add(place)

    def _write(self, said: object) -> None:
        self._file.write(json.dumps(said, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
