"""Header values to text: unfolded, RFC 2047 words decoded, 8-bit bytes guessed."""

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from lodge_core.mail.parsing.charsets import clean, decode
from lodge_core.mail.parsing.limits import MOST_TEXT_HEADER_BYTES
from lodge_core.mail.parsing.problems import Problem, Problems
from lodge_core.mail.parsing.transfer import decode_base64

_FOLD = re.compile(rb"[\r\n]+")
_WORD_START = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?")
_HEXADECIMAL = re.compile(rb"=([0-9A-Fa-f]{2})")


class _Word(NamedTuple):
    start: int
    end: int
    charset: str
    encoding: str
    content: str


def unfold(raw: bytes, problems: Problems, *, most: int = MOST_TEXT_HEADER_BYTES) -> str:
    """The value on one line, words still encoded; bytes over 127 read as UTF-8 or Windows-1252."""
    if len(raw) > most:
        problems.note(Problem.LONG_HEADER)
        raw = raw[:most]
    flat = raw.strip(b" \t\r\n")
    if b"\n" in flat or b"\r" in flat:
        flat = b" ".join(line.strip(b" \t") for line in _FOLD.split(flat))
    return flat.decode("ascii") if flat.isascii() else decode(flat, None, problems)


def decode_header(raw: bytes, problems: Problems) -> str:
    """The readable text of an unstructured header value."""
    return decode_words(unfold(raw, problems), problems)


def decode_words(text: str, problems: Problems) -> str:
    """The text with its RFC 2047 words decoded; neighbours in one charset are joined first, so
    that a character cut in two by the sender is whole again."""
    if "=?" not in text:
        return clean(text, problems)
    out: list[str] = []
    charset, held = "", b""
    position = 0
    for word in _words(text):
        between = text[position : word.start]
        follows = bool(held) and not between.strip()
        if held and not (follows and word.charset == charset):
            out.append(decode(held, charset, problems))
            held = b""
        out.append("" if follows else between)
        held += _word_content(word, problems)
        charset, position = word.charset, word.end
    out.append(decode(held, charset, problems) if held else "")
    out.append(text[position:])
    return clean("".join(out), problems)


def _words(text: str) -> Iterator[_Word]:
    """The encoded words in order, found in linear time; one without an end is plain text."""
    starts = list(_WORD_START.finditer(text))
    for index, start in enumerate(starts):
        if index + 1 < len(starts):
            following = starts[index + 1].start()
            end = text.find("?=", start.end(), following + 1)
        else:
            end = text.find("?=", start.end())
        if end < 0:
            continue
        content = text[start.end() : end]
        charset = start[1].split("*")[0].lower() if content.isascii() else "utf-8"
        yield _Word(start.start(), end + 2, charset, start[2], content)


def _word_content(word: _Word, problems: Problems) -> bytes:
    plain = word.content.encode("utf-8", "replace")
    if word.encoding in "bB":
        decoded, is_good = decode_base64(plain)
        if not is_good:
            problems.note(Problem.BAD_ENCODED_WORD)
        return decoded
    spaced = plain.replace(b"_", b" ")
    return _HEXADECIMAL.sub(lambda found: binascii.unhexlify(found[1]), spaced)
