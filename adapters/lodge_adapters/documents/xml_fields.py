"""The values of one XML row: what its fields declare, and the rest.

Undeclared are child elements that no field leads through, by local name, attributes as `@name`, and
text of a row without elements as `.`. An element with xsi:nil="true" is None; so is an empty one,
unless its field is text.
"""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from lodge_adapters.answers.fields import source_name
from lodge_adapters.documents.batching import Picked
from lodge_adapters.documents.xml_paths import Step, compiled, fits, simple_steps, step_of
from lodge_adapters.language import Field, Type

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
Spaces = Mapping[str | None, str]
Children = Mapping[str, list[Any]]


class XmlFields:
    """Picks the declared cells of an element. `names` are the columns.

    A field's `from` is an XPath below the row. Several matches are a list. Raises SetUpError for
    what is no XPath, BrokenSourceError for a prefix that the document's root does not declare.
    """

    def __init__(self, fields: tuple[Field, ...], spaces: Spaces, where: str) -> None:
        by_name = {source_name(field): field for field in fields}
        self.names = tuple(by_name)
        self._fields = [_Field(name, field, spaces, where) for name, field in by_name.items()]
        self._used = {one.first for one in self._fields if one.first}
        self._open = [one for one in self._fields if one.xpath is not None]

    def pick(self, element: Any) -> Picked:
        """The cells of the columns, and undeclared values by name."""
        children: dict[str, list[Any]] = {}
        for child in element:
            children.setdefault(child.tag.rpartition("}")[2], []).append(child)
        found = [one.found(element, children) for one in self._fields]
        cells = tuple(one.cell(nodes) for one, nodes in zip(self._fields, found, strict=True))
        used = self._used
        if self._open:
            used = used.union(*(one.firsts(element) for one in self._open))
        others: dict[str, Any] = {
            name: _plain_all(nodes) for name, nodes in children.items() if name not in used
        }
        for name, value in element.attrib.items():
            local = f"@{name.rpartition('}')[2]}"
            if local not in used and not name.startswith(_XSI):
                others[local] = value
        if not children and "." not in used and (element.text or "").strip():
            others["."] = element.text
        return cells, others


class _Field:
    def __init__(self, name: str, field: Field, spaces: Spaces, where: str) -> None:
        simple = simple_steps(name)
        self.xpath: Any = None if simple else compiled(name, spaces, where)
        steps, self._last = simple or ((), None)
        self._steps: list[Step] = [step_of(step, spaces, where) for step in steps]
        self._parts = XmlFields(field.fields, spaces, where) if field.fields else None
        self._is_list = field.is_list
        self._is_text = field.type is Type.TEXT
        self.first = self._steps[0][1] if self._steps else self._last
        if self.first == "text()":
            self.first = "."

    def found(self, element: Any, children: Children) -> list[Any]:
        """The nodes and values that the path leads to."""
        if self.xpath is not None:
            value = self.xpath(element)
            return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
        nodes: list[Any] = [element]
        for place, step in enumerate(self._steps):
            if place == 0:
                near = children.get(step[1], ())
            else:
                near = [child for node in nodes for child in node]
            nodes = [node for node in near if fits(step, node.tag)]
        if self._last is None or self._last == ".":
            return nodes
        if self._last == "text()":
            return [node.text for node in nodes if node.text]
        return [value for node in nodes for value in _attribute(node, self._last[1:])]

    def firsts(self, element: Any) -> set[str]:
        """The names of the row's parts that an XPath leads through."""
        names: set[str] = set()
        for node in self.found(element, {}):
            at = node if etree.iselement(node) else getattr(node, "getparent", lambda: None)()
            if at is element:
                name = getattr(node, "attrname", None)
                names.add(f"@{name.rpartition('}')[2]}" if name else ".")
            while at is not None and at is not element:
                above = at.getparent()
                if above is element:
                    names.add(at.tag.rpartition("}")[2])
                at = above
        return names

    def cell(self, nodes: list[Any]) -> Any:
        """What the nodes say, as one value or a list."""
        values = [self._value(node) for node in nodes]
        if self._is_list or len(values) > 1:
            return values
        return values[0] if values else None

    def _value(self, node: Any) -> Any:
        if isinstance(node, bool):
            return node
        if isinstance(node, float):
            return None if node != node else int(node) if node.is_integer() else node
        if isinstance(node, str):
            return self._text(str(node))
        if node.get(f"{_XSI}nil") in ("true", "1"):
            return None
        if self._parts is not None:
            cells, others = self._parts.pick(node)
            return dict(zip(self._parts.names, cells, strict=True)) | dict(others)
        value = plain(node)
        return self._text(value) if isinstance(value, str) else value

    def _text(self, said: str) -> str | None:
        return said if self._is_text else said.strip() or None


def plain(element: Any) -> Any:
    """An element nobody declared: its text; where it has elements and no text among them, a dict
    of them by local name, several of a name as a list."""
    if not len(element):
        return None if element.get(f"{_XSI}nil") in ("true", "1") else element.text or ""
    if any((text or "").strip() for text in (element.text, *(one.tail for one in element))):
        return "".join(element.itertext())
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag.rpartition("}")[2], []).append(child)
    return {name: _plain_all(nodes) for name, nodes in found.items()}


def _plain_all(nodes: list[Any]) -> Any:
    return plain(nodes[0]) if len(nodes) == 1 else [plain(node) for node in nodes]


def _attribute(node: Any, name: str) -> list[str]:
    """The attribute of that local name."""
    if (value := node.get(name)) is not None:
        return [value]
    return [value for key, value in node.attrib.items() if key.endswith(f"}}{name}")][:1]
