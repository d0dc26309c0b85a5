"""Rows as bytes for the API: JSON, CSV or Parquet, each within bounds of rows and bytes."""

import base64
import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any, BinaryIO, Protocol, cast
from uuid import UUID

import msgspec

from lodge_dictionary.formats import csv_cell, unique_names
from lodge_dictionary.results import Result
from lodge_platform.errors import RefusedError
from lodge_platform.stores.published import Published

_BATCH_ROWS = 500


class Writer(Protocol):
    """Writes a result's rows and gives how many there were."""

    def __call__(
        self,
        result: Result,
        to: BinaryIO,
        *,
        published: Published,
        most_rows: int,
        most_bytes: int,
    ) -> int: ...


def as_json(
    result: Result, to: BinaryIO, *, published: Published, most_rows: int, most_bytes: int
) -> int:
    """`{"columns", "rows", "row_count", "is_complete", "landed_at", "snapshot_no"}`.

    Rows beyond the bounds are left out, and `is_complete` says so.
    """
    names = unique_names(result.names)
    columns = [{"name": name, "type": kind} for name, kind in zip(names, result.types, strict=True)]
    to.write(b'{"columns":' + msgspec.json.encode(columns) + b',"rows":[')
    count, is_complete = 0, True
    for row in _rows(result):
        line = msgspec.json.encode(dict(zip(names, map(plain, row), strict=True)))
        if count >= most_rows or to.tell() + len(line) > most_bytes:
            is_complete = False
            break
        to.write((b"," if count else b"") + line)
        count += 1
    rest = {
        "row_count": count,
        "is_complete": is_complete,
        "landed_at": published.landed_at.astimezone(UTC),
        "snapshot_no": published.snapshot_no,
    }
    to.write(b"]," + msgspec.json.encode(rest)[1:])
    return count


def as_csv(
    result: Result, to: BinaryIO, *, published: Published, most_rows: int, most_bytes: int
) -> int:
    """CSV with a line of names. Raises RefusedError for more than the bounds."""
    del published
    text = io.TextIOWrapper(to, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(result.names)
    count = 0
    for row in _rows(result):
        count += 1
        _require_within(count, to.tell(), most_rows=most_rows, most_bytes=most_bytes)
        writer.writerow([csv_cell(value) for value in row])
    text.detach()
    return count


def as_parquet(
    result: Result, to: BinaryIO, *, published: Published, most_rows: int, most_bytes: int
) -> int:
    """One Parquet file. Raises RefusedError for more than the bounds."""
    del published
    pq: Any = import_module("pyarrow.parquet")  # it has no types
    reader = result.batches(_BATCH_ROWS * 20)
    count = 0
    with pq.ParquetWriter(to, reader.schema) as writer:
        while (batch := reader.next()) is not None:
            count += int(batch.num_rows)
            _require_within(count, to.tell(), most_rows=most_rows, most_bytes=most_bytes)
            writer.write_batch(batch)
    return count


def plain(value: Any) -> Any:
    """A value of the engine as JSON has it: instants in UTC with Z, bytes in base 64."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < 2**63 else str(value)
        case float():
            return value if value - value == 0 else None  # neither infinite nor not a number
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        case date() | time() | UUID():
            return value.isoformat() if not isinstance(value, UUID) else str(value)
        case timedelta():
            return value.total_seconds()
        case bytes():
            return base64.b64encode(value).decode()
        case list() | tuple():
            return [plain(one) for one in cast(list[Any], value)]
        case dict():
            pairs = cast(dict[Any, Any], value).items()
            return {str(key): plain(one) for key, one in pairs}
        case _:
            return str(value)


def _rows(result: Result) -> Iterator[tuple[Any, ...]]:
    while batch := result.fetchmany(_BATCH_ROWS):
        yield from batch


def _require_within(rows: int, size: int, *, most_rows: int, most_bytes: int) -> None:
    if rows > most_rows:
        raise RefusedError(f"the answer has more than {most_rows:,} rows; ask for fewer")
    if size > most_bytes:
        raise RefusedError(f"the answer has more than {most_bytes:,} bytes; ask for less")
