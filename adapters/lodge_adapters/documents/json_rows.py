"""JSON and JSON lines as rows. Numbers keep every digit: whole ones are int, others Decimal.

A document is held whole, up to `MOST_WHOLE_BYTES`; where `rows` is names with perhaps `[*]` at the
end, one row after the other is read out of it. Of a key that is there twice the last one counts.
UTF-8, UTF-16 and UTF-32 are taken, with and without a byte order mark.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from lodge_adapters.access.source import Batch, BrokenSourceError, TooLargeError
from lodge_adapters.documents.batching import batched
from lodge_adapters.documents.bounds import (
    MOST_CELL_CHARACTERS,
    MOST_DEPTH,
    Content,
    found_instead,
    pieces,
    refuse_packed,
    whole,
)
from lodge_adapters.documents.json_fields import JsonFields
from lodge_adapters.documents.json_paths import Path, compiled
from lodge_adapters.language import Answer

_MOST_EXPONENT = 1000
_END = b"\n"
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def json_batches(content: Content, answer: Answer, where: str) -> Iterator[Batch]:
    """The rows of a document: those that `answer.rows` finds; without it those of the list that
    the document is, or the one object that it is.

    Raises BrokenSourceError, also where a name on the way to the rows is not there; TooLargeError.
    """
    fields = JsonFields(answer.fields)
    rows = _rows(_utf8(whole(content, where), where), compiled(answer.rows or "$"), where)
    yield from batched(map(fields.pick, rows), fields.names)


def json_line_batches(content: Content, answer: Answer, where: str) -> Iterator[Batch]:
    """The rows of a document with a JSON value on each line; empty lines are none. Memory is flat.

    `answer.rows` finds rows in each line. Raises BrokenSourceError naming the line.
    """
    fields = JsonFields(answer.fields)
    path = compiled(answer.rows or "$")
    rows = (
        row
        for number, line in enumerate(_lines(content, where), 1)
        if line.strip()
        for row in _rows(line, path, f"{where} line {number}")
    )
    yield from batched(map(fields.pick, rows), fields.names)


def json_value(content: bytes, where: str) -> Any:
    """The value of a whole document. Raises BrokenSourceError for what is no JSON, nests deeper
    than `MOST_DEPTH`, or has a number beyond 1000 digits before or after the point."""
    return _value(_utf8(content, where), where)


def _number(said: str) -> Decimal:
    found = Decimal(said)
    if abs(found.adjusted()) > _MOST_EXPONENT:
        raise ValueError(f"a number beyond {_MOST_EXPONENT} digits")
    return found


_ANY = msgspec.json.Decoder(float_hook=_number)


def _value(text: bytes | msgspec.Raw, where: str) -> Any:
    try:
        value: Any = _ANY.decode(text)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as error:
        _refuse(bytes(text), where, error)
    if _openers(bytes(text)) > MOST_DEPTH:
        _refuse_depth(value, where)
    return value


def _rows(text: bytes, path: Path, where: str) -> Iterator[Any]:
    if path.steps is None:
        value = _value(text, where)
        found = path.values(value)
        if path.is_single and len(found) == 1 and isinstance(found[0], list):
            found = found[0]  # pyright: ignore[reportUnknownVariableType]
        yield from found
        return
    there: bytes | msgspec.Raw = text
    for name in path.steps:
        members = _container(_OBJECT, there, where, path)
        if name not in members:
            keys = ", ".join(repr(key[:24]) for key in list(members)[:5]) or "no keys"
            raise BrokenSourceError(f"{where}: expected {path.said}, found {keys}")
        there = members[name]
    first = bytes(there).lstrip()[:1]
    if first == b"n" and path.steps and _value(there, where) is None:
        return
    if first == b"[":
        for row in _container(_LIST, there, where, path):
            yield _value(row, where)
    elif path.is_spread:
        for row in _container(_OBJECT, there, where, path).values():
            yield _value(row, where)
    else:
        yield _value(there, where)


def _container(decoder: Any, text: bytes | msgspec.Raw, where: str, path: Path) -> Any:
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise BrokenSourceError(f"{where}: {path.said} is not there: {error}") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        _refuse(bytes(text), where, error)


def _utf8(content: bytes, where: str) -> bytes:
    """The document in UTF-8 without a byte order mark, checked to be that."""
    refuse_packed(content, where)
    encoding = json.detect_encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenSourceError(f"{where} line {line}: bytes that are no {encoding}") from error
    if encoding == "utf-8":
        return content
    return text.removeprefix("\ufeff").encode("utf-8")


def _lines(content: Content, where: str) -> Iterator[bytes]:
    """Lines without their end; the first tells the encoding, which is UTF-8 or refused."""
    rest = b""
    is_first = True
    for piece in pieces(content, where):
        *done, rest = (rest + piece).split(b"\n")
        for line in done:
            yield _line(line, where, is_first=is_first)
            is_first = False
        if len(rest) > MOST_CELL_CHARACTERS:
            raise TooLargeError(f"{where}: a line is longer than {MOST_CELL_CHARACTERS} bytes")
    if rest:
        yield _line(rest, where, is_first=is_first)


def _line(line: bytes, where: str, *, is_first: bool) -> bytes:
    if is_first:
        refuse_packed(line, where)
    if is_first and line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BrokenSourceError(f"{where}: JSON lines are written in UTF-8, this is UTF-16")
    return line.removeprefix(b"\xef\xbb\xbf") if is_first else line


def _openers(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{")


def _refuse_depth(value: Any, where: str) -> None:
    level: list[Any] = [value]
    for _ in range(MOST_DEPTH):
        level = [
            part
            for one in level
            for part in (one.values() if isinstance(one, dict) else one)  # pyright: ignore
            if isinstance(part, (dict, list))
        ]
        if not level:
            return
    raise BrokenSourceError(f"{where}: nested deeper than {MOST_DEPTH}")


def _refuse(text: bytes, where: str, error: Exception) -> NoReturn:
    if isinstance(error, RecursionError):
        raise BrokenSourceError(f"{where}: nested deeper than {MOST_DEPTH}") from error
    if text.lstrip()[:1] in (b"<", b"P", b"\x1f", b""):
        raise BrokenSourceError(f"{where}: expected JSON, found {found_instead(text)}") from error
    said = str(error) if isinstance(error, msgspec.DecodeError) else "a number beyond all bounds"
    said = said.replace("Input data was truncated", "it is cut off")
    if isinstance(error, UnicodeDecodeError):
        said = "bytes that are no UTF-8"
    at = _byte(said)
    line = "" if at is None else f" line {text.count(_END, 0, at) + 1}"
    raise BrokenSourceError(f"{where}{line}: not JSON: {said[:200]}") from error


def _byte(said: str) -> int | None:
    number = said.rpartition("(byte ")[2].rstrip(")")
    return int(number) if "(byte " in said and number.isdigit() else None
