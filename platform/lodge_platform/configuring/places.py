"""Where something stands that cannot be: in a file, in a request's body, or in a row itself."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Protocol

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lodge_platform.configuring import lines
from lodge_platform.errors import ConflictError, RefusedError

Step = str | int


class Place(Protocol):
    """One spot of what was said; it makes the refusals that name it."""

    def at(self, *steps: Step) -> "Place":
        """Further in; where nothing is written, the nearest spot above."""
        ...

    def refusal(self, said: str, *, allowed: Iterable[str] = ()) -> RefusedError:
        """The error that names this spot."""
        ...


class FilePlace:
    """A spot in a YAML file: refusals name file, line and path."""

    def __init__(self, source: lines.Place, node: Node) -> None:
        self._source = source
        self._node = node

    def at(self, *steps: Step) -> "FilePlace":
        """Further in; where nothing is written, the nearest spot above."""
        source, node = self._source, self._node
        for step in steps:
            inner = _inner(node, step)
            if inner is None:
                break
            source = source.at(f"[{step}]" if isinstance(step, int) else step)
            node = inner
        return FilePlace(source, node)

    def refusal(self, said: str, *, allowed: Iterable[str] = ()) -> RefusedError:
        """The error that names file, line and place."""
        told = str(self._source.refusal(self._node, said))
        return RefusedError(told, field=self._source.path or None, allowed=allowed)


class FieldPlace:
    """A field of a request's body, or of a row that nothing was written about."""

    def __init__(self, path: str = "", *, subject: str = "") -> None:
        self._path = path
        self._subject = subject

    def at(self, *steps: Step) -> "FieldPlace":
        """Further in."""
        path = self._path
        for step in steps:
            path += f"[{step}]" if isinstance(step, int) else f"{'.' if path else ''}{step}"
        return FieldPlace(path, subject=self._subject)

    def refusal(self, said: str, *, allowed: Iterable[str] = ()) -> RefusedError:
        """The error that names the field, or the row."""
        before = self._subject or self._path
        told = f"{before}: {said}" if before else said
        return RefusedError(told, field=self._path or None, allowed=allowed)


@contextmanager
def naming(place: Place, is_wanted: bool = True) -> Generator[None]:
    """Put `place` before what is refused within, where that is wanted."""
    try:
        yield
    except RefusedError as error:
        if not is_wanted:
            raise
        said = place.refusal(str(error), allowed=error.allowed)
        if isinstance(error, ConflictError):
            raise ConflictError(str(said), field=said.field, allowed=said.allowed) from error
        raise said from error


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
