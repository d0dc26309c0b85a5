"""Where a reader's right to query holds, alone or together with other rights. Values; pure."""

from collections.abc import Collection
from dataclasses import dataclass

from lodge_platform.errors import ForbiddenError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn


@dataclass(frozen=True)
class Scope:
    """Whole departments, and queues of other departments; `is_house` when it is all there are."""

    departments: frozenset[int]
    queues: frozenset[int]
    is_house: bool

    def __bool__(self) -> bool:
        return bool(self.departments or self.queues)


@dataclass(frozen=True)
class Reader:
    """Somebody who queries; `house` holds the keys of every department that takes work."""

    signed_in: SignedIn
    house: frozenset[int]

    def scope(self, *actions: Action) -> Scope:
        """Where `sql.query` and each of `actions` are held together."""
        needed = (Action.SQL_QUERY, *actions)
        held = [self.signed_in.departments_with(action) for action in needed]
        departments = frozenset[int].intersection(*held)
        queues = frozenset(
            queue
            for queue, department in self.signed_in.queue_departments.items()
            if department not in departments
            and all(self.signed_in.may(action, department, queue) for action in needed)
        )
        return Scope(departments, queues, bool(self.house) and departments >= self.house)


def reader_of(signed_in: SignedIn, house: Collection[int], *, is_export: bool = False) -> Reader:
    """The reader. Raises ForbiddenError for one who may query nowhere.

    So it does for an export by one who may not export wherever they may query: a file that
    silently held less than the page would be worse than none.
    """
    reader = Reader(signed_in, frozenset(house))
    if not reader.scope():
        raise ForbiddenError(f"you lack the right {Action.SQL_QUERY.value}")
    if is_export and reader.scope(Action.EXPORT) != reader.scope():
        raise ForbiddenError(
            f"you lack the right {Action.EXPORT.value} in a department that you may query; "
            "ask for JSON"
        )
    return reader
