"""Address headers to mailboxes, in one pass, as forgiving as mail readers are.

Groups are flattened, comments and routes dropped, words decoded after the list is split, so that
an encoded comma stays in its name; what has no `@` is kept only where brackets mark it."""

import re
from collections.abc import Iterator

from lodge_core.mail.parsing.charsets import clean
from lodge_core.mail.parsing.headers import decode_words, unfold
from lodge_core.mail.parsing.limits import MOST_ADDRESSES, MOST_LIST_HEADER_BYTES
from lodge_core.mail.parsing.message import Address
from lodge_core.mail.parsing.problems import Problem, Problems

_TOKEN = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*+")|(?P<open>"(?:[^"\\]|\\.)*+\\?\Z)"""
    r"""|(?P<angle><[^<>]*>)|(?P<mark>[,;:()])|(?P<space>\s+)|(?P<text>[^\s,;:()<>"]+|[<>])""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_COMMENT = re.compile(r"\s*\([^()]*\)\s*")
_ROUTE = re.compile(r"^@[^:]*:")
_ADDRESS = re.compile(r"(?<![^\s@,;:<>()\"])[^\s@,;:<>()\"]++@[^\s@,;:<>()\"]+")


def read_addresses(raw: bytes, problems: Problems) -> list[Address]:
    """The mailboxes of one header value, in order; `bad_address` notes what is none."""
    text = unfold(raw, problems, most=MOST_LIST_HEADER_BYTES)
    if "@" not in text and "=?" in text:
        text = decode_words(text, problems)
    reader = _Reader(problems)
    for group, token in _tokens(text):
        if len(reader.found) >= MOST_ADDRESSES:
            problems.note(Problem.TOO_MANY_ADDRESSES)
            return reader.found
        reader.take(group, token)
    reader.end_of_mailbox()
    return reader.found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """The tokens of the header; a quote that nobody closes is a character like any other."""
    position = 0
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "open":
            position = token.start()
            break
        yield token.lastgroup or "text", token[0]
    else:
        return
    for token in _TOKEN.finditer(text[position:].replace('"', "")):
        yield token.lastgroup or "text", token[0]


class _Reader:
    """The mailbox being read: the words before the brackets, the brackets, the comment."""

    def __init__(self, problems: Problems) -> None:
        self.found: list[Address] = []
        self._problems = problems
        self._depth = 0
        self._start()

    def _start(self) -> None:
        self._words: list[str] = []
        self._comment: list[str] = []
        self._angle: str | None = None
        self._has_quoted = False

    def take(self, group: str, piece: str) -> None:
        """One piece of the header, and which kind it is."""
        if piece == "(":
            self._depth += 1
        elif self._depth:
            self._depth -= piece == ")"
            if self._depth:
                self._comment.append(piece)
        elif piece in {",", ";"}:
            self.end_of_mailbox()
        elif piece == ":" and self._angle is None and not self._is_address():
            self._start()
        elif group == "angle":
            if self._angle is not None:
                self.end_of_mailbox()
            self._angle = piece[1:-1]
        else:
            self._has_quoted |= group == "quoted"
            self._words.append(piece)

    def _is_address(self) -> bool:
        return any("@" in word for word in self._words)

    def end_of_mailbox(self) -> None:
        """Close the mailbox at a comma, a semicolon or the end."""
        words = "".join(self._words).strip()
        angle = None if self._angle is None else self._angle.strip()
        if angle:
            self._add(_name(words, self._problems), _without_comments(angle))
        elif "@" in words:
            self._bare(words)
        elif words:
            self._problems.note(Problem.BAD_ADDRESS)
            if self._angle == "" or (angle is None and " " not in words):
                self.found.append(Address(_name(words, self._problems), ""))
        self._start()

    def _bare(self, words: str) -> None:
        comment = decode_words("".join(self._comment).strip(), self._problems)
        if self._has_quoted and words.startswith('"') and '"@' in words:
            self._add(comment, words)
            return
        inner = _ADDRESS.search(words)
        if inner is None:
            self._add(comment, words)
            return
        rest = (words[: inner.start()] + words[inner.end() :]).strip(" '\"<>")
        self._add(_name(rest, self._problems) or comment, inner[0])

    def _add(self, name: str, address: str) -> None:
        address = address.strip().strip("<>").strip()
        if "=?" in address:
            address = decode_words(address, self._problems).strip()
        if "@" not in address:
            self._problems.note(Problem.BAD_ADDRESS)
        if address or name:
            self.found.append(Address(name, clean(address, self._problems)))


def _without_comments(angle: str) -> str:
    plain = _COMMENT.sub("", _ROUTE.sub("", angle))
    return plain if '"' in plain else "".join(plain.split())


def _name(words: str, problems: Problems) -> str:
    if len(words) > 1 and words[0] == '"' == words[-1] and words.count('"') == 2:
        words = words[1:-1]
    elif '"' in words:
        words = _QUOTED.sub(r"\1", words)
    words = _ESCAPED.sub(r"\1", words)
    name = decode_words(words, problems).strip()
    return name[1:-1] if len(name) > 1 and name[0] == "'" == name[-1] else name
