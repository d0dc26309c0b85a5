"""What a change of the configuration does to live work: told in sentences, and in figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from lodge_platform.configuring.kind import Values
from lodge_platform.configuring.rows import Rows
from lodge_platform.schema.base import MasterBase


class Effect(msgspec.Struct, frozen=True):
    """One consequence of a change; `code` names it for programs, `figures` are its numbers."""

    code: str
    kind: str
    name: str
    sentence: str
    figures: dict[str, Any] = {}


@dataclass(frozen=True)
class Difference:
    """The configuration before and after a change, and the stores as they are meanwhile."""

    before: Rows
    after: Rows
    active: Connection
    master: Connection
    now: datetime

    def changed(self, row: type[MasterBase]) -> Iterator[tuple[int, Values | None, Values | None]]:
        """Key, values before and values after of each row that is not the same; None: no row."""
        before, after = self.before.of(row), self.after.of(row)
        for key in sorted(before.keys() | after.keys()):
            old, new = before.get(key), after.get(key)
            if old != new:
                yield key, old, new

    def is_changed(self, row: type[MasterBase], *columns: str) -> bool:
        """Whether any row of the table differs, in one of these columns where they are named."""
        for _, old, new in self.changed(row):
            if old is None or new is None or not columns:
                return True
            if any(old[column] != new[column] for column in columns):
                return True
        return False


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 activity`, `3 activities`."""
    if count == 1:
        return f"1 {one}"
    plural = many or (f"{one[:-1]}ies" if one.endswith("y") else f"{one}s")
    return f"{count} {plural}"
