"""What becomes of a source's batches: typed rows within the limits, and their bytes."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from lodge_adapters.access.source import Batch, TooLargeError
from lodge_adapters.answers.contracts import Row, Shaper
from lodge_adapters.answers.envelope import End, Form
from lodge_adapters.answers.fields import Seen
from lodge_adapters.language import Link

_BYTES_OF_A_NUMBER = 8


class Piece(NamedTuple):
    """Some rows, and how they are written where a form was wanted."""

    rows: list[Row]
    content: bytes


class Making:
    """One answer in the making; what it says of itself is whole when the last piece is made.

    A load (`is_load`) has neither row nor byte limit.
    """

    def __init__(
        self, link: Link, seen: Seen, *, form: Form | None = None, is_load: bool = False
    ) -> None:
        self._shaper = Shaper(link, seen)
        self._form = form
        self._most_rows = None if is_load else link.limits.rows
        self._most_bytes = None if is_load else link.limits.bytes
        self.row_count = 0
        self.byte_count = 0
        self.is_truncated = False

    @property
    def end(self) -> End:
        """The last word of the answer."""
        return End(
            rows=self.row_count, discarded=self._shaper.discarded, truncated=self.is_truncated
        )

    @property
    def breach(self) -> str | None:
        """How the source was not as declared, where that did not end the answer."""
        return self._shaper.breach

    def pieces(self, batches: Iterable[Batch]) -> Iterator[Piece]:
        """Piece by piece. Raises BrokenSourceError under `freeze`, TooLargeError."""
        for batch in batches:
            rows = self._shaper.shape(batch)
            if self._most_rows is not None and self.row_count + len(rows) > self._most_rows:
                rows = rows[: self._most_rows - self.row_count]
                self.is_truncated = True
            if rows:
                content = self._form.rows(rows) if self._form else b""
                self._count(rows, content)
                yield Piece(rows, content)
            if self.is_truncated:
                return

    def _count(self, rows: list[Row], content: bytes) -> None:
        self.row_count += len(rows)
        self.byte_count += len(content) if self._form else text_bytes(rows)
        if self._most_bytes is not None and self.byte_count > self._most_bytes:
            raise TooLargeError(f"the answer is larger than {self._most_bytes} bytes")


def text_bytes(rows: Iterable[Any]) -> int:
    """About how many bytes the values of these rows have."""
    return sum(map(_bytes_of, rows))


def _bytes_of(cell: Any) -> int:
    if isinstance(cell, str | bytes):
        return len(cell)
    if isinstance(cell, list | tuple):
        return sum(map(_bytes_of, cell))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return 0 if cell is None else _BYTES_OF_A_NUMBER
