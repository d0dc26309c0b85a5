"""Operations, as a room declares them: path, action, body, answer; everything else follows.

`Api` collects the operations and collections of one subject, for the entry point `lodge.api`.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from msgspec import Struct

from lodge_platform.api.collection import Collection
from lodge_platform.errors import SetUpError, nearest
from lodge_platform.identity.actions import Action

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Writes = Literal["active", "master"]
Audit = Literal["read", "export", "query"]
Handler = Callable[..., Any]
_PARAMETER = re.compile(r"\{(\w+)\}")
USUAL_BODY_BYTES = 2_000_000


@dataclass(frozen=True, eq=False)
class Operation:
    """One method on one path, below /api/v1.

    `body` and `query` are structs; `body` may be "binary" for bytes as they are. `answer` is a
    collection (one thing of it), a struct, "binary", or None. `is_list` marks the list of a
    collection. `deprecated_on` and `sunset_on` announce that it goes, `successor` its replacement.
    """

    method: Method
    path: str
    action: Action
    handler: Handler | None
    tag: str
    summary: str
    description: str = ""
    name: str = ""
    body: type[Struct] | Literal["binary"] | None = None
    query: type[Struct] | None = None
    answer: Any = None
    status: int = 200
    writes: Writes | None = None
    needs_match: bool = False
    is_list: bool = False
    is_audited: Audit | None = None
    refusals: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    most_bytes: int = USUAL_BODY_BYTES
    deprecated_on: date | None = None
    sunset_on: date | None = None
    successor: str | None = None
    example: Any = None
    parameters: tuple[str, ...] = field(default=())

    @property
    def collection(self) -> Collection | None:
        """The collection it answers with, where it does."""
        return self.answer if isinstance(self.answer, Collection) else None

    @property
    def is_xml(self) -> bool:
        """Whether it can be asked for XML."""
        return self.collection is not None and self.collection.is_xml


class Api:
    """What one subject brings: `tag` names it in the reference, `description` says what it is."""

    def __init__(self, tag: str, description: str) -> None:
        self.tag = tag
        self.description = description
        self.operations: list[Operation] = []
        self.collections: list[Collection] = []

    def collection(self, collection: Collection, *, is_item: bool = True) -> Collection:
        """Declare the list of the collection, and reading one thing of it.

        Raises SetUpError for a filter or an order by what is no field of it.
        """
        for name in (*collection.filters, *collection.sorts):
            if name not in collection.fields:
                hint = nearest(name, collection.fields)
                raise SetUpError(f"{collection.name} has no field {name!r} to list by; {hint}")
        self.collections.append(collection)
        many, one = collection.name.replace("-", " "), collection.one.replace("-", " ")
        article = "an" if one[0] in "aeiou" else "a"
        self._add(
            Operation(
                method="GET",
                path=collection.path,
                action=collection.action,
                handler=None,
                tag=self.tag,
                summary=f"List {many}",
                description=collection.description,
                name=f"list_{_word(collection)}",
                answer=collection,
                is_list=True,
                is_audited="read" if collection.is_audited else None,
            )
        )
        if is_item:
            self._add(
                Operation(
                    method="GET",
                    path=collection.item_path,
                    action=collection.action,
                    handler=None,
                    tag=self.tag,
                    summary=f"Read {article} {one}",
                    description=collection.description,
                    name=f"read_{_word(collection, is_one=True)}",
                    answer=collection,
                    is_audited="read" if collection.is_audited else None,
                )
            )
        return collection

    def get(self, path: str, *, action: Action, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a GET that a handler answers."""
        return self._declare("GET", path, action, {"writes": None} | declared)

    def post(self, path: str, *, action: Action, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a POST."""
        return self._declare("POST", path, action, {"writes": "active"} | declared)

    def put(self, path: str, *, action: Action, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a PUT: the whole thing, anew."""
        given = {"writes": "active", "needs_match": True} | declared
        return self._declare("PUT", path, action, given)

    def patch(self, path: str, *, action: Action, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a PATCH: what is named changes, null empties, the rest stays."""
        given = {"writes": "active", "needs_match": True} | declared
        return self._declare("PATCH", path, action, given)

    def delete(self, path: str, *, action: Action, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a DELETE: the row stays, and is shown to nobody."""
        given = {"writes": "active", "needs_match": True, "status": 204} | declared
        return self._declare("DELETE", path, action, given)

    def _declare(
        self, method: Method, path: str, action: Action, declared: dict[str, Any]
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            said = inspect.getdoc(handler)
            if not said:
                raise SetUpError(f"{method} {path} has no docstring; its first line is the summary")
            summary, _, rest = said.partition("\n")
            given: dict[str, Any] = {"name": handler.__name__.strip("_")} | declared
            self._add(
                Operation(
                    method=method,
                    path=path,
                    action=action,
                    handler=handler,
                    tag=self.tag,
                    summary=summary.rstrip("."),
                    description=rest.strip(),
                    **given,
                )
            )
            return handler

        return declare

    def _add(self, operation: Operation) -> None:
        if not isinstance(operation.action, Action):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise SetUpError(
                f"{operation.method} {operation.path} declares no action; name one, as "
                "action=Action.CASE_WORK"
            )
        names = tuple(_PARAMETER.findall(operation.path))
        object.__setattr__(operation, "parameters", names)
        self.operations.append(operation)


def _word(collection: Collection, *, is_one: bool = False) -> str:
    own = collection.one if is_one else collection.name
    within = f"{_word(collection.under, is_one=True)}_" if collection.under else ""
    return re.sub(r"\W", "_", f"{within}{own}")
