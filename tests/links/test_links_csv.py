"""CSV as people write it: dialects, encodings, lines with too few cells, and quotes left open."""

import csv as python_csv
import json
from collections import Counter
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from links.documents import batches, field, rows, stream
from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_adapters.documents.csv_rows import csv_batches
from lodge_adapters.language import Answer, Csv, Format
from lodge_platform.errors import SetUpError

CSV = Format.CSV


def read(content: Any, *, notes: list[str] | None = None, **said: Any) -> list[dict[str, Any]]:
    """The rows of a file in the dialect that `said` declares."""
    return rows(content, CSV, field("id"), csv=Csv(**said), notes=notes)


def test_columns_are_those_of_the_header() -> None:
    assert read(b"id,name\n7,Ada\n8,\n") == [
        {"id": "7", "name": "Ada"},
        {"id": "8", "name": None},
    ]
    assert read(b"id;name\n7;Ada", delimiter=";") == [{"id": "7", "name": "Ada"}]
    assert read(b"7\tAda\n", delimiter="\t", header=False, columns=("id", "name")) == [
        {"id": "7", "name": "Ada"}
    ]


def test_cells_may_hold_delimiters_quotes_and_ends_of_lines() -> None:
    said = b"""id,text\r\n1,"a,b"\r\n2,"say ""yes\"""\r\n3,"two\r\nlines\nor three"\r\n"""
    assert [row["text"] for row in read(said)] == ["a,b", 'say "yes"', "two\r\nlines\nor three"]
    assert read(b"id\n'a,b'\n", quote="'") == [{"id": "a,b"}]


def test_any_end_of_line_is_one_and_empty_lines_are_no_rows() -> None:
    for end in (b"\n", b"\r\n", b"\r"):
        assert read(end.join((b"id,b", b"1,2", b"", b"3,4"))) == [
            {"id": "1", "b": "2"},
            {"id": "3", "b": "4"},
        ], end


def test_lines_before_the_header_are_skipped_and_words_for_nothing_are_nothing() -> None:
    said = b"Report of January\n\nid,n\n-,n/a\n1,\n"
    assert read(said, skip=2, nothing=("-", "n/a")) == [
        {"id": None, "n": None},
        {"id": "1", "n": ""},
    ]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "é𝄞"), ("utf-16", "é𝄞"), ("utf-16-le", "é"), ("cp1252", "é€"), ("utf-8", "\ufeffé")],
)
def test_an_encoding_is_read_as_declared(encoding: str, said: str) -> None:
    content = f"id\n{said}\n".encode(encoding)
    assert read(content, encoding=encoding) == [{"id": said}]
    marked = b"\xef\xbb\xbf" + "id\né".encode()
    assert read(marked) == [{"id": "é"}]


def test_bytes_of_another_encoding_are_refused_with_their_line() -> None:
    with pytest.raises(BrokenSourceError, match="shop line 3: bytes that are no utf-8"):
        read("id\n1\né\n".encode("cp1252"))
    with pytest.raises(BrokenSourceError, match="shop line 2: bytes that are no cp1252"):
        read(b"id\n\x81\n", encoding="cp1252")
    far = stream(b"12345678\n", 100_000, head=b"id\n", tail=b"\xff\n")
    with pytest.raises(BrokenSourceError, match="shop line 100002: bytes"):
        read(far)
    with pytest.raises(BrokenSourceError, match=r"line 1: a NUL character; is it written in utf-8"):
        read("id,n\n1,2\n".encode("utf-16-le"))
    for encoding in ("zlib", "nothing", "base64"):
        with pytest.raises(SetUpError, match="is no encoding"):
            read(b"id\n", encoding=encoding)


def test_a_line_of_other_length_is_refused_left_out_or_filled() -> None:
    """Tabs lost: two cells have become one."""
    said = b"id\tname\ttier\n1\tAda\tgold\n2 Bob\tsilver\n3\tCy\ttin\n4\tDi\ttin\t!\n"
    with pytest.raises(BrokenSourceError, match="shop line 3: 2 cells where there are 3 columns"):
        read(said, delimiter="\t")
    notes: list[str] = []
    kept = read(said, notes=notes, delimiter="\t", bad_lines="discard")
    assert [row["id"] for row in kept] == ["1", "3"]
    assert notes == [
        "shop: 2 lines left out, first line 3: 2 cells where there are 3 columns",
    ]
    notes.clear()
    short = said.replace(b"\t!", b"")
    filled = read(short, notes=notes, delimiter="\t", bad_lines="pad")
    assert filled[1] == {"id": "2 Bob", "name": "silver", "tier": None}
    assert notes == ["shop: 1 line filled, first line 3: 2 cells where there are 3 columns"]
    with pytest.raises(BrokenSourceError, match="shop line 5: 4 cells"):
        read(said, delimiter="\t", bad_lines="pad")


def test_a_quote_out_of_place_is_a_bad_line_and_one_never_closed_a_broken_file() -> None:
    odd = b'id,n\n1,"a"b\n2,c\n'
    with pytest.raises(BrokenSourceError, match="shop line 2: ',' expected after"):
        read(odd)
    assert read(odd, bad_lines="discard") == [{"id": "2", "n": "c"}]
    for way in ("refuse", "discard", "pad"):
        with pytest.raises(BrokenSourceError, match="line 3: a quote is not closed until the end"):
            read(b'id,n\n1,a\n2,"c\n3,d\n', bad_lines=way)


def test_the_line_that_is_named_is_the_one_of_the_file() -> None:
    said = b'skipped\nid,n\n1,"two\nlines"\n\n2\n'
    with pytest.raises(BrokenSourceError, match="shop line 6: 1 cells"):
        read(said, skip=1)


def test_a_column_that_a_field_declares_is_there_once() -> None:
    with pytest.raises(BrokenSourceError, match="the column 'id' is there twice"):
        read(b"id,id\n1,2\n")
    assert read(b"id, n ,n,\n1,2,3,4\n") == [{"id": "1", "n": "2", "n (2)": "3", "column 4": "4"}]


def test_a_file_without_rows_still_shows_its_columns() -> None:
    [only] = batches(b"id,name\n", CSV, field("id"), csv=Csv())
    assert only == (("id", "name"), [])
    with pytest.raises(BrokenSourceError, match="expected a header, found nothing"):
        read(b"")


def test_what_is_no_csv_is_refused() -> None:
    with pytest.raises(BrokenSourceError, match="expected CSV, found a page of HTML"):
        read(b"<!doctype html>\n<html></html>")
    with pytest.raises(BrokenSourceError, match="it is compressed"):
        read(b"\x1f\x8b\x08\x00abc")
    with pytest.raises(TooLargeError, match="shop line 2: longer than 10000000 characters"):
        read(stream(b"x" * 100_000, 110, head=b"id\n"))
    with pytest.raises(TooLargeError, match=r"line 2: a cell longer than .*is its quote closed"):
        read(stream(b"x" * 9 + b"\n", 1_100_000, head=b'id\n"'))


def test_rows_come_in_batches_while_they_are_read() -> None:
    coming = batches(stream(b"1,2\n", 2500, head=b"id,n\n"), CSV, field("id"), csv=Csv())
    assert [len(batch.rows) for batch in coming] == [1000, 1000, 500]


def _table(folder: Path, name: str) -> list[dict[str, Any]]:
    with (folder / name).open("rb") as file:
        found = csv_batches(file, Answer(fields=(field("id"),)), Csv(), name)
        return [dict(zip(one.columns, row, strict=True)) for one in found for row in one.rows]


def test_public_tables_are_read_with_every_row_and_value(shared_data: Path) -> None:
    folder = shared_data / "reports_data"
    wanted = json.loads((folder / "expected.json").read_text("utf-8"))
    folder /= "files"

    tickets = _table(folder, "kaggle_customer_support_tickets.csv")
    said = wanted["kaggle_tickets"]
    assert len(tickets) == said["rows"] == 8469
    for name, column in (("channel", "Channel"), ("status", "Status"), ("priority", "Priority")):
        assert Counter(row[f"Ticket {column}"] for row in tickets) == said[f"by_{name}"]
    ratings = [row["Customer Satisfaction Rating"] for row in tickets]
    assert round(mean(float(each) for each in ratings if each), 4) == said["avg_rating"]
    lines = sum("\n" in row["Ticket Description"] for row in tickets)
    assert lines == said["embedded_newlines"] == 6150
    assert tickets[0]["Ticket Description"].startswith("I'm having an issue with the {product_")
    assert tickets[0]["Ticket Description"].endswith("manual, but the issue persists.")
    assert tickets[0]["Ticket Status"] == "Pending Customer Response"
    assert tickets[0]["Resolution"] is None

    requests = _table(folder, "baltimore_311_sample.csv")
    said = wanted["baltimore_311"]
    assert len(requests) == said["rows"] == 10_000
    assert Counter(row["MethodReceived"] for row in requests) == said["by_channel"]
    assert sum(row["CloseDate"] is not None for row in requests) == said["closed"]
    assert requests[0]["Address"] == "3400 GARRISON BLVD, BALTIMORE, MD, 21215"
    assert requests[0]["GeoLocation"] == "(39.0, -77.0)"

    animals = _table(folder, "nyc_311_animals.csv")
    said = wanted["nyc_311"]
    assert len(animals) == said["rows"] == 5895
    assert Counter(row["Borough"] for row in animals) == said["by_borough"]
    assert len(animals[0]) == 41

    events = _table(folder, "helpdesk_italy_mendeley.csv")
    said = wanted["helpdesk_italy_mendeley"]
    assert len(events) == said["events"] == 13_710
    assert len({row["CaseID"] for row in events}) == said["cases"]
    assert events[0]["CompleteTimestamp"] == "2012-04-03 16:55:38"


def test_every_public_table_is_read_as_another_reader_does(shared_data: Path) -> None:
    files = sorted((shared_data / "reports_data" / "files").glob("**/*.csv"))
    assert len(files) > 40
    for path in files:
        with path.open(newline="", encoding="utf-8") as file:
            wanted = list(python_csv.DictReader(file))
        found = _table(path.parent, path.name)
        assert found == [{key: cell or None for key, cell in row.items()} for row in wanted], path
