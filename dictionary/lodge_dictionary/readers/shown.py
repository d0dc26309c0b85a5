"""What of a snapshot one reader is shown: each table's columns, and the select that gives them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache

from lodge_dictionary.entries import ColumnEntry, TableEntry, tables
from lodge_dictionary.links import LinkTable
from lodge_dictionary.readers.declared import RULES
from lodge_dictionary.readers.linked import rules_of_links
from lodge_dictionary.readers.rules import ALL, NONE, Columns, Place, Rule, either, kept
from lodge_dictionary.readers.scope import Reader
from lodge_platform.identity.actions import Action
from lodge_platform.stores.reports import LAKE
from lodge_platform.vocabulary import Sensitivity

# Counted over all departments together: its gaps would tell how much others write.
_LEFT_OUT = frozenset({"change_no"})
_NEEDS: dict[str, tuple[Action, ...]] = {
    Sensitivity.OPEN: (),
    Sensitivity.PERSONAL: (Action.PERSONAL_READ,),
    Sensitivity.CONTENT: (Action.CONTENT_READ,),
}
_BOTH = (Action.PERSONAL_READ, Action.CONTENT_READ)


@dataclass(frozen=True)
class ShownColumn:
    """One column; `said` is the expression that gives its value, over the alias `t`."""

    name: str
    said: str


@dataclass(frozen=True)
class ShownTable:
    """One table as a reader sees it; `withheld` names the columns that need another right."""

    schema: str
    name: str
    columns: tuple[ShownColumn, ...]
    condition: str
    withheld: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Schema and name, as rules and queries write them."""
        return f"{self.schema}.{self.name}"

    def only(self, names: Collection[str]) -> "ShownTable":
        """The same with these of its columns; at least one is left, so that rows can be counted."""
        some = tuple(column for column in self.columns if column.name.lower() in names)
        return replace(self, columns=some or self.columns[:1])

    def select(self) -> str:
        """The select over the snapshot that gives the reader's rows."""
        said = ", ".join(f'{column.said} as "{column.name}"' for column in self.columns)
        return f'select {said} from {LAKE}.{self.schema}."{self.name}" as t where {self.condition}'  # noqa: S608 - every part is declared


def shown_to(
    reader: Reader, columns: Columns, links: Iterable[LinkTable] = ()
) -> dict[str, ShownTable]:
    """Every table that the reader may query in a snapshot with these columns, by its full name.

    What the dictionary has no entry or no rule for is not among them; `links` are landed now.
    """
    ruled = {name: (entry, RULES[name]) for name, entry in _entries().items() if name in RULES}
    ruled |= rules_of_links(links, reader)
    found = (
        _shown(entry, rule, reader, Place(name, columns))
        for name, (entry, rule) in ruled.items()
        if name in columns
    )
    return {table.full_name: table for table in found if table is not None}


@cache
def _entries() -> dict[str, TableEntry]:
    return {f"{table.store}.{table.name}": table for table in tables()}


def _shown(entry: TableEntry, rule: Rule, reader: Reader, place: Place) -> ShownTable | None:
    within = rule.within(place, reader.scope(*rule.needs))
    if within == NONE:
        return None
    columns: list[ShownColumn] = []
    withheld: list[str] = []
    for column in entry.columns:
        if column.name in _LEFT_OUT or not place.has(column.name):
            continue
        if said := _value(column, rule, reader, place):
            columns.append(ShownColumn(column.name, said))
        elif column.sensitivity != Sensitivity.SECRET:
            withheld.append(column.name)
    condition = " and ".join(part for part in (within, kept(place)) if part != ALL)
    return ShownTable(entry.store, entry.name, tuple(columns), condition or ALL, tuple(withheld))


def _value(column: ColumnEntry, rule: Rule, reader: Reader, place: Place) -> str:
    """The expression for a column's value; empty where the reader may see it in no row."""
    plain = f't."{column.name}"'
    if column.name in rule.graded:
        return _when(_graded(rule, reader, place), plain)
    needs = _BOTH if column.name in rule.mixed else _NEEDS.get(column.sensitivity)
    if needs is None:  # secret, or a word that nobody knows
        return ""
    if not needs:
        return plain
    if rule.is_open_only:
        return ""
    scope = reader.scope(*rule.needs, *needs)
    condition = rule.within(place, scope)
    if condition == NONE:
        return ""
    gone = rule.gone(place, scope) if rule.gone else NONE
    if scope == reader.scope(*rule.needs):
        condition = ALL  # wherever a row is shown, so is this
    if gone != NONE:
        condition = f"not {gone}" if condition == ALL else f"{condition} and not {gone}"
    return _when(condition, plain)


def _graded(rule: Rule, reader: Reader, place: Place) -> str:
    parts: list[str] = []
    for sensitivity, needs in _NEEDS.items():
        condition = rule.within(place, reader.scope(*rule.needs, *needs))
        if condition != NONE:
            parts.append(f"(t.sensitivity = '{sensitivity}' and {condition})")
    return either(*parts)


def _when(condition: str, value: str) -> str:
    return value if condition == ALL else f"case when {condition} then {value} end"
