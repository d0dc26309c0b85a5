"""Rules of rows: whose a row of the reports store is, as a condition in SQL over its alias `t`.

A condition is built for a scope, so that the same rule says which rows are shown and in which of
them personal data and content are. Owners are found in the landed copies of the same snapshot.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lodge_dictionary.readers.scope import Scope
from lodge_platform.identity.actions import Action
from lodge_platform.stores.reports import LAKE

NONE, ALL = "false", "true"
Columns = Mapping[str, frozenset[str]]
"""Columns that the snapshot has, by `schema.table`."""


@dataclass(frozen=True)
class Place:
    """A table of a snapshot, older ones included: what it lacks cannot be asked for."""

    table: str
    columns: Columns

    def has(self, column: str) -> bool:
        """Whether this snapshot's table has the column."""
        return column in self.columns.get(self.table, frozenset())


Within = Callable[[Place, Scope], str]


@dataclass(frozen=True)
class Rule:
    """Which rows of a table belong to a scope, and what besides `sql.query` they need there.

    `is_open_only` hides every column that is not open, for rows of no department. `mixed` are
    columns that hold personal data and content alike; `graded` are columns whose sensitivity each
    row says itself, in the column `sensitivity`. `gone` is a condition under which sensitive
    columns are empty, because what they tell of was deleted.
    """

    within: Within
    needs: tuple[Action, ...] = ()
    is_open_only: bool = False
    mixed: frozenset[str] = field(default_factory=frozenset[str])
    graded: frozenset[str] = field(default_factory=frozenset[str])
    gone: Within | None = None


def kept(place: Place) -> str:
    """The condition that leaves deleted rows out."""
    return "t.deleted_at is null" if place.has("deleted_at") else ALL


def by_department(column: str = "department_id", *, queue: str = "queue_id") -> Within:
    """Rows of the scope's departments, and of its queues where the table names a queue."""

    def within(place: Place, scope: Scope) -> str:
        parts = [
            one_of(name, keys)
            for name, keys in ((column, scope.departments), (queue, scope.queues))
            if place.has(name)
        ]
        return either(*parts)

    return within


def by_queue(column: str = "queue_id") -> Within:
    """Rows of the scope's queues alone."""
    return lambda place, scope: one_of(column, scope.queues) if place.has(column) else NONE


def through(column: str, owner: str, key: str | None = None, *, rule: Within) -> Within:
    """Rows whose `column` names a row of `owner`, found by `key`, that is there and within."""

    def within(place: Place, scope: Scope) -> str:
        house = Place(owner, place.columns)
        owned = rule(house, scope)
        if owned == NONE or not place.has(column) or not house.has(key or column):
            return NONE
        return (
            f"t.{column} in (select t.{key or column} from {LAKE}.{owner} as t "  # noqa: S608 - names are declared
            f"where {owned} and {kept(house)})"
        )

    return within


def any_of(*rules: Within) -> Within:
    """Rows that any of the rules takes."""
    return lambda place, scope: either(*(rule(place, scope) for rule in rules))


def all_of(*rules: Within) -> Within:
    """Rows that each of the rules takes."""

    def within(place: Place, scope: Scope) -> str:
        parts = [rule(place, scope) for rule in rules]
        return NONE if NONE in parts else f"({' and '.join(parts)})"

    return within


def when(condition: str, rule: Within) -> Within:
    """Rows for which `condition`, over `t`, holds and that the rule takes."""

    def within(place: Place, scope: Scope) -> str:
        part = rule(place, scope)
        return NONE if part == NONE else f"({condition} and {part})"

    return within


def deleted(column: str, owner: str) -> Within:
    """Rows whose `column` names a deleted row of `owner`; for `Rule.gone`."""

    def gone(place: Place, _scope: Scope) -> str:
        if not (place.has(column) and Place(owner, place.columns).has("deleted_at")):
            return NONE
        return (
            f"coalesce(t.{column} in (select t.{column} from {LAKE}.{owner} as t "  # noqa: S608 - names are declared
            "where t.deleted_at is not null), false)"
        )

    return gone


def everybody(_place: Place, scope: Scope) -> str:
    """Every row, for whoever may query anywhere: configuration of the whole house."""
    return ALL if scope else NONE


def house(_place: Place, scope: Scope) -> str:
    """Every row, for those alone whose rights hold in every department."""
    return ALL if scope.is_house else NONE


def nobody(_place: Place, _scope: Scope) -> str:
    """No row for anybody: what is of no use to readers, or whose owner cannot be told."""
    return NONE


def one_of(column: str, keys: frozenset[int]) -> str:
    """The condition that `column` is one of `keys`."""
    return f"t.{column} in ({', '.join(map(str, sorted(keys)))})" if keys else NONE


def either(*conditions: str) -> str:
    """The conditions joined by `or`, those that never hold left out."""
    left = [condition for condition in conditions if condition != NONE]
    if ALL in left:
        return ALL
    return f"({' or '.join(left)})" if left else NONE
