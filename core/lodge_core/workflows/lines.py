"""YAML with line numbers: a file as nodes, and the refusals that name their line."""

from collections.abc import Callable, Iterable
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lodge_platform.errors import RefusedError, nearest

_MOST_BYTES = 1_000_000
_MOST_DEPTH = 40
# The library comes without types.
_untyped: Any = yaml
_compose: Callable[..., Any] = _untyped.compose
_parse: Callable[..., Any] = _untyped.parse


class Place:
    """Where in a file something stands: `source` is the file's name, `path` the keys above."""

    def __init__(self, source: str, path: str = "") -> None:
        self.source = source
        self.path = path

    def at(self, step: str) -> "Place":
        """One step further in."""
        joined = (
            f"{self.path}{step}"
            if step.startswith("[") or not self.path
            else (f"{self.path}.{step}")
        )
        return Place(self.source, joined)

    def refusal(self, node: Node, said: str) -> RefusedError:
        """The error that names the file, the line and the place."""
        where = f" {self.path}:" if self.path else ""
        return RefusedError(f"{self.source} line {node.start_mark.line + 1}:{where} {said}")


def compose(document: str, place: Place) -> Node:
    """The document's one node. Raises RefusedError naming the line where it is not plain YAML."""
    if len(document.encode("utf-8", "replace")) > _MOST_BYTES:
        raise RefusedError(f"{place.source} is larger than {_MOST_BYTES} bytes")
    try:
        _refuse_odd(document, place)
        node: Node | None = _compose(document, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" line {mark.line + 1}" if mark else ""
        raise RefusedError(f"{place.source}{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise RefusedError(f"{place.source}: not YAML: {error}") from error
    if node is None:
        raise RefusedError(f"{place.source} is empty")
    return node


def entries(node: Node, place: Place, *, allowed: Iterable[str]) -> dict[str, Node]:
    """The entries of a mapping by key. Refuses unknown keys and keys given twice."""
    known = list(allowed)
    if not isinstance(node, MappingNode):
        raise place.refusal(
            node, f"{described(node)} where entries are wanted; allowed: {', '.join(known)}"
        )
    found: dict[str, Node] = {}
    pairs: list[tuple[Node, Node]] = node.value
    for key, value in pairs:
        name = text_of(key) if isinstance(key, ScalarNode) else described(key)
        if name not in known:
            raise place.refusal(key, f"unknown entry {name!r}; {nearest(name, known)}")
        if name in found:
            raise place.refusal(key, f"{name!r} is given twice")
        found[name] = value
    return found


def items(node: Node | None) -> list[Node]:
    """The entries of a list, in order; none for anything else."""
    if not isinstance(node, SequenceNode):
        return []
    found: list[Node] = node.value
    return found


def text_of(node: ScalarNode) -> str:
    """A single value as it is written."""
    written: str = node.value
    return written


def described(node: Node) -> str:
    """What the node is, in words for a message."""
    if isinstance(node, ScalarNode):
        return "nothing" if is_null(node) else repr(text_of(node))
    return "a list" if not isinstance(node, MappingNode) else "entries"


def is_null(node: Node) -> bool:
    """Whether nothing is written there."""
    return isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _refuse_odd(document: str, place: Place) -> None:
    """Refuse references and deep nesting before anything is built: both can grow without end."""
    depth = 0
    events: Iterable[yaml.Event] = _parse(document, Loader=yaml.SafeLoader)
    for event in events:
        line = f"{place.source} line {event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise RefusedError(f"{line}: anchors and references are not allowed; write it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MOST_DEPTH:
                raise RefusedError(f"{line}: nested more than {_MOST_DEPTH} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
