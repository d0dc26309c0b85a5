"""Rows with and without undeclared values, put together in batches."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lodge_adapters.access.source import Batch

Picked = tuple[tuple[Any, ...], Mapping[str, Any]]
"""A row: the cells of the declared columns, in order, and what else it has by name."""

_MOST_ROWS = 1000
_MOST_CELLS = 500_000


def batched(rows: Iterable[Picked], declared: tuple[str, ...]) -> Iterator[Batch]:
    """Batches of at most a thousand rows, fewer where rows have many undeclared values.

    Columns are the declared ones, then every other name in order of appearance; a row without a
    value has None there.
    """
    names: dict[str, None] = {}
    gathered: list[Picked] = []
    for row in rows:
        new = [name for name in row[1] if name not in names]
        width = len(declared) + len(names) + len(new)
        if gathered and (len(gathered) >= _MOST_ROWS or width * len(gathered) >= _MOST_CELLS):
            yield _batch(gathered, declared, tuple(names))
            names, gathered = {}, []
            new = list(row[1])
        names.update(dict.fromkeys(new))
        gathered.append(row)
    if gathered:
        yield _batch(gathered, declared, tuple(names))


def _batch(rows: list[Picked], declared: tuple[str, ...], others: tuple[str, ...]) -> Batch:
    if not others:
        return Batch(declared, [cells for cells, _ in rows])
    return Batch(
        declared + others,
        [cells + tuple(more.get(name) for name in others) for cells, more in rows],
    )
