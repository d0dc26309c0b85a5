"""Any document as batches of rows: the one door for what is fetched and for files."""

from collections.abc import Iterator
from pathlib import Path

from lodge_adapters.access.source import Batch
from lodge_adapters.documents.bounds import Content
from lodge_adapters.language import Answer, Csv, Format


def batches_of(
    content: Content,
    *,
    format: Format,
    answer: Answer,
    csv: Csv,
    sheet: str | None,
    where: str,
    folder: Path,
    notes: list[str] | None = None,
    deadline: float | None = None,
) -> Iterator[Batch]:
    """The rows of a document, as they are read; see access/source.py for what cells are.

    `where` names the document in messages: "shop.example:443" or "file:prices.xml". `folder` holds
    the link's files, such as its XSLT. `csv` and `sheet` count for those formats alone; `csv.skip`
    for workbooks as well. `notes` is told of lines that were left out. Until `deadline`, monotonic
    seconds, a stylesheet or workbook may take; without one, as long as their own modules say.

    Raises BrokenSourceError naming the line where the document is not what `format` says,
    TooLargeError beyond the limits of bounds.py, SetUpError for a path or stylesheet that cannot be
    used. Rows that came before the fault are given out before it is raised.
    """
    match format:
        case Format.JSON:
            from lodge_adapters.documents.json_rows import json_batches

            return json_batches(content, answer, where)
        case Format.JSON_LINES:
            from lodge_adapters.documents.json_rows import json_line_batches

            return json_line_batches(content, answer, where)
        case Format.XML:
            from lodge_adapters.documents.xml_rows import xml_batches

            return xml_batches(content, answer, where, folder, deadline=deadline)
        case Format.CSV:
            from lodge_adapters.documents.csv_rows import csv_batches

            return csv_batches(content, answer, csv, where, notes)
        case Format.EXCEL:
            from lodge_adapters.documents.excel_rows import excel_batches

            return excel_batches(content, answer, sheet, where, skip=csv.skip, deadline=deadline)
        case Format.PARQUET:
            from lodge_adapters.documents.parquet_rows import parquet_batches

            return parquet_batches(content, answer, where)
