"""Answers: rows under each contract, XML that is valid by the link's schema, JSON of the same."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from lodge_adapters.access.source import Batch, BrokenSourceError
from lodge_adapters.answers.contracts import Shaper
from lodge_adapters.answers.envelope import End
from lodge_adapters.answers.fields import Seen
from lodge_adapters.answers.json_form import JsonForm
from lodge_adapters.answers.json_schema import json_schema_of
from lodge_adapters.answers.plain import mappings_of
from lodge_adapters.answers.xml_form import XmlForm, error_document
from lodge_adapters.answers.xsd import xsd_of
from lodge_adapters.language import Field, Link, Type
from lodge_adapters.reading import read_link
from lodge_platform.api.xml_words import unescaped
from lodge_platform.links.answers import Provenance
from lodge_platform.vocabulary import Sensitivity

FETCHED = Provenance(source="shop:5432/orders", fetched_at=datetime(2026, 1, 5, 9, tzinfo=UTC))
LINK = """
title: Orders
term: What was ordered.
contract: {contract}
access: {{function: {{name: orders}}}}
answer:
  root: orders
  row: order
  fields:
    - {{name: number, from: id, type: integer, required: true, attribute: true, term: Key.}}
    - {{name: name, term: Whose., sensitivity: personal}}
    - {{name: total, type: decimal, term: Sum.}}
    - {{name: paid, type: boolean, term: Whether.}}
    - {{name: due, type: date, term: When.}}
    - {{name: at, type: instant, term: When.}}
    - {{name: tags, list: true, term: Words.}}
    - name: place
      term: Where.
      fields:
        - {{name: street, term: Street.}}
        - {{name: floor, type: integer, attribute: true, term: Floor.}}
"""
COLUMNS = ("id", "name", "total", "paid", "due", "at", "tags", "place")
WHOLE = (
    7,
    "Ada & <Co>",
    Decimal("1.50"),
    True,
    date(2026, 1, 31),
    datetime.fromisoformat("2026-01-05T09:30:00"),
    ["new", "big"],
    {"street": "Lane 1", "floor": 2},
)
NOTHING = (8, None, None, None, None, None, None, None)


def link_of(contract: str = "freeze") -> Link:
    return read_link(LINK.format(contract=contract), "orders.yaml")


def xml_of(link: Link, *batches: Batch, seen: Seen | None = None) -> etree._Element:
    """The answer, parsed, after the link's own schema took it."""
    options = {} if seen is None else {"seen": seen}
    shaper, form = Shaper(link, **options), XmlForm("orders", link, **options)
    shaped = [shaper.shape(batch) for batch in batches]
    end = End(rows=sum(map(len, shaped)), discarded=shaper.discarded)
    written = form.head(FETCHED, "9f86d081884c")
    written += b"".join(form.rows(rows) for rows in shaped) + form.end(end)
    read = etree.fromstring(written)
    etree.XMLSchema(etree.fromstring(xsd_of("orders", link))).assertValid(read)
    return read


def json_of(link: Link, batch: Batch) -> dict[str, Any]:
    shaper, form = Shaper(link), JsonForm("orders", link)
    rows = shaper.shape(batch)
    end = End(rows=len(rows), discarded=shaper.discarded)
    return json.loads(form.head(FETCHED, "9f86d081884c") + form.rows(rows) + form.end(end))


def test_an_answer_says_where_it_comes_from_and_that_it_is_whole() -> None:
    answer = xml_of(link_of(), Batch(COLUMNS, [WHOLE, NOTHING]))
    assert dict(answer.attrib) == {
        "link": "orders",
        "version": "9f86d081884c",
        "source": "shop:5432/orders",
        "fetched_at": "2026-01-05T09:00:00Z",
        "from_cache": "false",
        "stale": "false",
    }
    assert dict(answer[-1].attrib) == {"rows": "2", "discarded": "0", "truncated": "false"}


def test_values_stand_in_xml_as_their_types_are_written() -> None:
    order = xml_of(link_of(), Batch(COLUMNS, [WHOLE]))[0]
    assert order.get("number") == "7"
    assert [(one.tag, one.text) for one in order] == [
        ("name", "Ada & <Co>"),
        ("total", "1.50"),
        ("paid", "true"),
        ("due", "2026-01-31"),
        ("at", "2026-01-05T09:30:00Z"),
        ("tags", "new"),
        ("tags", "big"),
        ("place", None),
    ]
    assert (order[-1].get("floor"), order[-1][0].text) == ("2", "Lane 1")


def test_what_is_nothing_is_left_out_of_xml_and_null_in_json() -> None:
    batch = Batch(COLUMNS, [NOTHING])
    assert len(xml_of(link_of(), batch)[0]) == 0
    [order] = json_of(link_of(), batch)["orders"]
    assert order.pop("number") == 8
    assert order.pop("tags") == []
    assert set(order.values()) == {None}


def test_json_has_the_same_names_and_every_digit() -> None:
    answer = json_of(link_of(), Batch(COLUMNS, [WHOLE]))
    assert answer["end"] == {"rows": 1, "discarded": 0, "truncated": False}
    assert answer["orders"][0]["total"] == 1.5
    assert answer["orders"][0]["place"] == {"street": "Lane 1", "floor": 2}
    assert json.loads(json_schema_of("orders", link_of()))["properties"].keys() >= answer.keys()


@pytest.mark.parametrize(
    ("columns", "row", "said"),
    [
        (COLUMNS[1:], WHOLE[1:], "the source has no 'id'"),
        ((*COLUMNS, "odd"), (*WHOLE, 1), "the source has 'odd', which no field declares"),
        (COLUMNS, (None, *WHOLE[1:]), "row 1: number is missing"),
        (COLUMNS, ("x7", *WHOLE[1:]), "row 1: number 'x7' is no integer"),
        (COLUMNS, (*WHOLE[:2], "much", *WHOLE[3:]), "row 1: total 'much' is no decimal number"),
        (COLUMNS, (*WHOLE[:2], float("nan"), *WHOLE[3:]), "total 'nan' is no decimal number"),
        (COLUMNS, (*WHOLE[:3], "perhaps", *WHOLE[4:]), "is neither true nor false"),
        (COLUMNS, (*WHOLE[:4], "31.1.2026", *WHOLE[5:]), "is no date like 2026-01-31"),
        (COLUMNS, (*WHOLE[:5], "noon", *WHOLE[6:]), "is no instant like"),
        (COLUMNS, (*WHOLE[:7], "Lane 1"), "place has no parts"),
        (COLUMNS, (*WHOLE[:7], {"street": "s", "door": 3}), "the source has 'place.door'"),
        (COLUMNS, (7, ["Ada"], *WHOLE[2:]), "name has parts, where one text is wanted"),
    ],
)
def test_a_frozen_contract_refuses_what_is_not_as_declared(
    columns: tuple[str, ...], row: tuple[Any, ...], said: str
) -> None:
    with pytest.raises(BrokenSourceError) as refused:
        Shaper(link_of()).shape(Batch(columns, [row]))
    assert said in str(refused.value)


def test_no_breach_shows_a_personal_value() -> None:
    with pytest.raises(BrokenSourceError) as refused:
        Shaper(link_of()).shape(Batch(COLUMNS, [(7, ["Ada Lovelace"], *WHOLE[2:])]))
    assert "Ada" not in str(refused.value)


def test_an_evolving_contract_hands_out_what_is_undeclared_as_text() -> None:
    link = link_of("evolve")
    odd = ("x7", "Ada", *WHOLE[2:], {"a": 1})
    batch = Batch((*COLUMNS, "odd"), [(*WHOLE, None), odd])
    shaper = Shaper(link)
    first, second = mappings_of(shaper.shape(batch), link)
    assert first["more"] is None
    assert second["number"] is None
    assert second["more"].keys() == {"number", "odd"}
    assert second["more"]["number"] == "x7"
    assert shaper.breach is not None
    answer = xml_of(link, batch)
    assert [one.get("name") for one in answer[1].iter("value")] == ["odd", "number"]


def test_a_discarding_contract_leaves_out_rows_and_values_and_counts_them() -> None:
    link = link_of("discard")
    rows = [(*WHOLE, 1), ("x7", *WHOLE[1:], 1), (None, *WHOLE[1:], 1), (*NOTHING, 1)]
    answer = xml_of(link, Batch((*COLUMNS, "odd"), rows))
    assert dict(answer[-1].attrib) == {"rows": "2", "discarded": "2", "truncated": "false"}
    assert [order.get("number") for order in answer.iter("order")] == ["7", "8"]


def test_a_row_is_named_by_its_place_in_the_whole_answer() -> None:
    shaper = Shaper(link_of("discard"))
    shaper.shape(Batch(COLUMNS, [WHOLE] * 3))
    shaper.shape(Batch(COLUMNS, [WHOLE, ("x", *WHOLE[1:])]))
    assert shaper.breach == "row 5: number 'x' is no integer"


def test_s09_a_reader_is_not_shown_what_their_rights_do_not_cover() -> None:
    seen = frozenset({Sensitivity.OPEN})
    order = xml_of(link_of(), Batch(COLUMNS, [WHOLE]), seen=seen)[0]
    assert order.find("name") is None
    assert order.find("total") is not None


def test_a_meaning_that_xml_cannot_hold_is_in_the_schema_all_the_same() -> None:
    link = link_of()
    link = replace(link, term="What was\x01 ordered.")
    schema = etree.fromstring(xsd_of("orders", link))
    etree.XMLSchema(schema)
    assert "What was\ufffd ordered." in etree.tostring(schema, encoding="unicode")


def test_s09_more_holds_nothing_that_a_reader_is_not_shown() -> None:
    seen = frozenset({Sensitivity.OPEN})
    batch = Batch((*COLUMNS, "odd"), [("x7", ["Ada Lovelace"], *WHOLE[2:], "ada@example.org")])
    answer = xml_of(link_of("evolve"), batch, seen=seen)
    assert [one.get("name") for one in answer[0].iter("value")] == ["number"]
    assert b"Lovelace" not in etree.tostring(answer)
    both = xml_of(link_of("evolve"), batch)
    assert [one.get("name") for one in both[0].iter("value")] == ["odd", "number", "name"]


def test_a_breach_shows_no_open_value_that_lies_in_a_personal_one() -> None:
    text = Field(name="day", type=Type.DATE, term="Day.")
    outer = Field(name="who", sensitivity=Sensitivity.PERSONAL, fields=(text,), term="Who.")
    link = link_of()
    link = replace(link, answer=replace(link.answer, fields=(outer,)))
    with pytest.raises(BrokenSourceError) as refused:
        Shaper(link).shape(Batch(("who",), [({"day": "Ada's"},)]))
    assert "Ada" not in str(refused.value)
    assert "who.day" in str(refused.value)


def test_an_answer_that_failed_on_the_way_cannot_be_taken_for_a_whole_one() -> None:
    problem: Mapping[str, Any] = {"type": "a", "title": "Slow", "status": 504, "detail": "Late."}
    link = link_of()
    schema = etree.XMLSchema(etree.fromstring(xsd_of("orders", link)))
    form = XmlForm("orders", link)
    rows = Shaper(link).shape(Batch(COLUMNS, [WHOLE]))
    read = etree.fromstring(form.head(FETCHED, "9") + form.rows(rows) + form.failed(problem))
    schema.assertValid(read)
    assert read.find("end") is None
    assert read.findtext("error/detail") == "Late."
    schema.assertValid(etree.fromstring(error_document(problem)))
    spoken = JsonForm("orders", link)
    said = json.loads(spoken.head(FETCHED, "9") + spoken.rows(rows) + spoken.failed(problem))
    assert (said["error"]["status"], "end" in said) == (504, False)


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    link = link_of()
    batch = Batch(COLUMNS, [(7, text, *WHOLE[2:])])
    element = xml_of(link, batch)[0].find("name")
    assert element is not None
    read = element.text or ""
    assert (unescaped(read) if element.get("escaped") else read) == text
    whole = text.encode("utf-8", "replace").decode()
    assert json_of(link, batch)["orders"][0]["name"] == whole


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_a_decimal_keeps_every_digit(value: Decimal) -> None:
    answer = xml_of(link_of(), Batch(COLUMNS, [(7, None, value, *WHOLE[3:])]))
    assert Decimal(answer.findtext("order/total") or "x") == value
