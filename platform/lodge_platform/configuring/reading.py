"""Read a configuration file: every refusal names its line, the offending key, what is allowed."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from yaml.nodes import MappingNode, Node, SequenceNode

from lodge_platform.configuring import lines
from lodge_platform.configuring.kind import ConfigurationKind
from lodge_platform.configuring.places import FilePlace, Step
from lodge_platform.configuring.registry import Kinds, configuration_kinds
from lodge_platform.configuring.texts import text_of_file
from lodge_platform.configuring.words import Said
from lodge_platform.errors import nearest

MOST_BYTES = 20_000_000
_UNKEEPABLE = re.compile(r"[\x00\ud800-\udfff]")


class ConfigurationFile(msgspec.Struct, frozen=True):
    """A file as read: what it says of each kind that it names, and where each entry stands."""

    said: Mapping[str, Sequence[Said]]
    whole: FilePlace

    def place(self, *steps: Step) -> FilePlace:
        """Where the entry at `steps` stands, as in `place("queues", 2, "skill_group")`."""
        return self.whole.at(*steps)


def read_configuration_file(path: Path) -> ConfigurationFile:
    """The file at `path`, or `configuration.yaml` in that folder.

    Raises RefusedError for one that is missing or says what cannot be.
    """
    if path.is_dir():
        path = path / "configuration.yaml"
    document = text_of_file(path, most_bytes=MOST_BYTES)
    return read_configuration(document, path.name, folder=path.parent)


def read_configuration(
    document: str, source: str, *, folder: Path | None, kinds: Kinds | None = None
) -> ConfigurationFile:
    """The document; `source` is its name in messages, `folder` where files named in it are.

    Without a folder it may name no files.
    """
    kinds = kinds or configuration_kinds()
    top = lines.Place(source)
    node = lines.compose(document, top, most_bytes=MOST_BYTES)
    given = lines.entries(node, top, allowed=kinds.plurals())
    whole = FilePlace(top, node)
    for plural, listed in given.items():
        _refuse_unknown_in(kinds[plural], listed, top.at(plural))
    said = {
        kind.plural: _kind(kind, given[kind.plural], top.at(kind.plural), folder)
        for kind in kinds
        if kind.plural in given
    }
    return ConfigurationFile(said, whole)


def _kind(
    kind: ConfigurationKind, listed: Node, place: lines.Place, folder: Path | None
) -> list[Said]:
    """What is said of one kind, each entry typed; the same name twice is refused."""
    found: list[Said] = []
    names: set[str] = set()
    for number, node in enumerate(lines.items(listed)):
        inner = place.at(f"[{number}]")
        said, at = _entry(kind.said, node, inner), FilePlace(inner, node)
        if kind.prepare is not None:
            said = kind.prepare(said, at, folder)
        values = kind.columns_of(said)
        if kind.fits is not None:
            kind.fits(values, at)
        name = kind.name_of(values)
        if name.casefold() in names:
            raise at.refusal(f"{name!r} is named above already")
        names.add(name.casefold())
        found.append(said)
    return found


def _refuse_unknown_in(kind: ConfigurationKind, listed: Node, place: lines.Place) -> None:
    """Look at the keys first, so that a misspelt one is told before what it leaves missing."""
    if lines.is_null(listed):
        raise place.refusal(listed, "nothing is written here; write [] for none")
    if not isinstance(listed, SequenceNode):
        raise place.refusal(listed, f"{lines.described_discreetly(listed)} where a list is wanted")
    for number, node in enumerate(lines.items(listed)):
        _refuse_unknown(kind.said, node, place.at(f"[{number}]"))


def _refuse_unknown(kind: type[msgspec.Struct], node: Node, place: lines.Place) -> None:
    if not isinstance(node, MappingNode):
        known = ", ".join(kind.__struct_fields__)
        said = f"{lines.described_discreetly(node)} where entries are wanted; allowed: {known}"
        raise place.refusal(node, said)
    hints = get_type_hints(kind)
    for name, value in lines.entries(node, place, allowed=kind.__struct_fields__).items():
        inner = [one for one in _members(hints[name]) if get_origin(one) is list]
        structs = [one for many in inner for one in _structs(get_args(many)[0])]
        for number, one in enumerate(lines.items(value)):
            if structs and isinstance(one, MappingNode):
                _refuse_unknown(structs[0], one, place.at(name).at(f"[{number}]"))


_AT = re.compile(r" - at `(?P<key>key in )?\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<key>\w+)|\[(?P<number>\d+|\.\.\.)\]")
_MISSING = re.compile(r"Object missing required field `(?P<key>\w+)`")


def _entry(kind: type[Said], node: Node, place: lines.Place) -> Said:
    plain = lines.plain(node, place)
    at = FilePlace(place, node)
    try:
        said = msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        raise _refusal(error, kind, plain, at) from error
    _refuse_unkeepable(plain, at)
    return said


def _refusal(
    error: msgspec.ValidationError, kind: type[Said], plain: Any, place: FilePlace
) -> Exception:
    said = str(error)
    found = _AT.search(said)
    steps = _steps(found["path"]) if found else []
    said = _AT.sub("", said)
    words: list[str] = []
    if missing := _MISSING.search(said):
        said = f"{missing['key']!r} is missing"
    elif words := _words_at(kind, steps):
        value = _value_at(plain, steps)
        shown = repr(value[:60]) if isinstance(value, str) else "this"
        said = f"{shown} is not allowed; {nearest(str(value), words)}"
    return place.at(*steps).refusal(said, allowed=words)


def _steps(path: str) -> list[Step]:
    return [
        found["key"] if found["key"] else int(found["number"])
        for found in _STEP.finditer(path)
        if found["number"] != "..."
    ]


def _words_at(kind: type[Said], steps: Sequence[Step]) -> list[str]:
    """The words allowed at `steps`; none where it is no closed list."""
    hint: Any = kind
    for step in steps:
        hint = _inner(hint, step)
    for one in _members(hint):
        if isinstance(one, type) and issubclass(one, StrEnum):
            return [word.value for word in one]
        if get_origin(one) is Literal:
            return [str(word) for word in get_args(one)]
    return []


def _inner(hint: Any, step: Step) -> Any:
    for one in _members(hint):
        if isinstance(step, int) and get_origin(one) is list:
            return get_args(one)[0]
        for struct in _structs(one):
            hints = get_type_hints(struct)
            if step in hints:
                return hints[step]  # pyright: ignore[reportArgumentType]
    return None


def _members(hint: Any) -> list[Any]:
    if get_origin(hint) in (Union, UnionType):
        return [inner for one in get_args(hint) for inner in _members(one)]
    return [hint]


def _structs(hint: Any) -> list[type[msgspec.Struct]]:
    return [
        one for one in _members(hint) if isinstance(one, type) and issubclass(one, msgspec.Struct)
    ]


def _value_at(plain: Any, steps: Sequence[Step]) -> Any:
    for step in steps:
        plain = plain[step]
    return plain


def _refuse_unkeepable(plain: Any, place: FilePlace) -> None:
    """Refuse texts that no store keeps as they are: with NUL, with half of a surrogate pair."""
    if isinstance(plain, str):
        if found := _UNKEEPABLE.search(plain):
            raise place.refusal(f"the text holds the character U+{ord(found[0]):04X}")
    elif isinstance(plain, list):
        for number, one in enumerate(plain):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            _refuse_unkeepable(one, place.at(number))
    elif isinstance(plain, dict):
        for key, one in plain.items():  # pyright: ignore[reportUnknownVariableType]
            _refuse_unkeepable(key, place)
            _refuse_unkeepable(one, place.at(str(key)))  # pyright: ignore[reportUnknownArgumentType]
