"""Workbooks as people keep them: dates, times, empty rows, merged cells, and bombs among them."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest

from links.documents import batches, field, rows
from links.workbooks import DATE, DURATION, INSTANT, TIME, fault, number, ods, packed, truth, xlsx
from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_adapters.language import Csv, Format, Type

EXCEL = Format.EXCEL
HEAD = ["id", "price", "day", "at", "time", "took", "open", "odd"]
SHEETS = {
    "Prices": [
        HEAD,
        [
            number(7),
            number(19.99),
            number(46027, DATE),
            number(46027.375, INSTANT),
            number(0.3958333333333333, TIME),
            number(1.5625, DURATION),
            truth(True),
            fault("#N/A"),
        ],
        [],
        [" Ada ", None, None, number(46027, INSTANT)],
    ],
    "Notes": [["text"], ["one"], ["two"]],
    "Empty": [],
}


def read(content: bytes, sheet: str | None = None, **more: Any) -> list[dict[str, Any]]:
    """The rows of a sheet."""
    fields = field("id"), field("at", type=Type.INSTANT)
    return rows(content, EXCEL, *fields, sheet=sheet, **more)


def test_cells_are_what_they_are_in_the_workbook() -> None:
    first, second = read(xlsx(SHEETS))
    assert first == {
        "id": 7,
        "price": 19.99,
        "day": date(2026, 1, 5),
        "at": datetime.fromisoformat("2026-01-05T09:00:00"),
        "time": "09:30:00",
        "took": "37:30:00",
        "open": True,
        "odd": None,
    }
    assert isinstance(first["id"], int)
    assert second["id"] == " Ada "
    assert second["at"] == datetime.fromisoformat("2026-01-05T00:00:00")
    assert set(second) == set(HEAD)


def test_a_sheet_is_chosen_by_its_name_and_the_first_one_otherwise() -> None:
    book = xlsx(SHEETS)
    assert [row["text"] for row in read(book, "Notes")] == ["one", "two"]
    assert len(read(book)) == 2
    with pytest.raises(BrokenSourceError, match="no sheet 'Sales'; it has 'Prices', 'Notes', 'Emp"):
        read(book, "Sales")
    with pytest.raises(BrokenSourceError, match="expected a header, found an empty sheet"):
        read(book, "Empty")


def test_the_header_may_stand_further_down() -> None:
    book = xlsx({"Prices": [["Report of January"], [], ["id", "n"], [number(1), "x"]]}, first_row=3)
    assert read(book, csv=Csv(skip=3)) == [{"id": 1, "n": "x"}]


def test_of_merged_cells_the_first_one_has_the_value() -> None:
    book = xlsx({"P": [["id", "b"], ["x", None], [None, "y"]]}, merged=("A2:A3",))
    assert read(book) == [{"id": "x", "b": None}, {"id": None, "b": "y"}]


def test_a_sheet_without_rows_still_shows_its_columns() -> None:
    [only] = batches(xlsx({"P": [["id", "at"]]}), EXCEL, field("id"))
    assert only == (("id", "at"), [])


def test_a_column_that_a_field_declares_is_there_once() -> None:
    with pytest.raises(BrokenSourceError, match="the column 'id' is there twice"):
        read(xlsx({"P": [["id", "id"], ["1", "2"]]}))
    book = xlsx({"P": [["id", None, "n", "n"], ["1", "2", "3", "4"]]})
    assert read(book) == [{"id": "1", "column 2": "2", "n": "3", "n (2)": "4"}]


def test_an_opendocument_workbook_is_read_as_well() -> None:
    said = (
        "<table:table-row><table:table-cell office:value-type='string'><text:p>id</text:p>"
        "</table:table-cell><table:table-cell office:value-type='string'><text:p>day</text:p>"
        "</table:table-cell></table:table-row><table:table-row>"
        "<table:table-cell office:value-type='float' office:value='7'/>"
        "<table:table-cell office:value-type='date' office:date-value='2026-01-05'/>"
        "</table:table-row>"
    )
    assert read(ods(said), "Prices") == [{"id": 7, "day": date(2026, 1, 5)}]


def test_many_rows_come_in_batches() -> None:
    table = [["id"], *([number(each)] for each in range(2500))]
    found = list(batches(xlsx({"P": table}), EXCEL, field("id")))
    assert [len(batch.rows) for batch in found] == [999, 1000, 501]
    assert found[-1].rows[-1] == (2499,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html></html>", "no workbook.*it is a page of HTML"),
        (b"id,name\n", "no workbook"),
        (b"", "no workbook.*nothing"),
        (xlsx(SHEETS)[:900], "its archive is broken or cut off"),
        (packed({"readme.txt": "hello"}), "no workbook"),
        (packed({"xl/workbook.xml": "<workbook"}), "no workbook"),
    ],
    ids=["html", "csv", "empty", "cut off", "another archive", "half a workbook"],
)
def test_what_is_no_workbook_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(BrokenSourceError, match=rf"shop: .*{said}"):
        read(content)


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    kept = io.BytesIO()
    with (
        zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(257):
            part.write(bytes(1024 * 1024))
    bomb = kept.getvalue()
    assert len(bomb) < 400_000
    with pytest.raises(TooLargeError, match="unpacks to more than 268435456 bytes"):
        read(bomb)


def test_a_sheet_that_is_far_larger_than_its_file_hangs_nothing() -> None:
    row = (
        "<table:table-row table:number-rows-repeated='1000000'><table:table-cell "
        "table:number-columns-repeated='16000' office:value-type='string'><text:p>x</text:p>"
        "</table:table-cell></table:table-row>"
    )
    with pytest.raises((BrokenSourceError, TooLargeError)):
        read(ods(row))
    assert len(read(xlsx(SHEETS))) == 2
