"""What an HTTP source answers becomes rows, or the documented error; nothing hangs."""

import gzip
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fixtures.receiver import Received, Receiver, receiving
from links.http_links import Asked, Asking, asking_in, cut_off, said
from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_platform.errors import SetUpError
from lodge_platform.settings import Settings

TEXTS = "answer: {fields: [{name: number, term: Its number.}, {name: name, term: Its name.}]}"


@pytest.fixture
def asking(sqlite_settings: Settings, tmp_path: Path) -> Generator[Asking]:
    with asking_in(sqlite_settings, tmp_path) as asking:
        yield asking


@pytest.fixture
def shop() -> Generator[Receiver]:
    with receiving() as receiver:
        yield receiver


def _link(asking: Asking, shop: Receiver, access: str = "", **more: Any) -> Asked:
    return asking.http(f"url: {shop.url('/orders')}\n{access}", allowed=shop.where, **more)


def test_rows_of_a_json_service_come_with_their_types(asking: Asking, shop: Receiver) -> None:
    shop.answer = lambda _request: (
        200,
        {"content-type": "application/json"},
        b'{"orders": [{"number": 1, "name": "a", "price": 19.990}, {"number": 2}]}',
    )
    rows = _link(asking, shop, "headers: {X-Shop: one}").rows()
    assert [row["number"] for row in rows] == [1, 2]
    assert rows[0]["price"] == Decimal("19.990")
    assert rows[1]["name"] is None
    assert shop.received[0].headers["x-shop"] == "one"
    assert shop.received[0].headers["accept"] == "application/json"


@pytest.mark.parametrize(
    ("format", "media", "body"),
    [
        ("xml", "text/xml", b"<list><order><number>1</number><name>a</name></order></list>"),
        ("csv", "text/csv", b"number,name\n1,a\n"),
        ("json_lines", "application/x-ndjson", b'{"number": "1", "name": "a"}\n'),
        ("json", "text/plain", b'[{"number": "1", "name": "a"}]'),
    ],
)
def test_each_format_of_a_body_gives_the_same_rows(
    asking: Asking, shop: Receiver, format: str, media: str, body: bytes
) -> None:
    shop.answer = lambda _request: (200, {"content-type": media}, body)
    answer = TEXTS.replace("{", "{rows: /list/order, ", 1) if format == "xml" else TEXTS
    rows = _link(asking, shop, f"format: {format}", answer=answer).rows()
    assert rows == [{"number": "1", "name": "a"}]


def test_a_page_of_html_in_place_of_json_is_said_to_be_one(asking: Asking, shop: Receiver) -> None:
    link = _link(asking, shop)
    page = b"\n <!DOCTYPE html><html><title>Sign in</title></html>"
    for media in ("text/html; charset=utf-8", "application/json", ""):
        shop.answer = lambda _request, media=media: (200, {"content-type": media}, page)
        with pytest.raises(
            BrokenSourceError, match=r"expected json, found (text/html|a page of HTML)"
        ):
            link.rows()


def test_a_body_of_another_kind_is_not_read(asking: Asking, shop: Receiver) -> None:
    shop.answer = lambda _request: (200, {"content-type": "application/xml"}, b"<a/>")
    with pytest.raises(BrokenSourceError, match="expected json, found application/xml"):
        _link(asking, shop).rows()
    shop.answer = lambda _request: said({"orders": []})
    with pytest.raises(BrokenSourceError, match="expected csv, found application/json"):
        _link(asking, shop, "format: csv").rows()


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"orders": [', b"[1, 2", b"null and more", b"\x00\xff"]
)
def test_what_is_not_json_breaks_the_source_and_says_where(
    asking: Asking, shop: Receiver, body: bytes
) -> None:
    shop.answer = lambda _request: (200, {"content-type": "application/json"}, body)
    with pytest.raises(BrokenSourceError, match=shop.where):
        _link(asking, shop).rows()


def test_an_answer_that_ends_too_early_is_cut_off(asking: Asking, shop: Receiver) -> None:
    shop.answer = cut_off
    with pytest.raises(BrokenSourceError, match="cut off"):
        _link(asking, shop).rows()


def test_an_answer_packed_and_cut_off_is_noticed(asking: Asking, shop: Receiver) -> None:
    packed = gzip.compress(b"number,name\n" + b"".join(b"%d,a\n" % n for n in range(9999)))
    headers = {"content-type": "text/csv", "content-encoding": "gzip"}
    link = _link(asking, shop, "format: csv", answer=TEXTS)
    shop.answer = lambda _request: (200, headers, packed)
    assert len(link.rows()) == 9999
    shop.answer = lambda _request: (200, headers, packed[: len(packed) // 2])
    with pytest.raises(BrokenSourceError, match="cut off"):
        link.rows()
    shop.answer = lambda _request: (200, headers | {"content-encoding": "br"}, packed)
    with pytest.raises(BrokenSourceError, match="br"):
        link.rows()


def test_json_nested_without_end_is_refused(asking: Asking, shop: Receiver) -> None:
    deep = b'{"orders": [' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]}"
    shop.answer = lambda _request: (200, {"content-type": "application/json"}, deep)
    with pytest.raises(BrokenSourceError, match="deep"):
        _link(asking, shop).rows()


def test_bytes_are_limited_over_all_pages_and_once_unpacked(asking: Asking, shop: Receiver) -> None:
    page = {"orders": [{"number": 1, "name": "n" * 3000}]}
    shop.answer = lambda _request: said(page)
    link = _link(asking, shop, "paging: {page: page}", more="limits: {bytes: 10000}")
    with pytest.raises(TooLargeError, match="10000 bytes"):
        link.rows()
    assert len(shop.received) == 4
    bomb = gzip.compress(b"[" + b"1," * 5_000_000 + b"1]")
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    shop.answer = lambda _request: (200, headers, bomb)
    with pytest.raises(TooLargeError, match="10000 bytes"):
        link.rows()


def test_a_load_may_read_more_in_all_but_not_in_one_page(asking: Asking, shop: Receiver) -> None:
    def page(request: Received) -> tuple[int, dict[str, str], bytes]:
        number = int(request.path.partition("page=")[2])
        found = [{"number": number, "name": "n" * 3000}] if number < 9 else []
        return said({"orders": found})

    shop.answer = page
    link = _link(asking, shop, "paging: {page: page}", more="limits: {bytes: 4000}")
    assert len(link.rows(is_load=True)) == 8
    with pytest.raises(TooLargeError):
        link.rows()


def test_an_answer_without_content_has_no_rows(asking: Asking, shop: Receiver) -> None:
    shop.answer = lambda _request: (204, {}, b"")
    assert _link(asking, shop).rows() == []


def test_place_is_host_and_port_without_secrets(asking: Asking) -> None:
    for url, place in (
        ("https://shop.example.org/a?key=SECRET", "shop.example.org:443"),
        ("http://127.0.0.1:9000/{name}", "127.0.0.1:9000"),
        ("https://[2606:4700::1]:8443/", "[2606:4700::1]:8443"),
    ):
        parameters = "- {name: name, term: Name.}"
        assert asking.http(f"url: '{url}'", parameters=parameters).source.place == place


@pytest.mark.parametrize(
    "access",
    [
        "headers: {Host: other.example.org}",
        'headers: {X-One: "a\\r\\nX-Two: b"}',
        'headers: {"X One": a}',
        "headers: {Content-Length: '5'}",
        "method: DELETE",
        "format: xml\npaging: {next: $.next}",
    ],
)
def test_what_could_never_work_is_said_when_the_link_is_opened(
    asking: Asking, shop: Receiver, access: str
) -> None:
    with pytest.raises(SetUpError):
        _link(asking, shop, access)


def test_a_source_sets_no_cookie(asking: Asking, shop: Receiver) -> None:
    shop.answer = lambda _request: said({"orders": []}, set_cookie="session=1; Path=/")
    link = _link(asking, shop)
    link.rows()
    link.rows()
    assert all("cookie" not in request.headers for request in shop.received)


def test_nothing_found_is_an_empty_answer_only_where_the_link_says_so(
    asking: Asking, shop: Receiver
) -> None:
    shop.answer = lambda _request: said({"error": "no such customer"}, 404)
    assert _link(asking, shop, "not_found_is_empty: true").rows() == []
    with pytest.raises(BrokenSourceError, match="404 Not Found"):
        _link(asking, shop).rows()
