"""The MIME tree of a mail, found in one pass over its boundary lines without recursion.

It stands alone: the quick parser in Rust (fast-mail-parser) finds the same tree in 0.03 ms a mail
where this takes 0.08 of the 0.5 ms a whole parse takes, but raises on 5 % of hard mail, hides raw
header bytes and repairs without a word, so a first try with it would save a tenth and cost a second
truth to keep equal.

A boundary of an outer multipart ends all that is open inside it; a message/rfc822 part is a leaf
(its own parts stay inside it), so a bounce's or forward's inner mail is read only when asked."""

import re
from dataclasses import dataclass

from lodge_core.mail.parsing.limits import MOST_DEPTH, MOST_PARTS
from lodge_core.mail.parsing.part import Part, open_part
from lodge_core.mail.parsing.problems import Problem, Problems

_DASHED_LINE = re.compile(rb"^--([^\n]{1,1000})$", re.MULTILINE)


@dataclass(slots=True)
class _Open:
    part: Part
    boundary: bytes


def read_structure(raw: bytes, problems: Problems) -> Part:
    """The root of the tree of `raw`, which has `\\n` or `\\r\\n` line ends."""
    depths: dict[bytes, list[int]] = {}

    def is_boundary(line: bytes) -> bool:
        return _level(line[2:], depths)[0] is not None

    root = open_part(raw, 0, is_boundary, problems)
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
        start = min(line.end() + 1, len(raw))
        is_digest = owner.part.content_type == "multipart/digest"
        current = open_part(raw, start, is_boundary, problems, is_digested=is_digest)
        owner.part.children.append(current)
        count += 1
        _push(current, stack, depths, problems)
    _close(stack, depths, 0, len(raw), problems)
    return root


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
