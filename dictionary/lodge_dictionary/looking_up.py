"""One entry of the dictionary by its name, whole or in part."""

from collections.abc import Iterable
from typing import Any

from lodge_dictionary.entries import ColumnEntry, TableEntry, tables
from lodge_platform.errors import NotFoundError, nearest


def look_up(name: str, links: Iterable[TableEntry] = ()) -> list[dict[str, Any]]:
    """The rows that answer for `name`: a table with its columns, or columns of that name.

    `links` are tables of landed links. Raises NotFoundError with the nearest name.
    """
    known = (*tables(), *links)
    wanted = name.lower().removeprefix("marts.")
    for table in known:
        if wanted in (table.full_name, f"{table.store}.{table.name}"):
            return [_of_table(table), *(_of_column(table, column) for column in table.columns)]
    found = [
        _of_column(table, column)
        for table in known
        for column in table.columns
        if wanted in _names_of(table, column)
    ]
    if not found:
        found = [_of_table(table) for table in known if table.name == wanted]
    if not found:
        raise NotFoundError(f"the dictionary has no {name!r}; {nearest(wanted, _names(known))}")
    return found


def _names_of(table: TableEntry, column: ColumnEntry) -> tuple[str, str, str]:
    plain = f"{table.name}.{column.name}".lower()
    return column.name.lower(), plain, f"{table.store}.{plain}"


def _of_table(table: TableEntry) -> dict[str, Any]:
    return {"name": table.full_name, "meaning": table.grain} | dict.fromkeys(_FACTS, "")


def _of_column(table: TableEntry, column: ColumnEntry) -> dict[str, Any]:
    return {
        "name": f"{table.full_name}.{column.name}",
        "meaning": column.meaning,
        "type": column.kind,
        "unit": column.unit,
        "zone": column.zone,
        "example": column.example,
        "sensitivity": column.sensitivity,
    }


_FACTS = ("type", "unit", "zone", "example", "sensitivity")


def _names(known: Iterable[TableEntry]) -> set[str]:
    found = list(known)
    columns = {column.name for table in found for column in table.columns}
    return columns | {table.full_name for table in found}
