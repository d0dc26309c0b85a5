"""Documents read as a link reads them, without a source around them."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lodge_adapters.access.source import Batch
from lodge_adapters.documents.reading import batches_of
from lodge_adapters.language import Answer, Csv, Field, Format, Type

Row = dict[str, Any]


def field(name: str, source: str | None = None, type: Type = Type.TEXT, **more: Any) -> Field:
    """A field; `source` is what its `from` says."""
    return Field(name=name, source=source, type=type, term="A value of the source.", **more)


def batches(
    content: bytes | io.BufferedIOBase,
    format: Format,
    *fields: Field,
    rows: str | None = None,
    csv: Csv | None = None,
    sheet: str | None = None,
    xslt: str | None = None,
    folder: Path = Path(),
    notes: list[str] | None = None,
) -> Iterator[Batch]:
    """The batches of a document named `shop` in messages."""
    return batches_of(
        content,  # pyright: ignore[reportArgumentType] - any file that gives bytes
        format=format,
        answer=Answer(fields=fields, rows=rows, xslt=xslt),
        csv=csv or Csv(),
        sheet=sheet,
        where="shop",
        folder=folder,
        notes=notes,
    )


def rows(content: bytes | io.BufferedIOBase, format: Format, *fields: Field, **more: Any) -> Any:
    """The rows as mappings of columns to cells."""
    found: list[Row] = []
    for batch in batches(content, format, *fields, **more):
        found += [dict(zip(batch.columns, row, strict=True)) for row in batch.rows]
    return found


class Endless(io.RawIOBase):
    """A stream of `head`, `count` times `piece`, then `tail`; never held as a whole."""

    def __init__(self, piece: bytes, count: int, *, head: bytes = b"", tail: bytes = b"") -> None:
        self._coming = self._pieces(piece, count, head, tail)
        self._rest = b""

    @staticmethod
    def _pieces(piece: bytes, count: int, head: bytes, tail: bytes) -> Iterator[bytes]:
        yield head
        for _ in range(count):
            yield piece
        yield tail

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes."""
        while not self._rest:
            piece = next(self._coming, None)
            if piece is None:
                return 0
            self._rest = piece
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def stream(piece: bytes, count: int, *, head: bytes = b"", tail: bytes = b"") -> Any:
    """A file of so many equal pieces."""
    return io.BufferedReader(Endless(piece, count, head=head, tail=tail))


def only(found: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The one row there is."""
    [row] = found
    return row
