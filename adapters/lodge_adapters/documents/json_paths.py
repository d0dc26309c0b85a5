"""JSONPath (RFC 9535), compiled once: of a document to its rows, of a row to a field."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import NameSelector, WildcardSelector

from lodge_adapters.access.source import BrokenSourceError
from lodge_adapters.documents.bounds import MOST_DEPTH
from lodge_platform.errors import SetUpError


class _Environment(JSONPathEnvironment):
    max_recursion_depth = MOST_DEPTH + 1


_ENVIRONMENT = _Environment(strict=True)


class Path:
    """One path. `is_single`: it can lead to one value only. `steps`: the names on the way, where it
    is nothing but names with perhaps `[*]` at the end (`is_spread`); None for every other path.
    `first`: the key of the row that it begins with, where that is one."""

    def __init__(self, path: JSONPath, said: str) -> None:
        self.said = said
        self.is_single = path.singular_query()
        self.steps, self.is_spread = _steps(path)
        self.first = _first(path)
        self._path = path

    def values(self, value: Any) -> list[Any]:
        """What is at the end of every match. Raises as `found`."""
        if self.steps is None or self.is_spread:
            return [match for _, match in self.found(value)]
        for name in self.steps:
            if not isinstance(value, Mapping) or name not in value:
                return []
            value = value[name]  # pyright: ignore[reportUnknownVariableType]
        return [value]

    def found(self, value: Any) -> Iterator[tuple[tuple[int | str, ...], Any]]:
        """Every match: the names and numbers that lead to it, and what is there.

        Raises BrokenSourceError where the value is nested too deeply.
        """
        try:
            for match in self._path.finditer(value):
                yield match.parts, match.obj
        except (JSONPathError, RecursionError) as error:
            raise BrokenSourceError(f"{self.said} cannot be followed in what is there") from error


@lru_cache(maxsize=4096)
def compiled(path: str) -> Path:
    """The path. Raises SetUpError with what is wrong with it."""
    try:
        return Path(_ENVIRONMENT.compile(path), path)  # pyright: ignore[reportArgumentType]
    except (JSONPathError, RecursionError, ValueError) as error:
        first = str(error).split("\n", 1)[0]
        raise SetUpError(f"{path[:200]!r} is no JSONPath: {first}; as $.orders[*]") from error


def _first(path: JSONPath) -> str | None:
    for segment in path.segments:
        selectors = segment.selectors
        if isinstance(segment, JSONPathChildSegment) and len(selectors) == 1:
            return selectors[0].name if isinstance(selectors[0], NameSelector) else None
        return None
    return None


def _steps(path: JSONPath) -> tuple[tuple[str, ...] | None, bool]:
    names: list[str] = []
    segments = list(path.segments)
    for place, segment in enumerate(segments):
        selectors = segment.selectors
        if not isinstance(segment, JSONPathChildSegment) or len(selectors) != 1:
            return None, False
        if isinstance(selectors[0], NameSelector):
            names.append(selectors[0].name)
        elif isinstance(selectors[0], WildcardSelector) and place == len(segments) - 1:
            return tuple(names), True
        else:
            return None, False
    return tuple(names), False
