"""YAML with line numbers: a file as nodes, and the refusals that name their line.

Plain values are read as YAML 1.2 reads them: `17:00`, `2026-12-25` and `no` are texts.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lodge_platform.errors import RefusedError, nearest

MOST_BYTES = 1_000_000
_MOST_DEPTH = 40
_MOST_DIGITS = 30
INTEGER = r"^[-+]?[0-9]+$"
DECIMAL = r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"
# The library comes without types; the reader in C, where there is one, is ten times as fast.
_untyped: Any = yaml
_compose: Callable[..., Any] = _untyped.compose
_parse: Callable[..., Any] = _untyped.parse
_TAG = "tag:yaml.org,2002:"


class _Plainly:
    """Knows null, true, false and numbers; every other plain value is text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


class _Reader(_Plainly, getattr(_untyped, "CSafeLoader", _untyped.SafeLoader)):
    """The reader."""


class _ExactReader(_Plainly, _untyped.SafeLoader):
    """The slow reader, which names the line of a fault at a file's end better."""


for _word, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", INTEGER, list("-+0123456789")),
    ("float", DECIMAL, list("-+.0123456789")),
):
    for _character in _first:
        _Plainly.yaml_implicit_resolvers.setdefault(_character, []).append(
            (f"{_TAG}{_word}", re.compile(_pattern))
        )


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


def compose(document: str, place: Place, *, most_bytes: int = MOST_BYTES) -> Node:
    """The document's one node. Raises RefusedError naming the line where it is not plain YAML."""
    if len(document.encode("utf-8", "replace")) > most_bytes:
        raise RefusedError(f"{place.source} is larger than {most_bytes} bytes")
    try:
        _refuse_odd(document, place)
        node: Node | None = _compose(document, Loader=_Reader)
    except yaml.MarkedYAMLError as fault:
        error = _exact(document) or fault
        mark = error.problem_mark or error.context_mark
        line = f" line {mark.line + 1}" if mark else ""
        raise RefusedError(f"{place.source}{line}: not YAML: {error.problem}") from fault
    except (yaml.YAMLError, UnicodeError) as error:
        raise RefusedError(f"{place.source}: not YAML: {_reason(error)}") from error
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
            raise place.refusal(key, f"unknown entry {name[:100]!r}; {nearest(name, known)}")
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


def plain(node: Node, place: Place) -> Any:
    """What the node says, as texts, numbers, booleans, None, lists and dicts keyed by text."""
    if isinstance(node, SequenceNode):
        _require_tag(node, place, "seq")
        return [plain(one, place.at(f"[{number}]")) for number, one in enumerate(items(node))]
    if isinstance(node, MappingNode):
        _require_tag(node, place, "map")
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise place.refusal(
                    key, f"{described_discreetly(key)} where the name of an entry is wanted"
                )
            name = text_of(key)
            if name in found:
                raise place.refusal(key, f"{name[:100]!r} is given twice")
            found[name] = plain(value, place.at(name))
        return found
    return _scalar(node, place)


def text_of(node: ScalarNode) -> str:
    """A single value as it is written."""
    written: str = node.value
    return written


def described(node: Node) -> str:
    """What the node is, in words for a message."""
    if isinstance(node, ScalarNode) and not is_null(node):
        return repr(text_of(node)[:100])
    return described_discreetly(node)


def described_discreetly(node: Node) -> str:
    """What the node is, but not which value: that may be a secret."""
    if isinstance(node, ScalarNode):
        return "nothing" if is_null(node) else "one value"
    return "a list" if not isinstance(node, MappingNode) else "entries"


def is_null(node: Node) -> bool:
    """Whether nothing is written there."""
    return isinstance(node, ScalarNode) and node.tag == f"{_TAG}null"


def _scalar(node: Node, place: Place) -> Any:
    text, tag = node.value, str(node.tag).removeprefix(_TAG)
    match tag:
        case "str":
            return text
        case "null":
            return None
        case "bool" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "int" | "float" if len(text) > _MOST_DIGITS:
            raise place.refusal(node, f"a number with more than {_MOST_DIGITS} digits")
        case "int" if re.fullmatch(INTEGER, text):
            return int(text)
        case "float" if re.fullmatch(DECIMAL, text):
            return float(text)
        case _:
            raise place.refusal(
                node, f"the tag {str(node.tag)[:60]!r} is not allowed; leave it out"
            )


def _require_tag(node: Node, place: Place, tag: str) -> None:
    if node.tag != f"{_TAG}{tag}":
        raise place.refusal(node, f"the tag {str(node.tag)[:60]!r} is not allowed; leave it out")


def _refuse_odd(document: str, place: Place) -> None:
    """Refuse references and deep nesting before anything is built: both can grow without end."""
    depth = 0
    events: Iterable[yaml.Event] = _parse(document, Loader=_Reader)
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


def _exact(document: str) -> yaml.MarkedYAMLError | None:
    """The fault as the slow reader tells it; None where it would take too long."""
    if len(document) > MOST_BYTES:
        return None
    try:
        for _ in _parse(document, Loader=_ExactReader):
            pass
    except yaml.MarkedYAMLError as error:
        return error
    except yaml.YAMLError:
        return None
    return None


def _reason(error: Exception) -> str:
    """Why, without the text around it: that may hold a secret."""
    return str(getattr(error, "reason", None) or type(error).__name__)
