"""The entitlement file: how many seats there are for each kind of work. Optional; small on purpose.

    seats:
      email: {concurrent: 20, named: 50}
      chat: {concurrent: 5}

`named` counts the users who may work that media at all, `concurrent` those signed in at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import fsspec  # pyright: ignore[reportMissingTypeStubs]
import yaml

from lodge_platform.errors import SetUpError, nearest
from lodge_platform.settings import Settings
from lodge_platform.vocabulary import Media

DEFAULT = "entitlements.yaml"
_MEDIA = {each.value: each for each in (Media.EMAIL, Media.CHAT, Media.CALLBACK)}
_KINDS = ("named", "concurrent")


@dataclass(frozen=True)
class Seats:
    """Seats of one media; None: no limit."""

    named: int | None = None
    concurrent: int | None = None


def entitlements(settings: Settings) -> Mapping[Media, Seats]:
    """The seats by media, read anew; nothing where there is no file.

    Raises SetUpError naming file and line for what cannot be read, and for a file that the
    setting names but that is not there.
    """
    named = settings.entitlements_file
    if not named:
        return {}
    place = named if "://" in named else str(settings.home / named)
    try:
        filesystem, path = fsspec.core.url_to_fs(place)  # pyright: ignore
        content: bytes = filesystem.cat_file(path)  # pyright: ignore
    except FileNotFoundError as error:
        if named == DEFAULT:
            return {}
        raise SetUpError(f"setting entitlements_file names {place}, which is not there") from error
    except (OSError, ValueError, ImportError) as error:
        raise SetUpError(f"the entitlement file {place} cannot be read: {error}") from error
    return read_entitlements(content, place)


def read_entitlements(content: bytes, place: str) -> Mapping[Media, Seats]:
    """The seats in a file's bytes; `place` names it in errors. Raises SetUpError with the line."""
    try:
        root: Any = yaml.compose(content.decode("utf-8"), Loader=yaml.SafeLoader)  # pyright: ignore
    except (yaml.MarkedYAMLError, yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        said = getattr(error, "problem", None) or "it is no YAML in UTF-8"
        raise SetUpError(f"entitlement file {place}{line}: {said}") from error
    found: dict[Media, Seats] = {}
    for _, seats in _entries(root, place, {"seats"}).values():
        for key, value in _entries(seats, place, set(_MEDIA)).values():
            numbers = {
                name.value: _number(number, place)
                for name, number in _entries(value, place, set(_KINDS)).values()
            }
            found[_MEDIA[key.value]] = Seats(**numbers)
    return found


def _entries(node: Any, place: str, known: set[str]) -> dict[str, tuple[Any, Any]]:
    """Key and value nodes of a mapping, by key; refused with its line where one is unknown."""
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(node, place, f"here stands a list of {', '.join(sorted(known))}")
    entries: dict[str, tuple[Any, Any]] = {}
    for key, value in node.value:
        word = str(key.value)
        if word not in known:
            raise _wrong(key, place, f"{word!r} is not known; {nearest(word, known)}")
        if word in entries:
            raise _wrong(key, place, f"{word!r} stands there twice")
        entries[word] = (key, value)
    return entries


def _number(node: Any, place: str) -> int:
    text = str(getattr(node, "value", ""))
    if not isinstance(node, yaml.ScalarNode) or not (text.isascii() and text.isdigit()):
        raise _wrong(node, place, f"{text!r} is no number of seats; 0 or more are allowed")
    return int(text)


def _wrong(node: Any, place: str, said: str) -> SetUpError:
    return SetUpError(f"entitlement file {place} line {node.start_mark.line + 1}: {said}")
