"""Which rows of a file an asker wants: those whose fields equal the parameters."""

from collections.abc import Callable, Mapping
from typing import Any

from lodge_adapters.access.source import Batch, Values
from lodge_adapters.answers.fields import source_name
from lodge_adapters.answers.values import CONVERTERS
from lodge_adapters.language import Link


class Chosen:
    """Rows by `where`, of fields to parameters. Values are compared as the fields' types; nothing
    equals a parameter that is not given, nor a cell that is not of its field's type."""

    def __init__(self, link: Link, where: Mapping[str, str], values: Values) -> None:
        fields = {field.name: field for field in link.answer.fields}
        self._tests: list[tuple[str, Callable[[Any], bool]]] = []
        for name, parameter in where.items():
            convert = CONVERTERS[fields[name].type]
            self._tests.append((source_name(fields[name]), _equal_to(values[parameter], convert)))

    def of(self, batch: Batch) -> Batch:
        """The batch with the chosen rows alone; with none where a column is missing."""
        rows = batch.rows
        for name, is_equal in self._tests:
            if name not in batch.columns:
                return Batch(batch.columns, [])
            place = batch.columns.index(name)
            rows = [row for row in rows if is_equal(row[place])]
        return Batch(batch.columns, rows)


def _equal_to(given: Any, convert: Callable[[Any], Any]) -> Callable[[Any], bool]:
    try:
        wanted = None if given is None else convert(given)
    except ValueError:
        wanted = None

    def is_equal(cell: Any) -> bool:
        if isinstance(cell, (list, tuple)):
            return any(is_equal(one) for one in cell)  # pyright: ignore[reportUnknownVariableType]
        if wanted is None or cell is None:
            return False
        try:
            return convert(cell) == wanted
        except ValueError:
            return False

    return is_equal
