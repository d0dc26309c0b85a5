"""Which operation a request means: paths as a tree, so that many routes cost no more than few."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lodge_platform.api import problem_types as types
from lodge_platform.api.operation import Operation
from lodge_platform.api.problems import ApiProblem
from lodge_platform.errors import NotFoundError, SetUpError


@dataclass
class _Node:
    words: dict[str, "_Node"] = field(default_factory=dict[str, "_Node"])
    any_word: "_Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict[str, Operation])


class Dispatch:
    """Finds operations by method and path, below /api/v1."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._top = _Node()
        for operation in operations:
            self._add(operation)

    def find(self, method: str, path: str) -> tuple[Operation, list[str]]:
        """The operation and the words in place of its path's parameters.

        Raises NotFoundError for an unknown path, ApiProblem 405 for a method it does not take.
        """
        found = self._node(path)
        if found is None or not found[0].operations:
            raise NotFoundError(f"no path {path}")
        node, words = found
        operation = node.operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            allowed = ", ".join(self._methods(node))
            detail = f"This address takes {allowed}."
            raise ApiProblem(types.METHOD_NOT_ALLOWED, detail, headers=[("Allow", allowed)])
        return operation, words

    def methods(self, path: str) -> list[str]:
        """The methods that a path takes. Raises NotFoundError for an unknown one."""
        found = self._node(path)
        if found is None or not found[0].operations:
            raise NotFoundError(f"no path {path}")
        return self._methods(found[0])

    def _methods(self, node: _Node) -> list[str]:
        named = sorted(node.operations)
        return [*named, *(["HEAD"] if "GET" in named else []), "OPTIONS"]

    def _node(self, path: str) -> tuple[_Node, list[str]] | None:
        node = self._top
        words: list[str] = []
        for word in path.split("/")[1:]:
            following = node.words.get(word)
            if following is None:
                if node.any_word is None or not word:
                    return None
                following = node.any_word
                words.append(word)
            node = following
        return node, words

    def _add(self, operation: Operation) -> None:
        node = self._top
        for word in operation.path.split("/")[1:]:
            if word.startswith("{"):
                node.any_word = node.any_word or _Node()
                node = node.any_word
            else:
                node = node.words.setdefault(word, _Node())
        if operation.method in node.operations:
            raise SetUpError(f"operation {operation.method} {operation.path} is there twice")
        node.operations[operation.method] = operation
