"""XML of other people as rows, whatever namespaces it has."""

import gzip
import json
from pathlib import Path

import pytest

from links.documents import field, rows
from lodge_adapters.access.source import BrokenSourceError
from lodge_adapters.documents.xml_paths import any_namespace, simple_steps
from lodge_adapters.language import Format, Type
from lodge_platform.errors import SetUpError

XML = Format.XML
PRICES = b"""<?xml version="1.0" encoding="UTF-8"?>
<s:list xmlns:s="urn:shop" xmlns="urn:items" currency="EUR" made="2026-01-05">
  <head><order><sku>no row</sku></order></head>
  <s:orders>
    <order id="7" xml:lang="de"><sku>A-1</sku><price> 1.50 </price>
      <tags><tag>new</tag><tag>hot</tag></tags>
      <s:customer><name>Ada <!-- L. -->Lovelace</name><mail/></s:customer></order>
    <order id="8"><sku/><price/><note xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
      xsi:nil="true"/><p>Hello <b>you</b></p></order>
  </s:orders>
</s:list>"""
ORDERS = "/list/orders/order"


def test_rows_and_fields_fit_any_namespace_by_their_bare_names() -> None:
    found = rows(
        PRICES,
        XML,
        field("number", "@id", Type.INTEGER),
        field("sku"),
        field("price", type=Type.DECIMAL),
        field("tag", "tags/tag", is_list=True),
        field("customer", "customer/name"),
        rows=ORDERS,
    )
    assert found == [
        {
            "@id": "7",
            "sku": "A-1",
            "price": "1.50",
            "tags/tag": ["new", "hot"],
            "customer/name": "Ada Lovelace",
            "@lang": "de",
            "note": None,
            "p": None,
        },
        {
            "@id": "8",
            "sku": "",
            "price": None,
            "tags/tag": [],
            "customer/name": None,
            "@lang": None,
            "note": None,
            "p": "Hello you",
        },
    ]


def test_prefixes_mean_what_the_root_declares_for_them() -> None:
    name = field("name", "s:customer/name")
    for path in ("/s:list/s:orders/order", "/*/s:orders/*", "//s:orders/order[@id = '7']"):
        assert rows(PRICES, XML, name, rows=path)[0]["s:customer/name"] == "Ada Lovelace", path
    assert rows(PRICES, XML, name, rows="/s:list/s:orders/s:order") == []
    with pytest.raises(BrokenSourceError, match="declares no prefix 'x', which the link uses"):
        rows(PRICES, XML, name, rows="/x:list/x:orders")
    with pytest.raises(BrokenSourceError, match="declares no prefix 'x'"):
        rows(PRICES, XML, field("name", "x:customer"), rows=ORDERS)


def test_xpath_reaches_anything_below_the_row_and_around_it() -> None:
    fields = (
        field("count", "count(tags/tag)", Type.INTEGER),
        field("hot", "tags/tag[. = 'hot']"),
        field("has_mail", "boolean(customer/mail)", Type.BOOLEAN),
        field("currency", "/list/@currency"),
        field("made", "../../@made"),
        field("text", "sku/text()"),
        field("joined", "concat(sku, ' ', @id)"),
        field("language", "@xml:lang"),
    )
    first, second = rows(PRICES, XML, *fields, rows=ORDERS)
    asked = [first[one.source or one.name] for one in fields]
    assert asked == [2, "hot", True, "EUR", "2026-01-05", "A-1", "A-1 7", "de"]
    assert "@lang" not in first
    assert second["count(tags/tag)"] == 0
    assert second["tags/tag[. = 'hot']"] is None


def test_things_within_rows_are_mappings_and_what_no_field_uses_is_handed_on() -> None:
    customer = field("customer", fields=(field("called", "name"), field("age")))
    found = rows(PRICES, XML, customer, rows=ORDERS)[0]
    assert found["customer"] == {"name": "Ada Lovelace", "age": None, "mail": ""}
    assert found["tags"] == {"tag": ["new", "hot"]}
    assert found["@id"] == "7"
    assert found["price"] == " 1.50 "


def test_elements_on_the_way_to_the_rows_have_to_be_there() -> None:
    number = field("number")
    for said in (b"<list/>", b"<list><orders/></list>", b"<list><orders><x/></orders></list>"):
        assert rows(said, XML, number, rows=ORDERS) == []
    with pytest.raises(BrokenSourceError, match="shop: expected /list/orders, found error"):
        rows(b"<list><error>no</error></list>", XML, number, rows=ORDERS)
    beside = b"<list><head/><orders><order><number>1</number></order></orders><foot/></list>"
    assert rows(beside, XML, number, rows=ORDERS) == [{"number": "1"}]


def test_a_value_with_attributes_is_a_thing_with_values_of_its_own() -> None:
    said = b"<l><o><price currency='EUR'>5</price></o></l>"
    price = field("price", fields=(field("amount", "."), field("currency", "@currency")))
    assert rows(said, XML, price) == [{"price": {".": "5", "@currency": "EUR"}}]
    assert rows(said, XML, field("price")) == [{"price": "5"}]


def test_a_public_event_log_is_read_with_every_event(shared_data: Path) -> None:
    folder = shared_data / "reports_data"
    wanted = json.loads((folder / "expected.json").read_text("utf-8"))["xes/Helpdesk.xes.gz"]
    log = gzip.decompress((folder / "files" / "Helpdesk.xes.gz").read_bytes())
    name = field("name", "string[@key='concept:name']/@value")
    events = rows(log, XML, name, rows="/log/trace/event")
    assert len(events) == wanted["events"] == 21_348
    cases = rows(log, XML, name, field("events", "count(event)"), rows="/log/trace")
    assert len(cases) == wanted["cases"] == 4580
    assert sum(case["count(event)"] for case in cases) == wanted["events"]
    assert cases[0]["string[@key='concept:name']/@value"] == "Case3608"


def test_several_elements_for_one_value_are_a_list_that_the_contract_sees() -> None:
    found = rows(b"<l><o><a>1</a><a>2</a></o></l>", XML, field("a"))
    assert found == [{"a": ["1", "2"]}]
    grown = rows(b"<l><o><price><amount>5</amount></price></o></l>", XML, field("price"))
    assert grown == [{"price": {"amount": "5"}}]


def test_without_a_path_each_child_of_the_root_is_a_row() -> None:
    said = b"<l><a x='1'>one</a><b>two</b></l>"
    assert rows(said, XML, field("x", "@x"), field("said", ".")) == [
        {"@x": "1", ".": "one"},
        {"@x": None, ".": "two"},
    ]
    assert rows(said, XML, field("x", "@x"))[1] == {"@x": None, ".": "two"}
    assert rows(b"<l/>", XML, field("x")) == []


def test_any_path_finds_what_the_streamed_one_finds() -> None:
    fields = (field("id", "@id"), field("sku"), field("tag", "tags/tag", is_list=True))
    streamed = rows(PRICES, XML, *fields, rows=ORDERS)
    held = rows(PRICES, XML, *fields, rows="/list/orders/order[true()]")
    assert streamed == held


def test_a_bare_name_in_an_xpath_fits_any_namespace() -> None:
    assert any_namespace("a[b='c and d']/@e") == (
        "*[local-name()='a'][*[local-name()='b']='c and d']/@e"
    )
    assert any_namespace("div div mod") == "*[local-name()='div'] div *[local-name()='mod']"
    assert any_namespace("child::a[last() - 1] | s:b * 2") == (
        "child::*[local-name()='a'][last() - 1] | s:b * 2"
    )
    assert simple_steps("a/b/@c") == (("a", "b"), "@c")
    assert simple_steps("a[1]") is None


def test_what_is_no_xpath_is_a_fault_of_the_link() -> None:
    for path in ("/a[", "a b", "//x/unknown()", "a/"):
        with pytest.raises(SetUpError, match="XPath"):
            rows(b"<a><b/></a>", XML, field("x"), rows=path)
    with pytest.raises(SetUpError, match="rows are elements"):
        rows(b"<a><b/></a>", XML, field("x"), rows="count(/a)")
