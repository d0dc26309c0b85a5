"""The result of a query on stdout: a table, CSV, JSON or Parquet."""

import csv
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from lodge_dictionary.results import Result
from lodge_platform.cli.output import show_rows
from lodge_platform.errors import RefusedError

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def show(result: Result, form: str) -> int:
    """Print every row of `result` in the form named; gives how many there were."""
    return FORMATS[form](result)


def _table(result: Result) -> int:
    rows = _rows(result)
    show_rows(rows, as_json=False, columns=result.names)
    return len(rows)


def _json(result: Result) -> int:
    rows = _rows(result)
    show_rows(rows, as_json=True)
    return len(rows)


def _csv(result: Result) -> int:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.names)
    count = 0
    while batch := result.fetchmany(10_000):
        writer.writerows([csv_cell(value) for value in row] for row in batch)
        count += len(batch)
    return count


def _parquet(result: Result) -> int:
    if sys.stdout.isatty():
        raise RefusedError("Parquet is not for a terminal; write it to a file with > FILE")
    pa: Any = import_module("pyarrow")  # a third of a second, and it has no types
    pq: Any = import_module("pyarrow.parquet")
    arrow: Any = result.to_arrow_table()
    sink: Any = pa.BufferOutputStream()
    pq.write_table(arrow, sink)
    sys.stdout.buffer.write(sink.getvalue().to_pybytes())
    return int(arrow.num_rows)


def _rows(result: Result) -> list[dict[str, Any]]:
    names = unique_names(result.names)
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in result.fetchall()
    ]


def unique_names(names: list[str]) -> list[str]:
    """The names, a later one of two alike with its place: `n`, `n_2`."""
    return [n if names.index(n) == i else f"{n}_{i + 1}" for i, n in enumerate(names)]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)  # instants in the reports store are UTC
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def csv_cell(value: Any) -> Any:
    """A value as CSV has it; text that a spreadsheet would run is quoted."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_DANGEROUS):
        return "'" + value  # a spreadsheet would take it for a formula
    return value


FORMATS: dict[str, Callable[[Result], int]] = {
    "table": _table,
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
}
EXPORTS = frozenset({"csv", "parquet"})
"""Forms in which rows leave as a file."""
