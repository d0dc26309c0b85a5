"""CSV as rows of text, streamed, in the dialect that the link declares.

An empty line is no row. A cell that is one of `nothing` is None; of cells in quotes likewise.
"""

import csv as python_csv
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from lodge_adapters.access.source import Batch, BrokenSourceError, TooLargeError
from lodge_adapters.documents.bounds import MOST_CELL_CHARACTERS, Content, found_instead
from lodge_adapters.documents.columns import column_names
from lodge_adapters.documents.text_lines import text_lines
from lodge_adapters.language import Answer, Csv
from lodge_platform.errors import SetUpError

_MOST_ROWS = 1000
# The limit is one for all of Python; it can only be raised without harm to others.
python_csv.field_size_limit(max(MOST_CELL_CHARACTERS, python_csv.field_size_limit()))


def csv_batches(
    content: Content, answer: Answer, csv: Csv, where: str, notes: list[str] | None = None
) -> Iterator[Batch]:
    """The rows of a file; columns as its header says, else as `csv.columns`.

    `notes` is told how many lines were left out or filled. Raises BrokenSourceError naming the line
    (of the file, from 1), TooLargeError for a cell of more than ten million characters, SetUpError
    for an encoding or dialect that is none.
    """
    table = _Table(content, csv, where)
    head = next(table.rows(), None) if csv.header else list(csv.columns)
    if head is None:
        raise BrokenSourceError(f"{where}: expected a header, found nothing")
    if head and (found := found_instead(head[0].encode())).endswith("HTML"):
        raise BrokenSourceError(f"{where}: expected CSV, found {found}")
    columns = column_names(head, answer, where)
    nothing = frozenset(csv.nothing)
    rows = table.fitting(len(columns))
    is_empty = True
    while chosen := list(islice(rows, _MOST_ROWS)):
        is_empty = False
        yield Batch(
            columns,
            [tuple(None if cell in nothing else cell for cell in row) for row in chosen],
        )
    if is_empty:
        yield Batch(columns, [])  # so that the contract sees which columns there are
    if notes is not None:
        notes += table.notes()


class _Table:
    def __init__(self, content: Content, csv: Csv, where: str) -> None:
        self._csv = csv
        self._where = where
        lines = text_lines(content, csv.encoding, where)
        self._skipped = sum(1 for _ in islice(lines, csv.skip))
        self._reader = _reader(lines, csv)
        self._begin = 1
        self._odd = 0
        self._first = ""

    def rows(self) -> Iterator[list[str]]:
        """Every line that is not empty."""
        while True:
            self._begin = self._reader.line_num + self._skipped + 1
            try:
                row = next(self._reader, None)
            except python_csv.Error as error:
                self._refuse_or_count(str(error))
                continue
            if row is None:
                return
            if row:
                yield row

    def fitting(self, width: int) -> Iterator[list[str]]:
        """Rows of so many cells; what becomes of others, `bad_lines` says."""
        for row in self.rows():
            if len(row) == width:
                yield row
                continue
            said = f"{len(row)} cells where there are {width} columns"
            if self._csv.bad_lines == "pad" and len(row) < width:
                self._count(said)
                yield row + [""] * (width - len(row))
            elif self._csv.bad_lines == "discard":
                self._count(said)
            else:
                raise BrokenSourceError(f"{self._where} line {self._begin}: {said}")

    def notes(self) -> list[str]:
        """How many lines were odd, and what was with the first of them."""
        if not self._odd:
            return []
        done = "filled" if self._csv.bad_lines == "pad" else "left out"
        lines = "1 line" if self._odd == 1 else f"{self._odd} lines"
        return [f"{self._where}: {lines} {done}, first {self._first}"]

    def _refuse_or_count(self, said: str) -> None:
        if "field larger than field limit" in said:
            raise TooLargeError(
                f"{self._where} line {self._begin}: a cell longer than {MOST_CELL_CHARACTERS} "
                "characters; is its quote closed?"
            )
        if "unexpected end of data" in said:
            raise BrokenSourceError(
                f"{self._where} line {self._begin}: a quote is not closed until the end"
            )
        if self._csv.bad_lines != "discard":
            raise BrokenSourceError(f"{self._where} line {self._begin}: {said[:200]}")
        self._count(said[:200])

    def _count(self, said: str) -> None:
        self._first = self._first or f"line {self._begin}: {said}"
        self._odd += 1


def _reader(lines: Iterable[str], csv: Csv) -> Any:
    try:
        return python_csv.reader(lines, delimiter=csv.delimiter, quotechar=csv.quote, strict=True)
    except (TypeError, ValueError) as error:
        raise SetUpError(f"no CSV is written so: {error}") from error
