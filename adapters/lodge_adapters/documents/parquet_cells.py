"""Cells of Parquet as Python has them: a text that many rows share is one text in memory.

A file of a kilobyte may say a text of a megabyte a thousand times. Texts are therefore read as
dictionaries, and rows go on in batches that are not too large when every one of them is written.
"""

from collections.abc import Iterator
from datetime import time, timedelta
from importlib import import_module
from itertools import islice, pairwise
from typing import Any

from lodge_adapters.access.source import TooLargeError
from lodge_adapters.documents.bounds import MOST_WHOLE_BYTES
from lodge_adapters.documents.sheet_worker import hours

_ARROW: Any = import_module("pyarrow")  # it has no types
_TYPES: Any = _ARROW.types
_TEXTS = ("STRING", "JSON", "ENUM", "BSON", "NONE")
_MOST_BYTES = 4_000_000

Row = tuple[Any, ...]


def texts_in(schema: Any) -> list[str]:
    """The paths of all texts and bytes of a file, in lists and things as well."""
    columns = [schema.column(number) for number in range(len(schema))]
    return [
        column.path
        for column in columns
        if column.physical_type == "BYTE_ARRAY" and column.logical_type.type in _TEXTS
    ]


def cells_of(column: Any) -> list[Any]:
    """A column's cells. What Python has no plain value for is text: times and durations."""
    kind = column.type
    if _TYPES.is_dictionary(kind):
        return _shared(column)
    if _TYPES.is_map(kind):
        return _maps(column)
    if _TYPES.is_list(kind) or _TYPES.is_large_list(kind):
        return _lists(column)
    if _TYPES.is_struct(kind):
        names = [kind.field(number).name for number in range(kind.num_fields)]
        parts = [cells_of(column.field(number)) for number in range(kind.num_fields)]
        rows = zip(*parts, strict=True) if parts else iter([()] * len(column))
        found = [dict(zip(names, row, strict=True)) for row in rows]
        there = column.is_valid().to_pylist()
        return [one if is_there else None for one, is_there in zip(found, there, strict=True)]
    return [_plain(cell) for cell in _exact(column).to_pylist()]


def parted(rows: list[Row], where: str) -> Iterator[list[Row]]:
    """The rows in parts whose texts have 4 MB together, or one row.

    Raises TooLargeError for a row of more than 64 MiB.
    """
    begin = weight = 0
    for number, row in enumerate(rows):
        of_row = sum(map(_weight, row))
        if of_row > MOST_WHOLE_BYTES:
            raise TooLargeError(f"{where}: a row is larger than {MOST_WHOLE_BYTES} bytes")
        if weight and weight + of_row > _MOST_BYTES:
            yield rows[begin:number]
            begin, weight = number, 0
        weight += of_row
    yield rows[begin:]


def _shared(column: Any) -> list[Any]:
    numbers: list[int | None] = column.indices.to_pylist()
    used = column.indices.unique()
    words = map(_plain, _exact(column.dictionary.take(used)).to_pylist())
    known = dict(zip(used.to_pylist(), words, strict=True))
    return [known[number] for number in numbers]


def _lists(column: Any) -> list[Any]:
    values = iter(cells_of(column.flatten()))
    lengths: list[int | None] = column.value_lengths().to_pylist()
    return [None if count is None else list(islice(values, count)) for count in lengths]


def _maps(column: Any) -> list[Any]:
    """Of a key that is there twice the last one counts."""
    pairs = [
        (str(key), one)
        for key, one in zip(cells_of(column.keys), cells_of(column.items), strict=True)
    ]
    ends: list[int] = column.offsets.to_pylist()
    there = column.is_valid().to_pylist()
    found = [dict(pairs[begin:end]) for begin, end in pairwise(ends)]
    return [one if is_there else None for one, is_there in zip(found, there, strict=True)]


def _exact(column: Any) -> Any:
    """Nanoseconds are more than Python's instants hold."""
    kind = column.type
    if _TYPES.is_timestamp(kind) and kind.unit == "ns":
        return column.cast(_ARROW.timestamp("us", tz=kind.tz), safe=False)
    if _TYPES.is_duration(kind) and kind.unit == "ns":
        return column.cast(_ARROW.duration("us"), safe=False)
    return column


def _plain(cell: Any) -> Any:
    if isinstance(cell, time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return hours(cell)
    if isinstance(cell, dict):
        return {str(key): _plain(value) for key, value in cell.items()}  # pyright: ignore
    if isinstance(cell, list):
        return [_plain(value) for value in cell]  # pyright: ignore[reportUnknownVariableType]
    return cell


def _weight(cell: Any) -> int:
    if isinstance(cell, str | bytes):
        return len(cell)
    if isinstance(cell, dict):
        return sum(map(_weight, cell.values()))  # pyright: ignore[reportUnknownArgumentType]
    return sum(map(_weight, cell)) if isinstance(cell, list) else 0  # pyright: ignore
