"""How much of a document is taken, and how it is read: piece by piece, or whole up to a limit."""

from collections.abc import Iterator
from time import monotonic
from typing import IO

from lodge_adapters.access.source import BrokenSourceError, SlowSourceError, TooLargeError

MOST_DEPTH = 200
"""How deep elements, objects and lists may lie in each other."""
MOST_WHOLE_BYTES = 64 * 1024 * 1024
"""How large a document may be that has to be held whole."""
MOST_CELL_CHARACTERS = 10_000_000
"""How long one value may be."""
_PIECE = 64 * 1024
_SHOWN = 24

Content = IO[bytes] | bytes


def pieces(content: Content, where: str) -> Iterator[bytes]:
    """The document in pieces of 64 KiB. Raises BrokenSourceError where it cannot be read on."""
    if isinstance(content, bytes):
        for start in range(0, len(content), _PIECE):
            yield content[start : start + _PIECE]
        return
    try:
        while piece := content.read(_PIECE):
            yield piece
    except (OSError, EOFError) as error:
        raise BrokenSourceError(f"{where}: it cannot be read to its end") from error


def whole(content: Content, where: str, *, most: int = MOST_WHOLE_BYTES) -> bytes:
    """All of the document. Raises TooLargeError above `most` bytes, BrokenSourceError as above."""
    if isinstance(content, bytes):
        taken = content
    else:
        parts: list[bytes] = []
        size = 0
        for piece in pieces(content, where):
            parts.append(piece)
            size += len(piece)
            if size > most:
                break
        taken = b"".join(parts)
    if len(taken) > most:
        raise TooLargeError(
            f"{where}: larger than the {most} bytes of a document that is read whole"
        )
    return taken


def seconds_until(deadline: float | None, most: float) -> float:
    """Seconds left until `deadline`, monotonic, at most `most`; raises SlowSourceError for none."""
    seconds = most if deadline is None else min(most, deadline - monotonic())
    if seconds <= 0:
        raise SlowSourceError("out of time")
    return seconds


def refuse_packed(start: bytes, where: str) -> None:
    """Raise BrokenSourceError for a text that is compressed: no link says how to unpack one."""
    if start.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        raise BrokenSourceError(f"{where}: it is compressed; give it unpacked")


def found_instead(content: bytes) -> str:
    """What a document seems to be that is not what was expected, in a few characters."""
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if not start:
        return "nothing"
    if start.startswith((b"<!doctype html", b"<html")):
        return "a page of HTML"
    if start.startswith(b"<"):
        return "XML or HTML"
    if start.startswith(b"pk\x03\x04"):
        return "a ZIP archive"
    if start.startswith(b"\x1f\x8b"):
        return "something compressed by gzip"
    return repr(content[:_SHOWN].decode("utf-8", "replace"))
