"""Answers kept in this process: as typed rows, and as the bytes they were written to.

An answer is fresh for a while by its link's word, and a while longer it may stand in for a source
that does not answer. All of them together are bounded by bytes.
"""

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cachetools import LRUCache

from lodge_adapters.answers.contracts import Row
from lodge_adapters.answers.envelope import End
from lodge_adapters.language import Cache
from lodge_platform.links.answers import Provenance

MOST_BYTES_OF_ONE = 8_000_000
_MOST_BYTES = 64_000_000
_BYTES_OF_A_ROW = 120
_BYTES_OF_A_CELL = 60
Key = tuple[Any, ...]
"""Link, version, what is shown, and the parameters."""


@dataclass(frozen=True)
class Written:
    """An answer as bytes, with its strong ETag."""

    content: bytes
    etag: str


def written(content: bytes) -> Written:
    """The bytes with the ETag that is theirs alone."""
    return Written(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


@dataclass
class Entry:
    """A whole answer. `forms` are its bytes by media type, as they are handed out from the cache;
    `first_etags` those of the answer that was handed out when it was fetched."""

    rows: list[Row]
    provenance: Provenance
    end: End
    cache: Cache
    size: int
    byte_count: int = 0
    breach: str | None = None
    forms: dict[str, Written] = field(default_factory=dict[str, Written])
    first_etags: dict[str, str] = field(default_factory=dict[str, str])

    def age(self, now: datetime) -> float:
        """Seconds since it was fetched."""
        seconds = (now - self.provenance.fetched_at).total_seconds()
        return seconds if seconds > 0 else 0.0

    def is_fresh(self, now: datetime) -> bool:
        """Whether it is handed out without asking the source."""
        return self.age(now) < self.cache.seconds

    def is_usable(self, now: datetime) -> bool:
        """Whether it may stand in for a source that does not answer."""
        return self.age(now) < self.cache.seconds + self.cache.stale_if_error_seconds


class Kept:
    """The answers of one process, by link, version, parameters and what of it is shown."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._lock = threading.Lock()
        self._entries: LRUCache[Key, Entry] = LRUCache(most_bytes, getsizeof=_weight)

    def get(self, key: Key) -> Entry | None:
        """The answer, fresh or not; None when there is none."""
        with self._lock:
            return self._entries.get(key)

    def put(self, key: Key, entry: Entry) -> None:
        """Keep it; others that were not asked for lately make room."""
        with self._lock:
            if _weight(entry) <= self._entries.maxsize:
                self._entries[key] = entry

    def put_form(self, key: Key, entry: Entry, media: str, form: Written) -> None:
        """Keep the bytes with the answer, where it is kept still and there is room for both."""
        with self._lock:
            if _weight(entry) + len(form.content) > self._entries.maxsize:
                return
            entry.forms[media] = form
            if self._entries.get(key) is entry:
                self._entries[key] = entry

    def forget(self, link: str) -> None:
        """Nothing of this link is kept any more."""
        with self._lock:
            for key in list(self._entries):
                if key[0] == link:
                    del self._entries[key]

    def clear(self) -> None:
        """Nothing is kept any more."""
        with self._lock:
            self._entries.clear()


def size_of(rows: list[Row]) -> int:
    """About how many bytes these rows take."""
    return sum(_BYTES_OF_A_ROW + sum(map(_size, row)) for row in rows)


def _size(cell: Any) -> int:
    if isinstance(cell, str | bytes):
        return _BYTES_OF_A_CELL + len(cell)
    if isinstance(cell, list | tuple):
        return _BYTES_OF_A_CELL + sum(map(_size, cell))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(cell, dict):
        return _BYTES_OF_A_CELL + sum(_size(value) for value in cell.values())  # pyright: ignore[reportUnknownVariableType]
    return _BYTES_OF_A_CELL


def _weight(entry: Entry) -> int:
    return entry.size + sum(len(form.content) for form in entry.forms.values()) + 1000
