"""Find the rows in a document that was fetched: its format, where the rows are, what they hold."""

import csv
import io
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import orjson
from lxml import etree

from lodge_adapters.language import Csv, Format
from lodge_adapters.sampling import Row
from lodge_platform.errors import RefusedError

MOST_ROWS = 500
_DELIMITERS = (",", ";", "\t", "|")
_MOST_DEPTH = 6
_SUFFIXES = {
    ".json": Format.JSON,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".xml": Format.XML,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".xlsx": Format.EXCEL,
    ".xls": Format.EXCEL,
    ".ods": Format.EXCEL,
    ".parquet": Format.PARQUET,
}
_MEDIA = {
    "json": Format.JSON,
    "xml": Format.XML,
    "csv": Format.CSV,
    "x-ndjson": Format.JSON_LINES,
}


class Seen(NamedTuple):
    """Rows of a document, where they are in it (`rows` of an answer), how a CSV is written, and
    what else a person should know."""

    rows: list[Row]
    path: str | None = None
    csv: Csv = Csv()
    is_text: bool = False
    notes: tuple[str, ...] = ()


def format_of(name: str, content: bytes = b"", media: str = "") -> Format | None:
    """The format by the file's name, else by the media type, else by the first bytes; None where
    nothing tells."""
    suffix = f".{name.rsplit('.', 1)[-1].lower()}" if "." in name else ""
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    said = media.split(";", 1)[0].strip().lower()
    by_media = next((kind for word, kind in _MEDIA.items() if said.endswith(word)), None)
    if by_media is not None:
        return by_media
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return Format.JSON
    return Format.XML if start == b"<" else (Format.CSV if start else None)


def rows_in(content: bytes, kind: Format, where: str) -> Seen:
    """The rows of JSON, JSON lines, XML or CSV. Raises RefusedError for what cannot be read."""
    if kind is Format.JSON:
        return _json(_decoded(content, where))
    if kind is Format.JSON_LINES:
        lines = [line for line in content.splitlines() if line.strip()]
        return Seen(_things([_decoded(line, where) for line in lines[:MOST_ROWS]]))
    if kind is Format.XML:
        return _xml(content, where)
    return _csv(content)


def _decoded(content: bytes, where: str) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise RefusedError(f"{where} is no JSON: {error}") from error


def _json(document: Any) -> Seen:
    """The longest list of things that is not inside another list; else the document as one row."""
    lists: list[tuple[int, str, list[Any]]] = []
    _lists(document, "$", 0, lists)
    if not lists:
        return Seen(_things([document]), "$")
    _, path, found = max(lists, key=lambda each: each[0])
    others = [f"rows could also be {other}" for _, other, _ in lists if other != path]
    if isinstance(document, Mapping):
        for name in ("next", "next_page", "nextPage", "next_page_token", "cursor"):
            if name in document:
                others.append(f"the document has `{name}`: see `paging`")
    return Seen(_things(found[:MOST_ROWS]), path, notes=tuple(others))


def _lists(value: Any, path: str, depth: int, found: list[tuple[int, str, list[Any]]]) -> None:
    if isinstance(value, list):
        things = [one for one in value if isinstance(one, dict)]  # pyright: ignore[reportUnknownVariableType]
        if things:
            found.append((len(things), f"{path}[*]", things))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, dict) and depth < _MOST_DEPTH:
        for name, inner in cast("dict[str, Any]", value).items():
            _lists(inner, f"{path}{_step(name)}", depth + 1, found)


def _step(name: str) -> str:
    """A name as a step of a JSONPath."""
    is_plain = name.isascii() and name.replace("_", "a").isalnum() and not name[0].isdigit()
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    return f".{name}" if is_plain else f"['{quoted}']"


def _things(values: list[Any]) -> list[Row]:
    return [one for one in values if isinstance(one, Mapping)]


def _xml(content: bytes, where: str) -> Seen:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root: Any = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise RefusedError(f"{where} is no XML: line {error.lineno}: {error.msg}") from error
    if root.getroottree().docinfo.doctype:
        raise RefusedError(f"{where} has a document type, which no link takes")
    found = (1, [root])
    todo: list[Any] = [root]
    while todo:
        element = todo.pop(0)
        groups: dict[str, list[Any]] = {}
        for child in element:
            groups.setdefault(child.tag, []).append(child)
        # Rows hold something: elements of plain text that repeat are a list inside a row.
        for group in groups.values():
            if len(group) > found[0] and any(len(one) or one.attrib for one in group):
                found = (len(group), group)
        if len(groups) == 1 or element is root:
            todo += [group[0] for group in groups.values() if len(group) == 1]
    rows = [_thing(one) for one in found[1][:MOST_ROWS]]
    return Seen(
        [row for row in rows if isinstance(row, dict)], _path(found[1][0], root), is_text=True
    )


def _path(element: Any, root: Any) -> str:
    """Names alone: in a link they fit any namespace."""
    steps: list[str] = []
    at = element
    while at is not None:
        steps.append(etree.QName(at).localname)
        at = None if at is root else at.getparent()
    return "/" + "/".join(reversed(steps))


def _thing(element: Any) -> Any:
    """An element as a row: attributes as @name, children by name, its own text as `text()`."""
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return text or None
    row: dict[str, Any] = {
        f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()
    }
    for child in element:
        name, value = etree.QName(child).localname, _thing(child)
        if name in row:
            before = row[name]
            row[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            row[name] = value
    if text and not len(element):
        row["text()"] = text
    return row


def _csv(content: bytes) -> Seen:
    text, encoding = _text(content)
    said = Csv()
    lines, best = list[list[str]](), 0
    for delimiter in _DELIMITERS:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[: MOST_ROWS + 1]
        read = [line for line in read if line]
        widths = [len(line) for line in read]
        usual = max(set(widths), key=widths.count) if widths else 1
        score = widths.count(usual) * (usual > 1) * 1000 // max(1, len(widths)) + usual
        if score > best:
            lines, best, said = read, score, Csv(delimiter=delimiter, encoding=encoding)
    if not lines:
        return Seen([], is_text=True)
    first = lines[0]
    has_header = len(set(first)) == len(first) and not any(_is_number(cell) for cell in first)
    names = first if has_header else [f"column_{number + 1}" for number in range(len(first))]
    odd = sum(len(line) != len(first) for line in lines)
    notes = (
        f"{odd} of the first {len(lines)} lines have another number of cells: see `bad_lines`",
    )
    if not has_header:
        said = Csv(delimiter=said.delimiter, encoding=encoding, header=False, columns=tuple(names))
    body = lines[1:] if has_header else lines
    rows = [{name: cell or None for name, cell in zip(names, line, strict=False)} for line in body]
    return Seen(list(rows), csv=said, is_text=True, notes=notes if odd else ())


def _text(content: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        is_marked = content.startswith(b"\xef\xbb\xbf")
        return text, "utf-8-sig" if is_marked else "utf-8" if encoding != "cp1252" else encoding
    return content.decode("latin-1"), "latin-1"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return not cell.strip()
    return True
