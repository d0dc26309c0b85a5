"""XML of other people, read without danger: no document type, entity, inclusion or network.

libxml2 reads. A first parser sees the document only up to its root element and ends at a document
type before anything in it counts; what it has seen then goes to the parser that reads all.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from lxml import etree

from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_adapters.documents.bounds import MOST_DEPTH, Content, found_instead, pieces
from lodge_adapters.documents.xml_options import OPTIONS

MOST_ATTRIBUTES = 1000
MOST_ELEMENTS = 1_000_000
"""How many elements a document may have that is held whole."""
MOST_ROW_ELEMENTS = 100_000
"""How many elements one row may have where rows are streamed."""
_MOST_BEFORE_ROOT = 1024 * 1024
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED = re.compile(r"""<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)""")


class Met(NamedTuple):
    """An element begins or ends; the root has depth 1."""

    is_start: bool
    element: Any
    depth: int


def walked(content: Content, where: str) -> Iterator[Met]:
    """Every beginning and end of an element. Comments and instructions are left out.

    The caller may empty elements that have ended. Raises BrokenSourceError naming the line for what
    is not well-formed, cut off, has a document type, or elements deeper than `MOST_DEPTH`.
    """
    parser: Any = etree.XMLPullParser(
        events=("start", "end"), remove_comments=True, remove_pis=True, **OPTIONS
    )
    depth = 0
    first = b""
    try:
        for piece in _behind_guard(content, where):
            first = first or piece
            parser.feed(piece)
            for event, element in parser.read_events():
                is_start = event == "start"
                if is_start:
                    depth += 1
                    _refuse_beyond(element, depth, where)
                    if depth == 1:
                        _refuse_odd_declaration(element, first, where)
                yield Met(is_start, element, depth)
                depth -= not is_start
            _refuse_noted(parser, where, first)
        parser.close()
    except etree.XMLSyntaxError as error:
        _refuse_noted(parser, where, first)
        _refuse(error, where, first)
    _refuse_noted(parser, where, first)


def whole_root(content: Content, where: str) -> Any:
    """The root element of a document that is held whole. Raises as `walked`, and TooLargeError."""
    root: Any = None
    count = 0
    for met in walked(content, where):
        count += met.is_start
        root = met.element if root is None else root
        if count > MOST_ELEMENTS:
            raise TooLargeError(f"{where}: more than {MOST_ELEMENTS} elements")
    return root


def refuse_type(content: bytes, where: str) -> None:
    """Raise BrokenSourceError for a document with a document type, or without an element."""
    for _ in _behind_guard(content, where):
        return


class _BegunError(Exception):
    """The root element begins: nothing dangerous can follow."""


class _TypedError(Exception):
    """There is a document type."""


class _Guard:
    """Sees what comes before the root element."""

    def doctype(self, *_said: Any) -> NoReturn:
        """Refuse the document before its type is read."""
        raise _TypedError

    def start(self, *_said: Any) -> NoReturn:
        """All is well."""
        raise _BegunError

    def close(self) -> None:
        """Nothing was there."""


def _behind_guard(content: Content, where: str) -> Iterator[bytes]:
    target: Any = _Guard()
    parser: Any = etree.XMLParser(target=target, **OPTIONS)
    seen: list[bytes] = []
    size = 0
    coming = pieces(content, where)
    try:
        for piece in coming:
            seen.append(piece)
            size += len(piece)
            if size > _MOST_BEFORE_ROOT + len(piece):
                raise BrokenSourceError(
                    f"{where}: no element within the first {_MOST_BEFORE_ROOT} bytes"
                )
            parser.feed(piece)
        parser.close()
    except _BegunError:
        pass
    except _TypedError as error:
        raise BrokenSourceError(
            f"{where}: a document type is not taken{_instead(seen[0])}"
        ) from error
    except etree.XMLSyntaxError as error:
        _refuse(error, where, b"".join(seen[:1]))
    yield from seen
    yield from coming


def _instead(start: bytes) -> str:
    """What the document seems to be, where that is no XML."""
    found = found_instead(start)
    return "" if "XML" in found else f"; expected XML, found {found}"


def _refuse_beyond(element: Any, depth: int, where: str) -> None:
    if depth > MOST_DEPTH:
        raise BrokenSourceError(
            f"{where} line {element.sourceline}: elements lie deeper than {MOST_DEPTH}"
        )
    if len(element.attrib) > MOST_ATTRIBUTES:
        raise BrokenSourceError(
            f"{where} line {element.sourceline}: more than {MOST_ATTRIBUTES} attributes"
        )


def _refuse_odd_declaration(root: Any, start: bytes, where: str) -> None:
    """XML 1.1 has other characters than libxml2 checks; a byte order mark and a declaration that
    contradict each other leave open which is right."""
    said = root.getroottree().docinfo
    if said.xml_version not in (None, "1.0"):
        raise BrokenSourceError(
            f"{where} line 1: XML {said.xml_version} is not taken; allowed: 1.0"
        )
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    declared = _DECLARED.match(start.decode(marked, "ignore")[:200]) if marked else None
    if marked and declared and not declared[1].lower().startswith(marked.removesuffix("-sig")):
        raise BrokenSourceError(
            f"{where} line 1: the byte order mark says {marked.removesuffix('-sig')}, "
            f"the declaration {declared[1][:20]}"
        )


def _refuse_noted(parser: Any, where: str, start: bytes) -> None:
    """Raise for what libxml2 notes and reads on from, or keeps to itself: a prefix that is not
    bound, an entity that nobody declares."""
    for entry in (*parser.feed_error_log, *parser.error_log):
        if entry.level >= etree.ErrorLevels.ERROR:
            said = entry.message.split("\n", 1)[0][:200]
            raise BrokenSourceError(
                f"{where} line {entry.line}: not well-formed XML: {said}{_instead(start)}"
            )


def _refuse(error: etree.XMLSyntaxError, where: str, start: bytes) -> NoReturn:
    said = (error.msg or "it is no XML").split("\n", 1)[0].removesuffix(" (line 0)")
    said = re.sub(r", line \d+, column \d+$", "", said)[:200]
    raise BrokenSourceError(
        f"{where} line {error.lineno or 1}: not well-formed XML: {said}{_instead(start)}"
    ) from error
