"""Rows of a call as JSON and back: what a recorded sample of a table-like source holds.

    {"batches": [
      {"columns": ["id", "price", "tags"], "rows": [
        [1, {"decimal": "1.50"}, ["a", "b"]],
        [2, null, []]
      ]}
    ]}

JSON's own text, integers of any size, numbers, true, false and null stand for themselves, and a
list for a list. Everything else is an object of one key, which says what it is:

| key | its value |
|---|---|
| decimal | digits as text, so that none is lost |
| float | nan, inf or -inf |
| date | 2026-01-31 |
| instant | 2026-01-31T09:00:00+00:00, with its zone |
| datetime | 2026-01-31T09:00:00, without a zone |
| bytes | base64 |
| mapping | an object: a thing with values of its own |
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, cast

from lodge_adapters.access.source import Batch, Context
from lodge_platform.errors import MistakeError, RefusedError, nearest


def to_json(batches: Iterable[Batch]) -> bytes:
    """The batches as JSON, a row to a line, so that a difference can be read.

    Batches of the same columns become one. Raises MistakeError for a cell that no source gives.
    """
    said: list[str] = []
    for columns, rows in _joined(batches):
        lines = ",\n  ".join(_line([cell_to_json(cell) for cell in row]) for row in rows)
        said.append(f'{{"columns": {_line(columns)}, "rows": [\n  {lines}\n]}}')
    return ('{"batches": [\n' + ",\n".join(said) + "\n]}\n").encode()


def from_json(recorded: bytes) -> Iterator[Batch]:
    """The batches that `to_json` wrote, each at most a thousand rows.

    Raises RefusedError naming the place that is not as described above.
    """
    for number, batch in enumerate(_read(recorded)):
        where = f"batches[{number}]"
        if not isinstance(batch, dict):
            raise _odd(where, "an object of columns and rows")
        columns = cast("dict[str, Any]", batch).get("columns")
        rows = cast("dict[str, Any]", batch).get("rows")
        if not isinstance(columns, list) or not all(
            isinstance(name, str) for name in cast("list[Any]", columns)
        ):
            raise _odd(f"{where}.columns", "a list of names")
        if not isinstance(rows, list):
            raise _odd(f"{where}.rows", "a list of rows")
        yield from _batches(tuple(cast("list[str]", columns)), cast("list[Any]", rows), where)


def some_of(batches: Iterator[Batch], context: Context) -> Iterator[Batch]:
    """The batches as far as they are worth recording: to one row beyond the link's limit, which
    tells a replay that there were more; for a load all of them. The source is closed."""
    left = context.link.limits.rows + 1
    with closing(cast("Generator[Batch]", batches)):
        for batch in batches:
            yield batch if context.is_load else Batch(batch.columns, batch.rows[:left])
            left -= len(batch.rows)
            if left <= 0 and not context.is_load:
                return


def cell_to_json(cell: Any) -> Any:
    """One cell as a value that JSON can hold. Raises MistakeError for one that no source gives."""
    if cell is None or isinstance(cell, (str, bool, int)):
        return cell
    if isinstance(cell, float):
        return cell if isfinite(cell) else {"float": str(cell)}
    if isinstance(cell, Decimal):
        return {"decimal": str(cell)}
    if isinstance(cell, datetime):
        return {"datetime" if cell.tzinfo is None else "instant": cell.isoformat()}
    if isinstance(cell, date):
        return {"date": cell.isoformat()}
    if isinstance(cell, (bytes, bytearray)):
        return {"bytes": b64encode(cell).decode("ascii")}
    if isinstance(cell, Mapping):
        held = cast("Mapping[Any, Any]", cell)
        return {"mapping": {str(key): cell_to_json(value) for key, value in held.items()}}
    if isinstance(cell, (list, tuple)):
        return [cell_to_json(one) for one in cast("Sequence[Any]", cell)]
    raise MistakeError(f"a cell of type {type(cell).__name__} was to be recorded")


def cell_from_json(value: Any, where: str = "cell") -> Any:
    """The cell that `cell_to_json` was given. Raises RefusedError naming `where` it stands."""
    if isinstance(value, list):
        return [cell_from_json(one, where) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    said = cast("dict[str, Any]", value)
    if len(said) != 1:
        raise _odd(where, f"an object of one key; allowed: {', '.join(_KINDS)}")
    [(kind, text)] = said.items()
    if kind == "mapping":
        if not isinstance(text, dict):
            raise _odd(f"{where}.mapping", "an object")
        held = cast("dict[str, Any]", text)
        return {key: cell_from_json(one, f"{where}.{key}") for key, one in held.items()}
    if kind not in _KINDS:
        raise _odd(where, f"of a known kind, not {kind[:40]!r}; {nearest(kind, _KINDS)}")
    try:
        return _KINDS[kind](text)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise _odd(where, f"a value of kind {kind}") from error


def _joined(batches: Iterable[Batch]) -> Iterator[tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    columns: tuple[str, ...] | None = None
    rows: list[tuple[Any, ...]] = []
    for batch in batches:
        if columns is not None and batch.columns != columns:
            yield columns, rows
            rows = []
        columns = batch.columns
        rows = rows + batch.rows
    if columns is not None:
        yield columns, rows


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _read(recorded: bytes) -> list[Any]:
    try:
        document = json.loads(recorded)
    except (ValueError, RecursionError) as error:
        raise RefusedError("the recorded call is not JSON") from error
    found = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    batches = found.get("batches")
    if not isinstance(batches, list):
        raise _odd("batches", "a list")
    return cast("list[Any]", batches)


def _batches(columns: tuple[str, ...], rows: list[Any], where: str) -> Iterator[Batch]:
    for start in range(0, max(len(rows), 1), _MOST_ROWS):
        chosen: list[tuple[Any, ...]] = []
        for number, row in enumerate(rows[start : start + _MOST_ROWS], start):
            place = f"{where}.rows[{number}]"
            if not isinstance(row, list) or len(cast("list[Any]", row)) != len(columns):
                raise _odd(place, f"a list of {len(columns)} cells, as there are columns")
            cells = zip(columns, cast("list[Any]", row), strict=True)
            chosen.append(tuple(cell_from_json(cell, f"{place}.{name}") for name, cell in cells))
        yield Batch(columns, chosen)


def _odd(where: str, wanted: str) -> RefusedError:
    return RefusedError(f"the recorded call: {where} must be {wanted}", field=where)


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    return found


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)


_MOST_ROWS = 1000
_KINDS: dict[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "float": float,
    "date": date.fromisoformat,
    "instant": _instant,
    "datetime": datetime.fromisoformat,
    "bytes": _bytes,
    "mapping": dict,
}
