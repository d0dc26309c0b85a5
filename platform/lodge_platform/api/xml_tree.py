"""An XML body as a small tree: no document type, no entities, bounded in depth and number.

libxml2 reads; a document type ends the reading where it begins, before anything in it counts.
"""

from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from lodge_platform.api import problem_types as types
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.api.xml_words import NAMESPACE, TYPES, XSI, unescaped

_MOST_DEPTH = 30
_MOST_ELEMENTS = 50_000
_OURS = ("name", "escaped", "escaped_name")
_LOCATIONS = ("schemaLocation", "noNamespaceSchemaLocation")
# What the types of XML Schema itself mean here, for programs that write those.
_ALIASES = {
    **dict.fromkeys(("string", "dateTime", "date", "token", "normalizedString"), "text"),
    **dict.fromkeys(("int", "integer", "long", "short", "decimal", "double"), "number"),
}
_TRUE, _FALSE = ("true", "1"), ("false", "0")


@dataclass
class Node:
    """An element: its name, what its attributes say, its text, the elements in it."""

    name: str
    is_nil: bool = False
    type: str | None = None
    key: str | None = None
    is_escaped: bool = False
    parts: list[str] = field(default_factory=list[str])
    children: list["Node"] = field(default_factory=list["Node"])

    @property
    def is_blank(self) -> bool:
        """Whether its text is nothing but white space."""
        return not "".join(self.parts).strip(" \t\r\n")

    @property
    def text(self) -> str:
        """Its text, as it is meant. Raises ApiProblem 422 for a backslash of no meaning."""
        said = "".join(self.parts)
        return _meant(said, self.name) if self.is_escaped else said


def tree_of(content: bytes, charset: str | None = None) -> Node:
    """The document's root. Raises ApiProblem 400 for what cannot be read or has a document type,
    422 for an attribute or a namespace that has no meaning here."""
    growing: Any = _Growing()
    try:
        parser = etree.XMLParser(
            target=growing,
            encoding=None if content[:2] in (b"\xff\xfe", b"\xfe\xff") else charset,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        root: Any = etree.fromstring(content, parser)
    except LookupError as error:
        raise _malformed(f"no encoding {charset}") from error
    except (etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise _malformed(_said(error)) from error
    if len(parser.error_log):  # a prefix that is not bound, which libxml2 reads on from
        raise _malformed(parser.error_log[0].message)
    if not isinstance(root, Node):
        raise _malformed("there is no element")
    if growing.refused is not None:
        raise growing.refused
    return root


class _Growing:
    """Takes what the parser meets; ends at once what is no XML or too much of it.

    What has no meaning here is kept in `refused`: it matters only when the rest is XML.
    """

    def __init__(self) -> None:
        self._open: list[Node] = []
        self._root: Node | None = None
        self._count = 0
        self.refused: ApiProblem | None = None

    def doctype(self, *_said: Any) -> None:
        """Refuse the document before its type is read."""
        raise _malformed("a document type is not taken")

    def start(self, tag: str, attributes: dict[str, str], _spaces: Any = None) -> None:
        """An element begins."""
        self._count += 1
        if len(self._open) >= _MOST_DEPTH:
            raise _malformed(f"elements lie deeper than {_MOST_DEPTH}")
        if self._count > _MOST_ELEMENTS:
            raise _malformed(f"there are more than {_MOST_ELEMENTS} elements")
        node = self._read(tag, dict(attributes))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)

    def end(self, _tag: str) -> None:
        """An element ends."""
        node = self._open.pop()
        if node.children and not node.is_blank:
            raise _malformed(f"text stands among the elements in {node.name}")
        if node.is_nil and (node.children or not node.is_blank):
            raise _malformed(f"{node.name} says that it is nil, and is not empty")

    def data(self, said: str) -> None:
        """Text, perhaps in several parts."""
        if self._open:
            self._open[-1].parts.append(said)

    def comment(self, _said: str) -> None:
        """A comment is for people."""

    def pi(self, _target: str, _said: str | None = None) -> None:
        """Instructions to programs are followed by none of ours."""

    def close(self) -> Node | None:
        """The root, at the end."""
        return self._root

    def _read(self, tag: str, attributes: dict[str, str]) -> Node:
        try:
            return _node(tag, attributes)
        except ApiProblem as problem:
            self.refused = self.refused or problem
            return Node(_split(tag)[1])


def _node(tag: str, attributes: dict[str, str]) -> Node:
    space, name = _split(tag)
    if space not in ("", NAMESPACE):
        raise _refused(name, f"The namespace is {NAMESPACE} or none.", [NAMESPACE])
    node = Node(name)
    if escaped := attributes.pop("escaped", None):
        node.is_escaped = _truth(escaped, name)
    is_escaped = attributes.pop("escaped_name", None) if name == "entry" else None
    key = attributes.pop("name", None) if name == "entry" else None
    if key is not None:
        node.key = _meant(key, name) if is_escaped and _truth(is_escaped, name) else key
    for said, value in attributes.items():
        space, word = _split(said)
        if space == XSI and word == "nil":
            node.is_nil = _truth(value, name)
        elif space == XSI and word == "type":
            node.type = _type(value, name)
        elif not (space == XSI and word in _LOCATIONS) and not space.endswith(
            "/XML/1998/namespace"
        ):
            detail = f"There is no attribute {word!r} here."
            raise _refused(name, detail, [*_OURS, "xsi:nil", "xsi:type"])
    return node


def _split(tag: str) -> tuple[str, str]:
    space, _, name = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    return space, name


def _type(value: str, name: str) -> str:
    word = value.strip().rpartition(":")[2]
    word = _ALIASES.get(word, word)
    if word not in TYPES:
        raise _refused(name, f"xsi:type is one of {', '.join(TYPES)}.", list(TYPES))
    return word


def _truth(value: str, name: str) -> bool:
    word = value.strip()
    if word not in (*_TRUE, *_FALSE):
        raise _refused(name, f"{value!r} is neither true nor false.", ["true", "false"])
    return word in _TRUE


def _meant(said: str, name: str) -> str:
    try:
        return unescaped(said)
    except ValueError as error:
        raise _refused(name, f"The text is not escaped as it says: {error}.") from error


def _said(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200] or "it is no XML"


def _malformed(said: str) -> ApiProblem:
    return ApiProblem(types.MALFORMED_BODY, f"Malformed XML: {said}.")


def _refused(field: str, detail: str, allowed: list[str] | None = None) -> ApiProblem:
    errors = [field_error(field, detail, allowed or [])]
    return ApiProblem(types.INVALID_BODY, f"{field}: {detail}", errors=errors)
