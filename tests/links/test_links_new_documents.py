"""`lodge link new` from services and files: where the rows are, and how they are written."""

from collections.abc import Generator
from datetime import date

import pyarrow
import pytest
from pyarrow import parquet

from fixtures.receiver import Receiver, receiving
from links.verbs_house import VerbsHouse, fields, made, make_house
from links.workbooks import DATE, number, xlsx
from lodge_platform.settings import Settings

ORDERS = b"""{"next": null, "data": {"orders": [
  {"number": 7, "customerEmail": "ada@example.org", "total": 12.50, "paid": true,
   "placed_at": "2026-01-05T09:00:00Z", "lines": [{"sku": "007", "amount": 2}, {"sku": "b"}],
   "tags": ["new"], "address": {"street": "Way 1", "zip": "01234"}},
  {"number": 8, "customerEmail": null, "total": 3, "paid": false, "tags": []}]}}"""
PRICES = b"""<?xml version="1.0"?>
<list xmlns="urn:prices" date="2026-01-05"><head><by>us</by></head>
  <item id="1"><price currency="EUR">9.99</price><tag>a</tag><tag>b</tag></item>
  <item id="2"><price currency="USD">10.50</price><tag>c</tag></item></list>"""


@pytest.fixture
def house(
    sqlite_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> VerbsHouse:
    """A house with a shop, on SQLite: links are files."""
    return make_house(sqlite_settings, monkeypatch, capsys)


@pytest.fixture
def server() -> Generator[Receiver]:
    """A service."""
    with receiving() as made:
        yield made


def test_json_is_searched_for_its_rows_and_the_query_becomes_parameters(
    house: VerbsHouse, server: Receiver
) -> None:
    server.answer = lambda _request: (200, {"content-type": "application/json"}, ORDERS)
    url = server.url("/orders?email=ada%40example.org&pageSize=2")
    assert house.call("new", "orders", "--url", url, "--allow", server.where) == 0, house.told
    link = made(house, "orders")
    assert link.answer.rows == "$.data.orders[*]"
    assert fields(link) == {
        "number": "integer",
        "customerEmail": "text personal",
        "total": "decimal",
        "paid": "boolean",
        "placed_at": "instant",
        "lines": "thing list",
        "lines.sku": "text",
        "lines.amount": "integer",
        "tags": "text list",
        "address": "thing",
        "address.street": "text personal",
        "address.zip": "text personal",
    }
    assert link.access.http is not None
    assert link.access.http.url == server.url("/orders")
    assert dict(link.access.http.query) == {"email": "{email}", "pageSize": "{page_size}"}
    assert server.received[0].path == server.received[-1].path
    written = (house.links / "orders.yaml").read_text("utf-8")
    assert "the document has `next`" in written
    assert "keys could be: number" in written


def test_xml_is_searched_for_what_repeats(house: VerbsHouse, server: Receiver) -> None:
    server.answer = lambda _request: (200, {"content-type": "text/xml"}, PRICES)
    assert house.call("new", "prices", "--url", server.url("/p"), "--allow", server.where) == 0
    link = made(house, "prices")
    assert link.answer.rows == "/list/item"
    assert fields(link) == {
        "id": "integer attribute",
        "price": "thing",
        "price.currency": "text attribute",
        "price.text": "decimal",
        "tag": "text list",
    }


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("a.csv", "id;Straße;zip\n1;Allee;01234\n2;Weg;99999\n".encode("cp1252"), "text personal"),
        ("b.tsv", "id\tStraße\tzip\n1\tA\t01234\n2\tB\t1\n".encode(), "text personal"),
        ("c.jsonl", b'{"id": 1, "zip": "01234"}\n{"id": 2, "zip": "1"}\n', "text personal"),
        ("d.csv", b"1,2026-01-05,01234\n2,2026-01-06,00001\n", "text"),
    ],
    ids=["semicolons", "tabs", "lines", "no header"],
)
def test_files_are_read_as_they_are_written(
    house: VerbsHouse, name: str, content: bytes, wanted: str
) -> None:
    (house.home / "link-files" / name).write_bytes(content)
    assert house.call("new", "listed", "--file", name) == 0, house.told
    found = fields(made(house, "listed"))
    assert found[next(iter(found))] == "integer"
    assert found[list(found)[-1]] == wanted


def test_workbooks_and_parquet_are_looked_at_too(house: VerbsHouse) -> None:
    folder = house.home / "link-files"
    people = {"id": [1, 2], "name": ["Ada", "Bob"], "since": [date(2026, 1, 5)] * 2}
    parquet.write_table(pyarrow.table(people), folder / "people.parquet")  # pyright: ignore[reportUnknownMemberType]
    since = number(46_027, DATE)
    rows = [["id", "name", "since"], [number(1), "Ada", since], [number(2), "Bob", since]]
    (folder / "people.xlsx").write_bytes(xlsx({"People": rows}))
    for end in ("parquet", "xlsx"):
        assert house.call("new", f"people_{end}", "--file", f"people.{end}") == 0, house.told
        link = made(house, f"people_{end}")
        assert fields(link) == {"id": "integer", "name": "text personal", "since": "date"}


def test_s25_a_service_that_wants_a_secret_is_asked_with_it_and_none_is_kept(
    house: VerbsHouse, server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODGE_SECRET_SHOP_KEY", "hunter22")
    body = b'[{"id": 1, "echo": "hunter22"}]'
    server.answer = lambda request: (
        (200, {"content-type": "application/json"}, body)
        if request.headers.get("x-key") == "hunter22"
        else (401, {}, b"")
    )
    words = ("--url", server.url("/"), "--allow", server.where)
    assert house.call("new", "closed", *words) == 3
    assert house.call("new", "closed", *words, "--header-secret", "x-key=shop_key") == 0
    made(house, "closed")
    for path in house.links.rglob("*"):
        assert not path.is_file() or b"hunter22" not in path.read_bytes(), path


def test_a_sample_that_would_be_too_large_is_left_out_and_told(house: VerbsHouse) -> None:
    rows = "".join(f"{number},{'x' * 90}\n" for number in range(5_000))
    (house.home / "link-files" / "large.csv").write_text(f"id,note\n{rows}", "utf-8")
    assert house.call("new", "large", "--file", "large.csv") == 0
    assert "no sample was taken" in house.told
    assert house.call("check") == 0
    assert not (house.links / "samples").exists()


def test_s13_a_host_inside_is_named_with_the_option_that_allows_it(
    house: VerbsHouse, server: Receiver
) -> None:
    assert house.call("new", "orders", "--url", server.url()) == 1
    assert (
        f"leads inside, and is not in outgoing_allowed; allow it by --allow {server.where}"
        in house.told
    )
    assert server.received == []


def test_a_source_without_rows_gives_no_link(house: VerbsHouse, server: Receiver) -> None:
    server.answer = lambda _request: (200, {"content-type": "application/json"}, b'{"rows": []}')
    words = ("--url", server.url("/"), "--allow", server.where)
    assert house.call("new", "empty", *words) in (0, 1)
    (house.home / "link-files" / "empty.csv").write_bytes(b"")
    assert house.call("new", "nothing", "--file", "empty.csv") == 1
    assert "no row" in house.told
