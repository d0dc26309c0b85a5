"""One entry of the dictionary by its name, whole or in part."""

from typing import Any

from lodge_dictionary.entries import ColumnEntry, TableEntry, tables
from lodge_platform.errors import NotFoundError, nearest


def look_up(name: str) -> list[dict[str, Any]]:
    """The rows that answer for `name`: a table with its columns, or columns of that name.

    Raises NotFoundError with the nearest name.
    """
    wanted = name.lower().removeprefix("marts.")
    for table in tables():
        if wanted in (table.full_name, f"{table.store}.{table.name}"):
            return [_of_table(table), *(_of_column(table, column) for column in table.columns)]
    found = [
        _of_column(table, column)
        for table in tables()
        for column in table.columns
        if wanted in _names_of(table, column)
    ]
    if not found:
        found = [_of_table(table) for table in tables() if table.name == wanted]
    if not found:
        raise NotFoundError(f"the dictionary has no {name!r}; {nearest(wanted, _names())}")
    return found


def _names_of(table: TableEntry, column: ColumnEntry) -> tuple[str, str, str]:
    plain = f"{table.name}.{column.name}"
    return column.name, plain, f"{table.store}.{plain}"


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


def _names() -> set[str]:
    columns = {column.name for table in tables() for column in table.columns}
    return columns | {table.full_name for table in tables()}
