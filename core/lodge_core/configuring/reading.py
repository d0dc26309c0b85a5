"""Read a configuration file: every refusal names its line, the offending key, what is allowed."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lodge_core.configuring.language import SaidConfiguration, SaidWorkflow
from lodge_core.workflows import lines
from lodge_core.workflows.reading import read_workflow
from lodge_platform.errors import RefusedError, nearest

Step = str | int


class Place:
    """One spot in a file, for what refers to something that is not there."""

    def __init__(self, source: lines.Place, node: Node) -> None:
        self._source = source
        self._node = node

    def at(self, *steps: Step) -> "Place":
        """Further in; where nothing is written, the nearest spot above."""
        source, node = self._source, self._node
        for step in steps:
            inner = _inner(node, step)
            if inner is None:
                break
            source = source.at(f"[{step}]" if isinstance(step, int) else step)
            node = inner
        return Place(source, node)

    def refusal(self, said: str) -> RefusedError:
        """The error that names file, line and place."""
        return self._source.refusal(self._node, said)

    @contextmanager
    def naming_itself(self, is_wanted: bool = True) -> Generator[None]:
        """Put this spot before what is refused within, where that is wanted."""
        try:
            yield
        except RefusedError as error:
            if not is_wanted:
                raise
            raise self.refusal(str(error)) from error


class WorkflowText(msgspec.Struct, frozen=True):
    """A workflow's text, checked, and what it is called in messages."""

    name: str
    document: str
    source: str
    is_inline: bool


class ConfigurationFile(msgspec.Struct, frozen=True):
    """A file as read: what it says, its workflows with their documents, and where each stands."""

    said: SaidConfiguration
    workflows: list[WorkflowText]
    whole: Place

    def place(self, *steps: Step) -> Place:
        """Where the entry at `steps` stands, as in `place("queues", 2, "skill_group")`."""
        return self.whole.at(*steps)


def read_configuration_file(path: Path) -> ConfigurationFile:
    """The file at `path`. Raises RefusedError for one that is missing or says what cannot be."""
    return read_configuration(_text_of(path), path.name, folder=path.parent)


def read_configuration(document: str, source: str, *, folder: Path) -> ConfigurationFile:
    """The document; `source` is its name in messages, `folder` where workflow files are."""
    top = lines.Place(source)
    node = lines.compose(document, top)
    _refuse_unknown(SaidConfiguration, node, top)
    whole = Place(top, node)
    said = _typed(node, whole)
    for word, key in _KEYS.items():
        _refuse_twice(whole, word, [str(getattr(row, key)) for row in getattr(said, word)])
    workflows = [
        _workflow(one, whole.at("workflows", number), folder)
        for number, one in enumerate(said.workflows)
    ]
    _refuse_twice(whole, "workflows", [workflow.name for workflow in workflows])
    return ConfigurationFile(said, workflows, whole)


_KEYS = {
    "departments": "name",
    "media_routing_domains": "name",
    "skill_groups": "name",
    "users": "sign_in_name",
    "queues": "name",
    "aliases": "address",
}


def _refuse_unknown(kind: type[msgspec.Struct], node: Node, place: lines.Place) -> None:
    """Look at the keys first, so that a misspelt one is told before what it leaves missing."""
    hints = get_type_hints(kind)
    for name, value in lines.entries(node, place, allowed=kind.__struct_fields__).items():
        inner = _struct_in(hints[name])
        if inner is None or not isinstance(value, SequenceNode):
            continue
        for number, one in enumerate(value.value):
            if isinstance(one, MappingNode) or inner[1]:
                _refuse_unknown(inner[0], one, place.at(name).at(f"[{number}]"))


def _struct_in(hint: Any) -> tuple[type[msgspec.Struct], bool] | None:
    """The struct that a list of this type holds, and whether it holds nothing else."""
    for one in (hint, *get_args(hint)):
        for member in get_args(one):
            if isinstance(member, type) and issubclass(member, msgspec.Struct):
                return member, True
            for choice in get_args(member):
                if isinstance(choice, type) and issubclass(choice, msgspec.Struct):
                    return choice, False
    return None


_AT = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<key>\w+)|\[(?P<number>\d+)\]")
_MISSING = re.compile(r"Object missing required field `(?P<key>\w+)`")


def _typed(node: Node, whole: Place) -> SaidConfiguration:
    plain = SafeConstructor().construct_document(node)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    try:
        return msgspec.convert(plain, SaidConfiguration)
    except msgspec.ValidationError as error:
        said = str(error)
        found = _AT.search(said)
        steps = _steps(found["path"]) if found else []
        said = _AT.sub("", said)
        if missing := _MISSING.search(said):
            said = f"{missing['key']!r} is missing"
        elif words := _words_at(steps):
            value = _value_at(plain, steps)
            said = f"{value!r} is not allowed; {nearest(str(value), words)}"
        raise whole.at(*steps).refusal(said) from error


def _steps(path: str) -> list[Step]:
    return [
        found["key"] if found["key"] else int(found["number"]) for found in _STEP.finditer(path)
    ]


def _words_at(steps: list[Step]) -> list[str]:
    """The words allowed at `steps`; none where it is no closed list."""
    hint: Any = SaidConfiguration
    for step in steps:
        if isinstance(step, int):
            found = _struct_in(hint)
            hint = found[0] if found else None
        elif isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            hint = get_type_hints(hint)[step]
    kinds: list[Any] = [hint, *get_args(hint)]
    enums = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum)]
    return [word.value for enum in enums for word in enum]


def _value_at(plain: Any, steps: list[Step]) -> Any:
    for step in steps:
        plain = plain[step]
    return plain


def _inner(node: Node, step: Step) -> Node | None:
    if isinstance(step, int):
        is_there = isinstance(node, SequenceNode) and step < len(node.value)
        return node.value[step] if is_there else None
    if not isinstance(node, MappingNode):
        return None
    for key, value in node.value:
        if isinstance(key, ScalarNode) and key.value == step:
            return value
    return None


def _refuse_twice(whole: Place, word: str, names: list[str]) -> None:
    for number, name in enumerate(names):
        if name.lower() in (earlier.lower() for earlier in names[:number]):
            raise whole.at(word, number).refusal(f"{name!r} is named above already")


def _workflow(said: SaidWorkflow, place: Place, folder: Path) -> WorkflowText:
    if (said.file is None) == (said.document is None):
        raise place.refusal("give one of file and document")
    if said.document is not None:
        with place.naming_itself():
            name = read_workflow(said.document, "document").name
        return WorkflowText(name, said.document, "document", is_inline=True)
    path = folder / (said.file or "")
    with place.at("file").naming_itself(not path.is_file()):
        document = _text_of(path)
    name = read_workflow(document, path.name).name
    return WorkflowText(name, document, path.name, is_inline=False)


def _text_of(path: Path) -> str:
    if not path.is_file():
        raise RefusedError(f"{path} is not a file")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(f"{path} is not UTF-8 text: {error}") from error
