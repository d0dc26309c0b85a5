"""The lines of a text in any encoding, with their ends, each with a number that can be named."""

import codecs
import re
from collections.abc import Iterator

from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_adapters.documents.bounds import MOST_CELL_CHARACTERS, Content, pieces, refuse_packed
from lodge_platform.errors import SetUpError

_LONE_RETURN = re.compile(r"\r(?!\n)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")


def text_lines(content: Content, encoding: str, where: str) -> Iterator[str]:
    """Lines that end in LF, CR LF or CR. A byte order mark is left out.

    Raises SetUpError for an encoding that is none, BrokenSourceError naming the line for bytes that
    are not of it and for NUL, TooLargeError for a line of more than ten million characters.
    """
    rest = ""
    number = 1
    for text in _texts(content, encoding, where):
        if "\x00" in text:
            line = number + _ends(rest + text[: text.index("\x00")])
            raise BrokenSourceError(
                f"{where} line {line}: a NUL character; is it written in {encoding}?"
            )
        text = rest + text
        held = "\r" if text.endswith("\r") else ""  # a line feed may follow
        text = text.removesuffix("\r")
        if _LONE_RETURN.search(text):
            lines = _LINE.findall(text)
            rest = text[sum(map(len, lines)) :]
        else:
            *done, rest = text.split("\n")
            lines = [line + "\n" for line in done]
        rest += held
        number += len(lines)
        yield from lines
        if len(rest) > MOST_CELL_CHARACTERS:
            raise TooLargeError(
                f"{where} line {number}: longer than {MOST_CELL_CHARACTERS} characters"
            )
    if rest:
        yield rest


def _texts(content: Content, encoding: str, where: str) -> Iterator[str]:
    try:
        "".encode(encoding)  # refuses codecs that make no text of bytes, such as zlib
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise SetUpError(
            f"{encoding!r} is no encoding; allowed: those of Python, as utf-8, utf-16, cp1252"
        ) from error
    decoder = codecs.getincrementaldecoder("utf-8-sig" if name == "utf-8" else encoding)("strict")
    ends = 0
    coming = pieces(content, where)
    piece: bytes | None = b""
    while piece is not None:
        is_first = piece == b""
        piece = next(coming, None)
        if is_first:
            refuse_packed(piece or b"", where)
        try:
            text = decoder.decode(piece or b"", final=piece is None)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(encoding, "replace")
            raise BrokenSourceError(
                f"{where} line {ends + _ends(good) + 1}: bytes that are no {encoding}"
            ) from error
        except UnicodeError as error:  # UTF-16 without a byte order mark, and the like
            raise BrokenSourceError(f"{where}: it is no {encoding}") from error
        ends += _ends(text)
        yield text


def _ends(text: str) -> int:
    return text.count("\n") or text.count("\r")
