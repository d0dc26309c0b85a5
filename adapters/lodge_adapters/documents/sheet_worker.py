"""One sheet of a workbook (xlsx, xlsm, xlsb, xls, ods) as `worker` reads it."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import msgspec
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from lodge_adapters.documents.faults import FaultError

MOST_UNPACKED_BYTES = 256 * 1024 * 1024
_MOST_PARTS = 10_000
_MOST_EXACT = 2**53
_ROWS = 1000
_PIECE = 1024 * 1024
_LENGTH_BYTES = 8
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError),
    *(EOFError, OSError, ValueError),
)


def sheet(job: Mapping[str, Any], content: bytes) -> bytes:
    """The rows of the sheet `job["sheet"]`, of the first where that is None, after the first
    `job["skip"]` ones, without empty ones, as `packed`.

    Raises FaultError for what is no workbook, has no such sheet or unpacks to more than 256 MiB.
    """
    if content[:4] == b"PK\x03\x04":
        _refuse_bomb(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return packed(_rows(_chosen(book, job["sheet"]), job["skip"]))
    except PasswordError as error:
        raise FaultError("it is locked with a password") from error
    except (CalamineError, OSError, ValueError) as error:
        raise FaultError(f"it is no workbook: {str(error)[:200]}") from error
    except FaultError:
        raise
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # a fault of the reader, by a broken file
            raise FaultError("it is no workbook that can be read") from error
        raise


def packed(rows: Iterable[list[Any]]) -> bytes:
    """Rows as pieces of MessagePack, each after its length in 8 bytes; dates and times as one-key
    objects."""
    kept = bytearray()
    some: list[list[Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == _ROWS:
            _keep(some, kept)
            some = []
    _keep(some, kept)
    return bytes(kept)


def unpacked(content: bytes) -> Iterator[list[list[Any]]]:
    """At most a thousand rows at a time of what `packed` made."""
    place = 0
    while place < len(content):
        begin = place + _LENGTH_BYTES
        place = begin + int.from_bytes(content[place:begin])
        rows: list[list[Any]] = msgspec.msgpack.decode(memoryview(content)[begin:place])
        yield [[_read(cell) for cell in row] for row in rows]


def _keep(rows: list[list[Any]], kept: bytearray) -> None:
    said = msgspec.msgpack.encode(rows)
    kept += len(said).to_bytes(_LENGTH_BYTES)
    kept += said


def _read(cell: Any) -> Any:
    if type(cell) is not dict:
        return cell
    [(kind, said)] = cast("dict[str, str]", cell).items()
    return date.fromisoformat(said) if kind == "date" else datetime.fromisoformat(said)


def _rows(chosen: CalamineSheet, skip: int) -> Iterator[list[Any]]:
    if chosen.start is None:
        return
    first = chosen.start[1]
    for number, row in enumerate(chosen.iter_rows()):
        if number >= skip and any(cell != "" for cell in row):
            yield [_cell(cell) for cell in row[first:]]


def _cell(cell: Any) -> Any:
    """A cell as MessagePack can say it; a whole number is one, whatever the workbook thinks."""
    if cell == "":
        return None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < _MOST_EXACT else cell
    if isinstance(cell, datetime):
        return {"datetime": cell.isoformat()}
    if isinstance(cell, date):
        return {"date": cell.isoformat()}
    if isinstance(cell, time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return hours(cell)
    return cell


def hours(span: timedelta) -> str:
    """A duration as 37:30:00, whole seconds."""
    seconds = round(span.total_seconds())
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _chosen(book: CalamineWorkbook, name: str | None) -> CalamineSheet:
    names = book.sheet_names
    if not names:
        raise FaultError("it has no sheet")
    if name is not None and name not in names:
        there = ", ".join(repr(each[:40]) for each in names[:10])
        raise FaultError(f"it has no sheet {name!r}; it has {there}")
    return book.get_sheet_by_name(names[0] if name is None else name)


def _refuse_bomb(content: bytes) -> None:
    """Unpack all of it to nowhere: what an archive says of its sizes need not be so."""
    size = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS:
                raise FaultError(f"it has more than {_MOST_PARTS} parts", "size")
            for part in parts:
                with archive.open(part) as file:
                    while piece := file.read(_PIECE):
                        size += len(piece)
                        if size > MOST_UNPACKED_BYTES:
                            raise FaultError(
                                f"it unpacks to more than {MOST_UNPACKED_BYTES} bytes", "size"
                            )
    except _BROKEN as error:
        raise FaultError("it is no workbook: its archive is broken or cut off") from error
