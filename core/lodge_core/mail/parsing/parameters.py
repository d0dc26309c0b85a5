"""Content-Type and Content-Disposition values: the word before the first semicolon and the
parameters after it, RFC 2231 pieces joined and RFC 2047 words (against the standard, but sent)
decoded."""

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from lodge_core.mail.parsing.charsets import clean, decode
from lodge_core.mail.parsing.headers import decode_words, unfold
from lodge_core.mail.parsing.limits import (
    MOST_LIST_HEADER_BYTES,
    MOST_PARAMETER_CHARACTERS,
    MOST_PARAMETERS,
)
from lodge_core.mail.parsing.problems import Problem, Problems

_COMMENT = re.compile(r"\([^()]*\)")
_PARAMETER = re.compile(
    r""";\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*+)"?|([^;]*))""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"^(.+?)\*(?:(\d{1,9})(\*)?)?$")


class Parameters(NamedTuple):
    """A header value in pieces: `word` and the keys are in lower case."""

    word: str
    values: dict[str, str]


class _Piece(NamedTuple):
    number: int
    is_encoded: bool
    text: str


def read_parameters(raw: bytes, problems: Problems) -> Parameters:
    """The word and parameters of a header value; the first of repeated ones counts."""
    text = unfold(raw, problems, most=MOST_LIST_HEADER_BYTES)
    word = text.split(";", 1)[0]
    values: dict[str, str] = {}
    pieces: dict[str, list[_Piece]] = {}
    for count, found in enumerate(_PARAMETER.finditer(text, len(word))):
        if count >= MOST_PARAMETERS:
            problems.note(Problem.BAD_PARAMETER)
            break
        value = _unquote(found[2]) if found[2] is not None else _bare(found[3])
        name = found[1].lower()
        piece = _PIECE.match(name)
        if piece is None:
            values.setdefault(name, _cut(decode_words(value, problems)))
        else:
            is_encoded = piece[2] is None or bool(piece[3])
            number = int(piece[2] or 0)
            pieces.setdefault(piece[1], []).append(_Piece(number, is_encoded, value))
    for name, parts in pieces.items():
        values[name] = _cut(_join(parts, problems))
    plain = clean(_COMMENT.sub("", word).strip().lower().replace(" ", ""), problems)
    return Parameters(_cut(plain), values)


def _unquote(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _bare(text: str) -> str:
    return _COMMENT.sub("", text).strip().strip('"') if "(" in text else text.strip().strip('"')


def _cut(text: str) -> str:
    return text[:MOST_PARAMETER_CHARACTERS]


def _join(parts: list[_Piece], problems: Problems) -> str:
    ordered = sorted(parts, key=lambda piece: piece.number)
    charset, content = "", bytearray()
    for index, piece in enumerate(ordered):
        text = piece.text
        if index == 0 and piece.is_encoded and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        plain = text.encode("utf-8", "replace")
        content += unquote_to_bytes(plain) if piece.is_encoded else plain
    joined = decode(bytes(content), charset or "utf-8", problems)
    if "=?" in joined:
        joined = decode_words(joined, problems)
    return clean(joined, problems)
