"""A link file written in XML, as the same nodes that YAML makes: one reader for both.

Attributes and elements are entries. An element whose name is the plural of all its children's
(`<parameters><parameter/>...`) is a list; so is one with `list="true"`.
"""

from typing import Any

from lxml import etree
from yaml import Mark
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lodge_platform.configuring.lines import MOST_BYTES, Place
from lodge_platform.errors import RefusedError

_TEXT = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_MOST_DEPTH = 40


def compose_xml(document: str, place: Place) -> Node:
    """The document as a node. Raises RefusedError naming the line where it is not plain XML."""
    content = document.encode("utf-8", "replace")
    if len(content) > MOST_BYTES:
        raise RefusedError(f"{place.source} is larger than {MOST_BYTES} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise RefusedError(f"{place.source} line {error.lineno}: not XML: {error.msg}") from error
    tree: Any = root.getroottree()  # the stubs do not know `doctype`
    if tree.docinfo.doctype:
        raise RefusedError(f"{place.source} line 1: a document type is not allowed; leave it out")
    return _node(root, place, 0)


def _node(element: Any, place: Place, depth: int) -> Node:
    mark = _mark(element, place)
    if depth > _MOST_DEPTH:
        raise RefusedError(
            f"{place.source} line {mark.line + 1}: nested more than {_MOST_DEPTH} deep"
        )
    children = list(element)
    attributes = dict(element.attrib)
    is_list = attributes.pop("list", None) == "true" and not attributes
    if children and (is_list or _is_plural(element.tag, children)):
        return SequenceNode("", [_node(child, place, depth + 1) for child in children], mark, mark)
    if not children and not attributes and not is_list:
        text = element.text or ""
        return ScalarNode(_TEXT if text.strip() else _NULL, text, mark, mark)
    named: list[tuple[Node, Node]] = []
    for name, value in attributes.items():
        named.append((_scalar(name, mark), _scalar(value, mark)))
    for child in children:
        named.append((_scalar(str(child.tag), _mark(child, place)), _node(child, place, depth + 1)))
    if (element.text or "").strip():
        raise RefusedError(
            f"{place.source} line {mark.line + 1}: text beside entries in {element.tag}"
        )
    return MappingNode("", named, mark, mark)


def _is_plural(tag: str, children: list[Any]) -> bool:
    return all(child.tag == tag[:-1] or f"{child.tag}es" == tag for child in children)


def _scalar(text: str, mark: Mark) -> ScalarNode:
    return ScalarNode(_TEXT, text, mark, mark)


def _mark(element: Any, place: Place) -> Mark:
    return Mark(place.source, 0, (element.sourceline or 1) - 1, 0, "", 0)
