"""HTML to readable text by one walk over an lxml tree: linear in size, safe at any depth.

Blocks become lines, list items get a star, quotations the `> ` of plain mail (so that the reply
above them can be told apart), and what a reader never shows is left out. Libraries that lay out
tables take quadratic time on hostile mail and are not needed for words."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from lodge_core.mail.parsing.limits import MOST_HTML_CHARACTERS
from lodge_core.mail.parsing.problems import Problem, Problems

_HIDDEN = frozenset({"script", "style", "head", "title", "template", "object", "svg", "noframes"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre"})
_BLOCKS = _PARAGRAPHS | frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dt",
    "fieldset", "figure", "footer", "form", "header", "hr", "html", "li", "main", "nav", "section",
    "tbody", "tfoot", "thead", "tr",
})  # fmt: skip
_WHITE = re.compile(r"[ \t\r\n\f\v]+")
_MANY_EMPTY = re.compile(r"\n{3,}")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_DEEPEST_QUOTE = 20


def html_to_text(html: str, problems: Problems) -> str:
    """The words of the HTML in reading order, empty if there are none."""
    if len(html) > MOST_HTML_CHARACTERS:
        problems.note(Problem.TOO_LONG_TEXT)
        html = html[:MOST_HTML_CHARACTERS]
    source = _XML_DECLARATION.sub("", html.replace("\0", "\ufffd"))
    if not source.strip():
        return ""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        root = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        problems.note(Problem.BAD_HTML)
        return ""
    if any("Excessive depth" in error.message for error in parser.error_log):
        problems.note(Problem.TOO_DEEP)
    return "" if root is None else _Writer().text_of(root)


class _Writer:
    """The lines written so far and the state of the current one."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._words: list[str] = []
        self._quotes = 0
        self._hidden = 0
        self._preformatted = 0

    def text_of(self, root: Any) -> str:
        for event, element in _walk(root):
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                self._open(tag)
                self._write(element.text)
            else:
                self._close(tag)
                self._write(element.tail)
        self._end_line()
        return _MANY_EMPTY.sub("\n\n", "\n".join(self._lines)).strip("\n")

    def _open(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self._end_line(is_always=True)
        elif tag in {"td", "th"}:
            self._words.append(" ")
        elif tag in _BLOCKS:
            self._end_line()
            if tag in _PARAGRAPHS:
                self._empty_line()
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "li":
            self._words.append("* ")

    def _close(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden -= 1
        elif tag in _BLOCKS:
            self._end_line()
            if tag in _PARAGRAPHS:
                self._empty_line()
        if tag == "blockquote":
            self._quotes -= 1
        elif tag == "pre":
            self._preformatted -= 1

    def _write(self, text: str | None) -> None:
        if not text or self._hidden:
            return
        if not self._preformatted:
            self._words.append(_WHITE.sub(" ", text))
            return
        first, *others = text.replace("\r\n", "\n").split("\n")
        self._words.append(first)
        for line in others:
            self._end_line(is_always=True)
            self._words.append(line)

    def _end_line(self, *, is_always: bool = False) -> None:
        line = "".join(self._words)
        line = line.rstrip() if self._preformatted else re.sub(" {2,}", " ", line).strip(" ")
        self._words = []
        if line or is_always:
            self._lines.append(self._prefix(line) + line)

    def _empty_line(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._prefix(""))

    def _prefix(self, line: str) -> str:
        marks = ">" * min(self._quotes, _DEEPEST_QUOTE)
        return f"{marks} " if marks and line else marks


def _walk(root: Any) -> Iterator[tuple[str, Any]]:
    return etree.iterwalk(root, events=("start", "end"))
