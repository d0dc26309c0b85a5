"""A collection of the API: rows of one table, with what is shown, filtered and sorted by.

Everything follows from the schema: a field's type from its column, its description from its
term, who may see it from the term's sensitivity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, cast

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    FromClause,
    Integer,
    Numeric,
    Table,
    TypeDecorator,
)

from lodge_platform.api.visibility import Visible
from lodge_platform.identity.actions import Action
from lodge_platform.schema.base import Code
from lodge_platform.schema.terms import Term, term_of
from lodge_platform.vocabulary import Sensitivity

Kind = Literal["integer", "number", "boolean", "instant", "json", "text"]
_NEVER = ("change_no", "version_no", "deleted_at")
SEES: dict[Sensitivity, tuple[Action, ...]] = {
    Sensitivity.OPEN: (),
    Sensitivity.PERSONAL: (Action.PERSONAL_READ,),
    Sensitivity.CONTENT: (Action.CONTENT_READ,),
}


@dataclass(frozen=True)
class Field:
    """One field of a thing, as the API shows its column."""

    name: str
    kind: Kind
    column: Column[Any]
    term: Term
    is_nullable: bool
    words: tuple[str, ...] = ()
    is_of_attributes: bool = False

    @property
    def sees(self) -> tuple[Action, ...]:
        """The actions without which the field is withheld; none for what everybody sees.

        Custom attributes are of any sensitivity, and shown to those who may see each.
        """
        if self.is_of_attributes:
            return Action.PERSONAL_READ, Action.CONTENT_READ
        return SEES[self.term.sensitivity]


@dataclass(frozen=True, eq=False)
class Collection:
    """Things of one kind under one path.

    `filters` and `sorts` are allow-lists of columns; the first sort is the order by default, and
    the key breaks ties. With `under`, the rows are those of one visible thing of that collection.
    `custom_attributes` is the object type whose custom attributes can be filtered by. `joined`
    names columns that the API shows under another name.
    """

    name: str
    one: str
    table: FromClause
    action: Action
    visible: Visible
    filters: Sequence[str] = ()
    sorts: Sequence[str] = ()
    leaves_out: Sequence[str] = ()
    under: "Collection | None" = None
    custom_attributes: str | None = None
    is_xml: bool = False
    is_audited: bool = False
    is_master: bool = False
    description: str = ""
    examples: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def sql_table(self) -> Table:
        """The table itself."""
        return cast(Table, self.table)

    @cached_property
    def key(self) -> str:
        """Name of the key column."""
        return next(iter(self.sql_table.primary_key.columns)).name

    @cached_property
    def path(self) -> str:
        """Path of the list, below /api/v1."""
        return f"{self.under.item_path}/{self.name}" if self.under else f"/{self.name}"

    @property
    def item_path(self) -> str:
        """Path of one thing, below /api/v1."""
        return f"{self.path}/{{{self.key}}}"

    @property
    def version(self) -> Column[Any]:
        """The column whose value is the thing's version: its ETag."""
        columns = self.sql_table.columns
        return columns.version_no if "version_no" in columns else columns.change_no

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Every field that anybody may see, by name, in the order of the table."""
        shown = (column for column in self.sql_table.columns if self._is_shown(column))
        has_attributes = self.custom_attributes is not None
        return {
            column.name: _field(column, has_attributes and column.name == "attributes")
            for column in shown
        }

    @cached_property
    def filterable(self) -> dict[str, Field]:
        """Fields that a list can be narrowed by."""
        return {name: self.fields[name] for name in self.filters}

    @cached_property
    def sortable(self) -> dict[str, Field]:
        """Fields that a list can be ordered by; the key is always one."""
        return {name: self.fields[name] for name in dict.fromkeys((*self.sorts, self.key))}

    def _is_shown(self, column: Column[Any]) -> bool:
        term = term_of(column)
        is_secret = term is None or term.sensitivity is Sensitivity.SECRET
        return not is_secret and column.name not in (*_NEVER, *self.leaves_out)


def _field(column: Column[Any], is_of_attributes: bool) -> Field:
    term = term_of(column)
    assert term is not None  # noqa: S101 - `_is_shown` asked already
    return Field(
        name=column.name,
        kind=_kind(column),
        column=column,
        term=term,
        is_nullable=bool(column.nullable),
        words=_words(column.type),
        is_of_attributes=is_of_attributes,
    )


def _kind(column: Column[Any]) -> Kind:
    plain = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    for python, kind in _KINDS:
        if isinstance(plain, python):
            return kind
    return "text"


_KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "number"),
    (Numeric, "number"),
    (DateTime, "instant"),
    (JSON, "json"),
)


def _words(kind: Any) -> tuple[str, ...]:
    words: type[StrEnum] | None = kind.words if isinstance(kind, Code) else None
    return tuple(word.value for word in words) if words else ()
