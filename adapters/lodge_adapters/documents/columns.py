"""Columns of what is a table: named by its head, every row as long as that."""

from collections.abc import Iterable, Sequence

from lodge_adapters.access.source import BrokenSourceError
from lodge_adapters.answers.fields import source_name
from lodge_adapters.language import Answer


def column_names(head: Sequence[str], answer: Answer, where: str) -> tuple[str, ...]:
    """The names in a head, without blanks around them. One that is empty becomes `column 3`; one
    that is there again becomes `name (2)`.

    Raises BrokenSourceError where a name that a field declares is there twice.
    """
    declared = {source_name(field) for field in answer.fields}
    names: dict[str, None] = {}
    for number, said in enumerate(head, 1):
        name = said.strip() or f"column {number}"
        if name in names and name in declared:
            raise BrokenSourceError(f"{where}: the column {name[:60]!r} is there twice")
        names[name if name not in names else _free(name, names)] = None
    return tuple(names)


def _free(name: str, taken: Iterable[str]) -> str:
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"
