"""What stands around the rows of an answer, in either form."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from lodge_adapters.answers.contracts import Row
from lodge_adapters.answers.values import instant
from lodge_platform.links.answers import Provenance


class End(Struct, frozen=True, kw_only=True):
    """The last word of a whole answer: rows handed out, rows left out by the contract, and whether
    there would have been more than the limit."""

    rows: int
    discarded: int = 0
    truncated: bool = False


class Form(Protocol):
    """An answer written piece by piece: head, rows any number of times, then `end` or `failed`."""

    media: str

    def head(self, provenance: Provenance, version: str) -> bytes:
        """Everything before the first row."""
        ...

    def rows(self, rows: list[Row]) -> bytes:
        """Rows as `Shaper.shape` gives them."""
        ...

    def end(self, end: End) -> bytes:
        """Everything after the last row of a whole answer."""
        ...

    def failed(self, problem: Mapping[str, Any]) -> bytes:
        """Instead of `end`: why the answer is not whole, as problem details."""
        ...


def described(name: str, version: str, provenance: Provenance) -> dict[str, str | bool]:
    """Where an answer comes from, in order, under the names both forms use."""
    return {
        "link": name,
        "version": version,
        "source": provenance.source,
        "fetched_at": instant(provenance.fetched_at),
        "from_cache": provenance.is_from_cache,
        "stale": provenance.is_stale,
    }
