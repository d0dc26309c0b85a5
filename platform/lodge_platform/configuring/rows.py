"""The whole configuration as values: every row of every kind and part, secrets left out."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Table, select

from lodge_platform.configuring.kind import ConfigurationKind, Values
from lodge_platform.configuring.registry import Kinds
from lodge_platform.schema.base import MasterBase
from lodge_platform.schema.terms import term_of
from lodge_platform.vocabulary import Sensitivity

_ASIDE = ("change_no", "version_no")


class Rows:
    """Rows by table and key, as they were at one moment."""

    def __init__(self, kinds: Kinds, tables: Mapping[str, Mapping[int, Values]]) -> None:
        self.kinds = kinds
        self._tables = tables
        self._related: dict[tuple[str, str], dict[int, list[Values]]] = {}

    def of(self, row: type[MasterBase]) -> Mapping[int, Values]:
        """The rows of a table by key."""
        return self._tables.get(row.__tablename__, {})

    def related(self, row: type[MasterBase], column: str, key: int) -> list[Values]:
        """The rows of a table whose `column` holds `key`, in the order of their keys."""
        place = (row.__tablename__, column)
        if place not in self._related:
            index: dict[int, list[Values]] = {}
            for _, values in sorted(self.of(row).items()):
                index.setdefault(values[column], []).append(values)
            self._related[place] = index
        return self._related[place].get(key, [])

    def name(self, plural: str, key: int | None) -> str | None:
        """The name of the row of that kind with that key; None for no key, or none of that key."""
        kind = self.kinds[plural]
        values = self.of(kind.row).get(key) if key is not None else None
        return None if values is None else kind.name_of(values)

    def sorted_of(self, kind: ConfigurationKind) -> list[tuple[int, Values]]:
        """The kind's rows in the order of an export: by name, or as the kind orders them."""
        order = kind.export_order or kind.name_of
        return sorted(self.of(kind.row).items(), key=lambda item: order(item[1]))


def read_rows(connection: Connection, kinds: Kinds) -> Rows:
    """The configuration as it is in this transaction."""
    return Rows(kinds, {row.__tablename__: dict(_rows(connection, row)) for row in kinds.tables()})


def shown_columns(table: Table) -> list[str]:
    """Names of the columns that are configuration: no secrets, no counters."""
    return [
        column.name
        for column in table.columns
        if column.name not in _ASIDE and not is_secret(column)
    ]


def is_secret(column: Any) -> bool:
    """Whether a column holds what nobody sees."""
    said = term_of(column)
    return said is not None and said.sensitivity is Sensitivity.SECRET


def _rows(connection: Connection, row: type[MasterBase]) -> Iterator[tuple[int, Values]]:
    table = row.__table__
    key = next(iter(table.primary_key.columns)).name
    columns = [table.c[name] for name in shown_columns(table)]
    for found in connection.execute(select(*columns).order_by(table.c[key])).mappings():
        yield found[key], {name: found[name] for name in found}
