"""A sheet of a workbook as rows: xlsx, xlsm, xlsb, xls and ods, told apart by their content.

The first row that is not empty, after `csv.skip` rows of the sheet, names the columns; empty rows
are none. A cell is a text, a whole number, another number, true or false, a date or an instant
without zone; a time or duration is text, as 09:30:00 and 37:30:00; an error such as #N/A is
nothing, and so is every cell of a merged range but its first. A formula is what it came to when the
file was saved. Workbooks are read in a process of their own, with 1 GiB of memory at most.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from lodge_adapters.access.source import (
    Batch,
    BrokenSourceError,
    SlowSourceError,
    TooLargeError,
)
from lodge_adapters.answers.fields import source_name
from lodge_adapters.documents.bounds import Content, found_instead, seconds_until, whole
from lodge_adapters.documents.columns import column_names
from lodge_adapters.documents.faults import FaultError
from lodge_adapters.documents.processes import GoneError, SlowError, done
from lodge_adapters.documents.sheet_worker import unpacked
from lodge_adapters.language import Answer, Type

SECONDS = 60.0


def excel_batches(
    content: Content,
    answer: Answer,
    sheet: str | None,
    where: str,
    *,
    skip: int = 0,
    deadline: float | None = None,
) -> Iterator[Batch]:
    """The rows of the sheet of that name, of the first where none is said.

    Raises BrokenSourceError for what is no workbook, without that sheet (it names those there are)
    or without a header; TooLargeError above 64 MiB, or 256 MiB when unpacked; SlowSourceError.
    """
    document = whole(content, where)
    seconds = seconds_until(deadline, SECONDS)
    job = {"kind": "sheet", "sheet": sheet, "skip": skip}
    try:
        result = done(where, job, document, seconds)
    except SlowError as error:
        raise SlowSourceError(f"{where}: it is read for longer than {seconds:g} s") from error
    except GoneError as error:
        raise TooLargeError(f"{where}: it needs more memory than a workbook may") from error
    except FaultError as error:
        if error.fault == "size":
            raise TooLargeError(f"{where}: {error}") from error
        found = f", it is {found_instead(document)}" if document[:2] != b"PK" else ""
        raise BrokenSourceError(f"{where}: {error}{found}") from error
    return _batches(result, answer, where)


def _batches(result: bytes, answer: Answer, where: str) -> Iterator[Batch]:
    columns: tuple[str, ...] | None = None
    instants: list[int] = []
    is_empty = True
    for rows in unpacked(result):
        if columns is None and rows:
            head = ["" if cell is None else str(cell) for cell in rows.pop(0)]
            columns = column_names(head, answer, where)
            instants = _instants(columns, answer)
        for place in instants:
            for row in rows:
                row[place] = _midnight(row[place])
        if columns is not None and rows:
            is_empty = False
            yield Batch(columns, list(map(tuple, rows)))
    if columns is not None and is_empty:
        yield Batch(columns, [])  # so that the contract sees which columns there are
    if columns is None:
        raise BrokenSourceError(f"{where}: expected a header, found an empty sheet")


def _instants(columns: tuple[str, ...], answer: Answer) -> list[int]:
    names = {source_name(field) for field in answer.fields if field.type is Type.INSTANT}
    return [place for place, name in enumerate(columns) if name in names]


def _midnight(cell: Any) -> Any:
    """An instant at midnight looks like a date to whoever reads workbooks."""
    is_date = isinstance(cell, date) and not isinstance(cell, datetime)
    return datetime(cell.year, cell.month, cell.day) if is_date else cell  # noqa: DTZ001
