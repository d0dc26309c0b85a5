"""JSON of other people as rows: numbers to the last digit, nothing read that is no JSON."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from links.documents import batches, field, only, rows, stream
from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_adapters.answers.contracts import Shaper
from lodge_adapters.language import Access, Answer, Contract, Format, Link, Type
from lodge_platform.errors import SetUpError

JSON, LINES = Format.JSON, Format.JSON_LINES


def test_a_list_is_its_rows_and_an_object_is_one() -> None:
    assert rows(b'[{"a": 1}, {"a": "x"}]', JSON, field("a")) == [{"a": 1}, {"a": "x"}]
    assert rows(b'{"a": 1}', JSON, field("a")) == [{"a": 1}]
    assert rows(b"[]", JSON, field("a")) == []


def test_rows_are_where_a_jsonpath_says() -> None:
    said = b'{"shop": {"orders": [{"no": 1, "open": true}, {"no": 2, "open": false}]}}'
    no = field("no")
    for path in ("$.shop.orders[*]", "$.shop.orders", "$['shop'].orders[*]", "$..orders[*]"):
        assert [row["no"] for row in rows(said, JSON, no, rows=path)] == [1, 2], path
    assert [row["no"] for row in rows(said, JSON, no, rows="$.shop.orders[?@.open == true]")] == [1]
    assert rows(b'{"orders": null}', JSON, no, rows="$.orders[*]") == []
    assert rows(b'{"by": {"x": {"no": 1}}}', JSON, no, rows="$.by[*]") == [{"no": 1}]
    assert rows(b'{"order": {"no": 1}}', JSON, no, rows="$.order") == [{"no": 1}]


def test_a_name_on_the_way_to_the_rows_that_is_gone_is_said_with_what_is_there() -> None:
    with pytest.raises(BrokenSourceError, match=r"shop: expected \$\.orders\[\*\], found 'error'"):
        rows(b'{"error": "no"}', JSON, field("no"), rows="$.orders[*]")
    with pytest.raises(BrokenSourceError, match=r"\$\.orders\[\*\] is not there.*object.*array"):
        rows(b"[1]", JSON, field("no"), rows="$.orders[*]")


def test_fields_are_keys_or_paths_and_the_rest_is_handed_on() -> None:
    said = json.dumps(
        {
            "a.b": 1,
            "name": {"first": "Ada", "last": "L"},
            "phones": [{"kind": "home", "no": "1"}, {"kind": "work", "no": "2"}],
            "new": {"x": 1},
        }
    ).encode()
    found = only(
        rows(
            said,
            JSON,
            field("dotted", "a.b"),
            field("first", "$.name.first"),
            field("work", "$.phones[?@.kind == 'work'].no"),
            field("all", "$.phones[*].no", is_list=True),
            field("gone"),
        )
    )
    assert found == {
        "a.b": 1,
        "$.name.first": "Ada",
        "$.phones[?@.kind == 'work'].no": "2",
        "$.phones[*].no": ["1", "2"],
        "gone": None,
        "new": {"x": 1},
    }


def test_things_within_rows_are_mappings_by_the_sources_own_names() -> None:
    line = field("line", "lines", is_list=True, fields=(field("no", "$.id.no"), field("text")))
    said = b'{"lines": [{"id": {"no": 1}, "text": "a", "new": 2}, {"id": {"no": 3}}]}'
    assert only(rows(said, JSON, line)) == {
        "lines": [{"$.id.no": 1, "text": "a", "new": 2}, {"$.id.no": 3, "text": None}]
    }


def test_no_digit_of_a_number_is_lost() -> None:
    said = b"""[{"n": 12345678901234567890123, "d": 0.12345678901234567890, "e": 1e3}]"""
    found = only(rows(said, JSON, field("n"), field("d"), field("e")))
    assert found["n"] == 12345678901234567890123
    assert str(found["d"]) == "0.12345678901234567890"
    assert found["e"] == Decimal("1e3")


def test_the_parsing_suite_is_taken_and_refused_as_it_says(shared_data: Path) -> None:
    folder = shared_data / "json_parsing"
    counts = {True: 0, False: 0}
    for line in (folder / "cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        content = (folder / case["file"]).read_bytes()
        said = _refusal(content)
        is_taken = said is None
        assert said is None or (said.startswith("shop") and len(said) < 300), case["id"]
        wanted = case["expect"]["accept"]
        assert wanted in (None, is_taken), case["id"]
        if wanted is not None:
            counts[wanted] += 1
    assert counts == {True: 95, False: 188}


def _refusal(content: bytes) -> str | None:
    try:
        rows(content, JSON, field("a"))
    except BrokenSourceError as error:
        return str(error)
    return None


def test_any_unicode_encoding_is_read_with_and_without_a_mark() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        said = '{"a": "é𝄞"}'.encode(encoding)
        assert rows(said, JSON, field("a")) == [{"a": "é𝄞"}], encoding


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!doctype html><html>", "expected JSON, found a page of HTML"),
        (b"", "expected JSON, found nothing"),
        (b'{"a": 1', "not JSON: it is cut off"),
        (b'{"a":\n 1,\n "b": tru}', "shop line 3: not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": 1e999999}', "beyond 1000 digits"),
        (b'{"a":\n"\xff"}', "shop line 2: bytes that are no utf-8"),
        (b"[" * 100_000, "nested deeper than 200"),
        (b'{"a": ' + b"[" * 250 + b"]" * 250 + b"}", "nested deeper than 200"),
        (b"\x1f\x8b\x08", "it is compressed"),
    ],
)
def test_what_is_no_json_is_refused_with_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(BrokenSourceError, match=said):
        rows(content, JSON, field("a"))
    with pytest.raises(BrokenSourceError):
        rows(content, JSON, field("a"), rows="$..a")


def test_of_a_key_that_is_there_twice_the_last_one_counts() -> None:
    assert rows(b'{"a": 1, "a": 2}', JSON, field("a")) == [{"a": 2}]


def test_a_row_that_is_no_object_is_its_own_value() -> None:
    assert rows(b"[1, 2]", JSON, field("a", "$")) == [{"$": 1}, {"$": 2}]
    pairs = rows(b'[[1, "x"], [2, "y"]]', JSON, field("no", "$[0]"), field("name", "$[1]"))
    assert pairs == [{"$[0]": 1, "$[1]": "x"}, {"$[0]": 2, "$[1]": "y"}]
    assert rows(b'["odd"]', JSON, field("a")) == [{"a": None, "$": "odd"}]


def test_what_is_no_jsonpath_is_a_fault_of_the_link() -> None:
    for path in ("$.a[", "orders", "$.a b"):
        with pytest.raises(SetUpError, match="is no JSONPath"):
            rows(b"{}", JSON, field("a"), rows=path)
    with pytest.raises(SetUpError, match="is no JSONPath"):
        rows(b"{}", JSON, field("a", "$["))


def test_a_document_that_must_be_held_whole_has_a_limit() -> None:
    with pytest.raises(TooLargeError, match="shop: larger than the 67108864 bytes"):
        rows(stream(b'{"a": 1},' * 10_000, 1000, head=b"["), JSON, field("a"))


def test_lines_are_rows_and_a_fault_names_its_line() -> None:
    said = b'\xef\xbb\xbf{"a": 1}\r\n\n[{"a": 2}, {"a": 3}]\n{"a": 4}'
    assert [row["a"] for row in rows(said, LINES, field("a"))] == [1, 2, 3, 4]
    with pytest.raises(BrokenSourceError, match=r"shop line 3.*not JSON"):
        rows(b'{"a": 1}\n{"a": 2}\n{"a": \n', LINES, field("a"))
    with pytest.raises(BrokenSourceError, match="UTF-8"):
        rows('{"a": 1}\n'.encode("utf-16"), LINES, field("a"))
    inner = rows(b'{"o": [{"a": 1}]}\n', LINES, field("a"), rows="$.o[*]")
    assert inner == [{"a": 1}]


def test_lines_come_in_batches_while_they_are_read() -> None:
    coming = batches(stream(b'{"a": 1}\n', 2500), LINES, field("a"))
    assert [len(batch.rows) for batch in coming] == [1000, 1000, 500]
    with pytest.raises(TooLargeError, match="a line is longer"):
        rows(stream(b"x" * 100_000, 200), LINES, field("a"))


def test_rows_with_ever_other_keys_make_small_batches() -> None:
    said = [{f"k{row}_{key}": 1 for key in range(200)} for row in range(300)]
    sizes = [
        len(batch.rows) * len(batch.columns)
        for batch in batches(json.dumps(said).encode(), JSON, field("a"))
    ]
    assert max(sizes) < 1_000_000
    assert len(sizes) > 4


def test_the_cells_become_the_types_of_the_link() -> None:
    fields = (
        field("no", type=Type.INTEGER),
        field("price", "$.price.amount", Type.DECIMAL),
        field("day", type=Type.DATE),
        field("tag", "tags", is_list=True),
    )
    link = Link(
        title="t",
        term="t",
        access=Access(),
        answer=Answer(fields=fields),
        contract=Contract.EVOLVE,
    )
    said = b"""[{"no": 7, "price": {"amount": 1.50}, "day": "2026-01-05", "tags": ["a"], "x": 1}]"""
    shaper = Shaper(link)
    shaped = [row for batch in batches(said, JSON, *fields) for row in shaper.shape(batch)]
    assert shaped == [(7, Decimal("1.50"), date(2026, 1, 5), ["a"], {"x": "1"})]
