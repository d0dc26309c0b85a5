"""The MIME tree of a mail, found in one pass over its boundary lines without recursion.

A boundary of an outer multipart ends all that is open inside it; a message/rfc822 part is a leaf
(its own parts stay inside it), so a bounce's or forward's inner mail is read only when asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lodge_core.mail.parsing.header_block import RawHeader, read_headers
from lodge_core.mail.parsing.limits import MOST_DEPTH, MOST_PARTS
from lodge_core.mail.parsing.parameters import Parameters, read_parameters
from lodge_core.mail.parsing.problems import Problem, Problems
from lodge_core.mail.parsing.transfer import undo_transfer

_DASHED_LINE = re.compile(rb"^--([^\n]{1,1000})$", re.MULTILINE)
_NO_PARAMETERS = Parameters("", {})


@dataclass(slots=True)
class Part:
    """One node of the tree; its body is `raw[start:end]`, still encoded."""

    raw: bytes
    headers: list[RawHeader]
    start: int
    end: int
    content_type: str
    parameters: dict[str, str]
    disposition: Parameters
    encoding: str
    children: list["Part"] = field(default_factory=list["Part"])
    is_multipart: bool = False
    is_closed: bool = False

    def content(self, problems: Problems) -> bytes:
        """The decoded bytes of a leaf."""
        return undo_transfer(self.raw[self.start : self.end], self.encoding, problems)

    def header(self, name: str) -> bytes | None:
        """The first value of a header, by its name in lower case."""
        return next((each.value for each in self.headers if each.name.lower() == name), None)

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in the order of the mail."""
        waiting: list[Part] = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


@dataclass(slots=True)
class _Open:
    part: Part
    boundary: bytes


def read_structure(raw: bytes, problems: Problems) -> Part:
    """The root of the tree of `raw`, which has `\\n` or `\\r\\n` line ends."""
    depths: dict[bytes, list[int]] = {}
    root = _open_part(raw, 0, "text/plain", depths, problems)
    stack: list[_Open] = []
    current = root
    count = 1
    _push(current, stack, depths, problems)
    if not stack:
        return root
    for line in _DASHED_LINE.finditer(raw, root.start):
        place = line.start()
        if place < current.start:
            continue
        level, is_last = _level(line[1], depths)
        if level is None:
            continue
        end = _before_line_end(raw, place)
        current.end = max(min(current.end, end), current.start)
        _close(stack, depths, level + 1, end, problems)
        owner = stack[level]
        if is_last:
            owner.part.is_closed = True
            current = owner.part
            _close(stack, depths, level, end, problems)
            if not stack:
                break
            continue
        if count >= MOST_PARTS:
            problems.note(Problem.TOO_MANY_PARTS)
            break
        default = "message/rfc822" if owner.part.content_type.endswith("digest") else "text/plain"
        current = _open_part(raw, min(line.end() + 1, len(raw)), default, depths, problems)
        owner.part.children.append(current)
        count += 1
        _push(current, stack, depths, problems)
    _close(stack, depths, 0, len(raw), problems)
    return root


def _open_part(
    raw: bytes, start: int, default: str, depths: dict[bytes, list[int]], problems: Problems
) -> Part:
    headers, body_start = read_headers(
        raw, start, problems, is_boundary=lambda line: _level(line[2:], depths)[0] is not None
    )
    found: dict[str, bytes] = {}
    for header in headers:
        name = header.name.lower()
        if name.startswith("content-") and (name not in found or b"boundary" in header.value):
            found[name] = header.value
    kind = _parameters(found.get("content-type"), problems)
    encoding = _parameters(found.get("content-transfer-encoding"), problems).word
    word = kind.word if kind.word.count("/") == 1 and not kind.word.endswith("/") else default
    return Part(
        raw=raw,
        headers=headers,
        start=body_start,
        end=len(raw),
        content_type=word,
        parameters=kind.values,
        disposition=_parameters(found.get("content-disposition"), problems),
        encoding=encoding,
    )


def _parameters(value: bytes | None, problems: Problems) -> Parameters:
    return _NO_PARAMETERS if value is None else read_parameters(value, problems)


def _push(
    part: Part, stack: list[_Open], depths: dict[bytes, list[int]], problems: Problems
) -> None:
    if not part.content_type.startswith("multipart/"):
        return
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
    if not boundary:
        problems.note(Problem.NO_BOUNDARY)
    elif len(stack) >= MOST_DEPTH:
        problems.note(Problem.TOO_DEEP)
    else:
        part.is_multipart = True
        depths.setdefault(boundary, []).append(len(stack))
        stack.append(_Open(part, boundary))


def _level(line: bytes, depths: dict[bytes, list[int]]) -> tuple[int | None, bool]:
    mark = line.rstrip()
    if mark in depths:
        return depths[mark][-1], False
    if mark.endswith(b"--") and mark[:-2].rstrip() in depths:
        return depths[mark[:-2].rstrip()][-1], True
    return None, False


def _close(
    stack: list[_Open],
    depths: dict[bytes, list[int]],
    level: int,
    end: int,
    problems: Problems,
) -> None:
    """Take all multiparts from `level` upwards off the stack; they end at `end`."""
    while len(stack) > level:
        closed = stack.pop()
        levels = depths[closed.boundary]
        levels.pop()
        if not levels:
            del depths[closed.boundary]
        closed.part.end = max(end, closed.part.start)
        _finish(closed.part, problems)


def _before_line_end(raw: bytes, place: int) -> int:
    if raw[place - 1 : place] == b"\n":
        place -= 1
    return place - 1 if raw[place - 1 : place] == b"\r" else place


def _finish(part: Part, problems: Problems) -> None:
    if not part.children:
        problems.note(Problem.WRONG_BOUNDARY)
        part.is_multipart = False
    elif not part.is_closed:
        problems.note(Problem.UNCLOSED_BOUNDARY)
