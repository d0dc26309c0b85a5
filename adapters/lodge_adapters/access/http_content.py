"""The body of an answer as a file to read: of the declared kind, bounded, and whole or an error."""

import io
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, cast

import httpcore
import httpx

from lodge_adapters.access.http_client import source_errors
from lodge_adapters.access.source import BrokenSourceError, Context, TooLargeError
from lodge_adapters.language import Format
from lodge_platform.errors import TryAgainError

if TYPE_CHECKING:
    from typing_extensions import Buffer

ACCEPT = {
    Format.JSON: "application/json",
    Format.JSON_LINES: "application/x-ndjson, application/jsonl;q=0.9, application/json;q=0.8",
    Format.XML: "application/xml, text/xml;q=0.9",
    Format.CSV: "text/csv",
    Format.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
}
"""What is asked for, by format."""

_NEVER = ("text/html", "application/xhtml+xml", "multipart/", "image/", "video/", "audio/")
_TEXTS = (Format.JSON, Format.JSON_LINES, Format.XML, Format.CSV)
_OTHERS = {
    Format.JSON: ("xml", "csv"),
    Format.JSON_LINES: ("xml", "csv"),
    Format.XML: ("json", "csv"),
    Format.CSV: ("xml", "json"),
}
_SNIFFED = 512


class Budget:
    """How many bytes a call may still read, over all its pages; a load, in each page."""

    def __init__(self, context: Context) -> None:
        self._most = context.link.limits.bytes
        self._is_load = context.is_load
        self._read = 0

    def begin_page(self) -> None:
        """A load has no end that could be known beforehand, so it is held to each page alone."""
        if self._is_load:
            self._read = 0

    def take(self, size: int, where: str) -> None:
        """Raises TooLargeError where that is too much."""
        self._read += size
        if self._read > self._most:
            raise TooLargeError(f"{where}: the answer is larger than {self._most} bytes")


def content_of(
    response: httpx.Response, format: Format, context: Context, *, where: str, budget: Budget
) -> IO[bytes]:
    """The body, unpacked, read as it comes.

    Raises BrokenSourceError for another kind of body, as a page of HTML in place of JSON; reading
    raises that for one that is cut off, TooLargeError and SlowSourceError.
    """
    media = media_of(response)
    _refuse_other_media(media, format, where)
    budget.begin_page()
    body = io.BufferedReader(_Body(response, context, where, budget), buffer_size=65_536)
    is_text = format in _TEXTS and not (format is Format.XML and media.endswith("xml"))
    if is_text and _is_html(body.peek(_SNIFFED)[:_SNIFFED]):
        raise BrokenSourceError(f"{where}: expected {format}, found a page of HTML")
    return cast("IO[bytes]", body)


def media_of(response: httpx.Response) -> str:
    """The media type, in lower case and without its parameters; "" where none is said."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _refuse_other_media(media: str, format: Format, where: str) -> None:
    is_other = media.startswith(_NEVER) or any(
        media.endswith(word) for word in _OTHERS.get(format, ("html",))
    )
    if is_other:
        raise BrokenSourceError(f"{where}: expected {format}, found {media[:60]}")


def _is_html(start: bytes) -> bool:
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html"))


class _Body(io.RawIOBase):
    def __init__(
        self, response: httpx.Response, context: Context, where: str, budget: Budget
    ) -> None:
        self._pieces: Iterator[bytes] = response.iter_raw()
        self._context = context
        self._where = where
        self._budget = budget
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer", /) -> int:
        into = memoryview(buffer).cast("B")
        while not self._rest:
            piece = self._next()
            if piece is None:
                return 0
            self._budget.take(len(piece), self._where)
            self._rest = memoryview(piece)
        size = min(len(into), len(self._rest))
        into[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _next(self) -> bytes | None:
        self._context.left()
        try:
            with source_errors():
                return next(self._pieces, None)
        except TryAgainError as error:
            if "packed badly" in str(error) or isinstance(error.__cause__, httpcore.ProtocolError):
                raise BrokenSourceError(f"{self._where}: the answer is cut off") from error
            raise
