"""Where the headers of a mail or part end, and which they are: bytes only, nothing decoded."""

import re
from collections.abc import Callable
from typing import NamedTuple

from lodge_core.mail.parsing.limits import MOST_HEADER_BYTES, MOST_HEADERS
from lodge_core.mail.parsing.problems import Problem, Problems

_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
_ENVELOPE = (b"From ", b">From ")


class RawHeader(NamedTuple):
    """A header as it stands: `name` in its own case, `value` the bytes after the colon, folded."""

    name: str
    value: bytes


class HeaderBlock(NamedTuple):
    """The headers between two places of a mail, and where the body begins."""

    headers: list[RawHeader]
    body_start: int


def _is_never(_line: bytes) -> bool:
    return False


def read_headers(
    raw: bytes,
    start: int,
    problems: Problems,
    *,
    is_boundary: Callable[[bytes], bool] = _is_never,
) -> HeaderBlock:
    """The headers from `start` to the first empty line; a body without headers starts there.

    A boundary line (`is_boundary` says of the line) ends them too, and belongs to the body.
    A line among the headers that is none is skipped if headers follow it before the empty line,
    else it is where the body begins."""
    headers: list[RawHeader] = []
    pieces: list[bytes] = []
    name = ""
    position, size = start, 0
    while position < len(raw):
        line_end = raw.find(b"\n", position) + 1 or len(raw)
        line = raw[position:line_end]
        content = line.rstrip(b"\r\n")
        if not content:
            position = line_end
            break
        if content.startswith(b"--") and is_boundary(content):
            break
        found = _NAME.match(content)
        if found is None and content[:1] in b" \t" and (name or not headers):
            if name:
                pieces.append(line)
            elif not content.strip():
                position = line_end
                break
        elif found is not None:
            if name:
                headers.append(RawHeader(name, b"".join(pieces)))
            name, pieces = found[1].decode("ascii"), [line[found.end() :]]
        elif position == start and content.startswith(_ENVELOPE):
            pass
        elif _headers_follow(raw, line_end, is_boundary):
            problems.note(Problem.BAD_HEADER)
        else:
            if name:
                problems.note(Problem.NO_EMPTY_LINE)
            break
        size += len(line)
        position = line_end
        if len(headers) >= MOST_HEADERS or size > MOST_HEADER_BYTES:
            problems.note(Problem.TOO_MANY_HEADERS)
            position = _after_empty_line(raw, position)
            break
    if name:
        headers.append(RawHeader(name, b"".join(pieces)))
    return HeaderBlock(headers, position)


def _headers_follow(raw: bytes, position: int, is_boundary: Callable[[bytes], bool]) -> bool:
    for _ in range(20):
        line_end = raw.find(b"\n", position) + 1 or len(raw)
        content = raw[position:line_end].rstrip(b"\r\n")
        if not content or is_boundary(content):
            return False
        if _NAME.match(content):
            return True
        position = line_end
    return False


def _after_empty_line(raw: bytes, position: int) -> int:
    found = re.compile(rb"\n\r?\n").search(raw, max(position - 1, 0))
    return found.end() if found else len(raw)
