"""An answer as XML, a batch of rows at a time; text is put together, no tree is built.

A text that XML cannot hold is escaped and marked `escaped="true"`, as everywhere in Lodge.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lodge_adapters.answers.contracts import More, Row
from lodge_adapters.answers.envelope import End, described
from lodge_adapters.answers.fields import ALL, Seen, shown_fields
from lodge_adapters.answers.values import literal
from lodge_adapters.language import Contract, Field, Link, Type
from lodge_platform.api.answers import XML
from lodge_platform.api.xml_words import attribute, text, writable
from lodge_platform.links.answers import Provenance

# What cannot stand in an element as it is; most columns have none of it.
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN = (Type.INTEGER, Type.DECIMAL, Type.BOOLEAN, Type.DATE, Type.INSTANT)


class XmlForm:
    """The XML of one answer of a link, for a reader who may see `seen`."""

    media = XML

    def __init__(self, name: str, link: Link, seen: Seen = ALL) -> None:
        self._name = name
        self._root, self._row = link.answer.root, link.answer.row
        self._fields = shown_fields(link.answer.fields, seen)
        self._seen = seen
        self._has_more = link.contract is Contract.EVOLVE
        self._attributes = [n for n, field in enumerate(self._fields) if field.attribute]
        self._elements = [n for n, field in enumerate(self._fields) if not field.attribute]

    def head(self, provenance: Provenance, version: str) -> bytes:
        """The declaration and the start of the root."""
        said = described(self._name, version, provenance)
        words = "".join(attribute(name, literal(value)) for name, value in said.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<{self._root}{words}>\n'.encode()

    def rows(self, rows: list[Row]) -> bytes:
        """Each row an element on a line of its own."""
        if not rows:
            return b""
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        attributes = [_attributes(self._fields[n], columns[n]) for n in self._attributes]
        elements = [self._elements_of(self._fields[n], columns[n]) for n in self._elements]
        if self._has_more:
            elements.append([_more(cell) for cell in columns[-1]])
        count = len(rows)
        inner = [*map("".join, zip(*elements, strict=True))] if elements else [""] * count
        if not attributes:
            start, between = f"<{self._row}>", f"</{self._row}>\n<{self._row}>"
            return f"{start}{between.join(inner)}</{self._row}>\n".encode()
        outer = map("".join, zip(*attributes, strict=True))
        pairs = zip(outer, inner, strict=True)
        return "".join(
            f"<{self._row}{said}>{within}</{self._row}>\n" for said, within in pairs
        ).encode()

    def end(self, end: End) -> bytes:
        """The element `end`, and the end of the root."""
        said = {"rows": end.rows, "discarded": end.discarded, "truncated": end.truncated}
        words = "".join(f' {name}="{literal(value)}"' for name, value in said.items())
        return f"<end{words}/>\n</{self._root}>\n".encode()

    def failed(self, problem: Mapping[str, Any]) -> bytes:
        """The element `error`, and the end of the root."""
        return f"{error_element(problem)}\n</{self._root}>\n".encode()

    def _elements_of(self, field: Field, cells: Sequence[Any]) -> Sequence[str]:
        if field.fields or field.is_list:
            return [self._nested(field, cell) for cell in cells]
        start, end = f"<{field.name}>", f"</{field.name}>"
        if field.type in _PLAIN:
            return ["" if cell is None else f"{start}{literal(cell)}{end}" for cell in cells]
        if None not in cells and _SPECIAL.search("".join(cells)) is None:
            return [f"{start}{cell}{end}" for cell in cells]
        return [_element(field.name, cell) for cell in cells]

    def _nested(self, field: Field, cell: Any) -> str:
        if cell is None:
            return ""
        if field.is_list:
            return "".join(self._single(field, one) for one in cell)
        return self._single(field, cell)

    def _single(self, field: Field, cell: Any) -> str:
        if not field.fields:
            return _element(field.name, literal(cell))
        fields = shown_fields(field.fields, self._seen)
        words = "".join(
            attribute(one.name, literal(value))
            for one, value in zip(fields, cell, strict=True)
            if one.attribute and value is not None
        )
        inner = "".join(
            self._nested(one, value)
            for one, value in zip(fields, cell, strict=True)
            if not one.attribute
        )
        return f"<{field.name}{words}>{inner}</{field.name}>"


def error_element(problem: Mapping[str, Any]) -> str:
    """Problem details as the element `error`: type, title, status, detail."""
    inner = "".join(
        f"<{name}>{writable(str(problem[name]))}</{name}>"
        for name in ("type", "title", "status", "detail")
        if problem.get(name) is not None
    )
    return f"<error>{inner}</error>"


def error_document(problem: Mapping[str, Any]) -> bytes:
    """Problem details as a whole document: what is answered instead of an answer."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{error_element(problem)}\n'.encode()


def _attributes(field: Field, cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else attribute(field.name, literal(cell)) for cell in cells]


def _element(name: str, cell: Any) -> str:
    if cell is None:
        return ""
    said, mark = text(cell)
    return f"<{name}{mark}>{said}</{name}>"


def _more(more: More | None) -> str:
    if not more:
        return ""
    inner: list[str] = []
    for name, value in more.items():
        said, mark = text(value)
        inner.append(f"<value{attribute('name', name)}{mark}>{said}</value>")
    return f"<more>{''.join(inner)}</more>"
