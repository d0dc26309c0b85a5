"""Further pages of an HTTP source: asked for as rows are used up, and never without an end."""

from collections.abc import Generator
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from fixtures.receiver import Answer, Received, Receiver, receiving
from links.http_links import Asked, Asking, asking_in, numbers, orders, said
from lodge_adapters.access.paging import next_in_header
from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_platform.errors import RefusedError
from lodge_platform.settings import Settings

TEN = tuple(range(1, 11))


@pytest.fixture
def asking(sqlite_settings: Settings, tmp_path: Path) -> Generator[Asking]:
    with asking_in(sqlite_settings, tmp_path) as asking:
        yield asking


@pytest.fixture
def shop() -> Generator[Receiver]:
    with receiving() as receiver:
        yield receiver


def _link(asking: Asking, shop: Receiver, paging: str, path: str = "/orders?a=b%26c") -> Asked:
    return asking.http(f"url: {shop.url(path)}\npaging: {paging}", allowed=shop.where)


def _query(request: Received) -> dict[str, str]:
    return {name: found[0] for name, found in parse_qs(urlsplit(request.path).query).items()}


def test_pages_by_number_end_with_the_first_that_is_empty(asking: Asking, shop: Receiver) -> None:
    def page(request: Received) -> Answer:
        number = int(_query(request)["seite"])
        return orders(*TEN[4 * number : 4 * number + 4])

    shop.answer = page
    link = _link(asking, shop, "{page: seite, first: 0, size: groesse, rows: 4}")
    assert numbers(link.rows()) == list(TEN)
    asked = [_query(request) for request in shop.received]
    assert [one["seite"] for one in asked] == ["0", "1", "2", "3"]
    assert {one["groesse"] for one in asked} == {"4"}
    assert {one["a"] for one in asked} == {"b&c"}


def test_pages_by_offset_skip_what_came_even_where_pages_are_smaller_than_asked(
    asking: Asking, shop: Receiver
) -> None:
    def page(request: Received) -> Answer:
        skipped = int(_query(request)["skip"])
        return orders(*TEN[skipped : skipped + 3])

    shop.answer = page
    link = _link(asking, shop, "{offset: skip, size: limit, rows: 100}", "/orders?skip=77")
    assert numbers(link.rows()) == list(TEN)
    assert [_query(request)["skip"] for request in shop.received] == ["0", "3", "6", "9", "10"]


def test_pages_by_a_next_address_in_the_body(asking: Asking, shop: Receiver) -> None:
    def page(request: Received) -> Answer:
        begin = int(_query(request).get("after", "0"))
        following = begin + 4
        place = f"/orders?after={following}" if begin else shop.url(f"/orders?after={following}")
        return orders(*TEN[begin:following], paging={"next": place if following < 10 else None})

    shop.answer = page
    assert numbers(_link(asking, shop, "{next: $.paging.next}").rows()) == list(TEN)
    assert [request.path for request in shop.received] == [
        "/orders?a=b%26c",
        "/orders?after=4",
        "/orders?after=8",
    ]


def test_pages_by_a_token_in_the_body(asking: Asking, shop: Receiver) -> None:
    def page(request: Received) -> Answer:
        begin = int(_query(request).get("cursor", "t&=0")[3:])
        return orders(
            *TEN[begin : begin + 4], **({"token": f"t&={begin + 4}"} if begin < 8 else {})
        )

    shop.answer = page
    assert numbers(_link(asking, shop, "{next: $.token, token: cursor}").rows()) == list(TEN)
    assert [_query(request).get("cursor") for request in shop.received] == [None, "t&=4", "t&=8"]
    assert {_query(request)["a"] for request in shop.received} == {"b&c"}


def test_pages_by_the_header_link(asking: Asking, shop: Receiver) -> None:
    def page(request: Received) -> Answer:
        begin = int(_query(request).get("from", "0"))
        links = '</orders?from=0>; rel="first"'
        if begin + 4 < 10:
            links += f', <?from={begin + 4}>; title="a, b"; rel="next last"'
        status, headers, body = orders(*TEN[begin : begin + 4])
        return status, {**headers, "link": links}, body

    shop.answer = page
    assert numbers(_link(asking, shop, "{link_header: true}").rows()) == list(TEN)
    assert [request.path for request in shop.received][1:] == ["/orders?from=4", "/orders?from=8"]


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("<https://a/b?c=d>; rel=next", "https://a/b?c=d"),
        ('<a>; rel="prev", <b>; REL="Next"', "b"),
        ("<a,b>; rel=next", "a,b"),
        ("<a>; rel=prev", None),
        ("a; rel=next; <", None),
        ("", None),
        ("<" * 5000, None),
        ("<a>" + ";rel" * 5000 + "," + " " * 5000, None),
    ],
)
def test_the_header_link_is_read_as_it_is_written(header: str, address: str | None) -> None:
    assert next_in_header(header) == address or (address is None and "rel=next;" in header)


def test_a_post_carries_its_body_to_every_page(asking: Asking, shop: Receiver) -> None:
    def page(request: Received) -> Answer:
        return orders() if "page=3" in request.path else orders(1)

    shop.answer = page
    access = f"url: {shop.url()}\nmethod: POST\njson: {{tier: gold}}\npaging: {{page: page}}"
    assert numbers(asking.http(access, allowed=shop.where).rows()) == [1, 1]
    assert {request.body for request in shop.received} == {b'{"tier":"gold"}'}
    assert {request.headers["content-type"] for request in shop.received} == {"application/json"}


def test_pages_are_asked_for_only_as_rows_are_used_up(asking: Asking, shop: Receiver) -> None:
    shop.answer = lambda _request: orders(1, 2)
    each = _link(asking, shop, "{page: page}").each()
    assert numbers(list(islice(each, 2))) == [1, 2]
    assert len(shop.received) == 1
    next(each)
    assert len(shop.received) == 2


@pytest.mark.parametrize(
    ("paging", "more"),
    [
        ("{next: $.next}", {"next": "/orders?a=b%26c"}),
        ("{next: $.next}", {"next": "#top"}),
        ("{next: $.next, token: cursor}", {"next": "same"}),
        ("{next: $.next, token: cursor}", {"next": 7}),
    ],
)
def test_a_source_that_leads_in_a_circle_is_left(
    asking: Asking, shop: Receiver, paging: str, more: dict[str, str]
) -> None:
    shop.answer = lambda _request: orders(1, **more)
    with pytest.raises(BrokenSourceError, match="leads back"):
        _link(asking, shop, paging).rows()
    assert len(shop.received) <= 2


def test_a_longer_circle_is_left_too(asking: Asking, shop: Receiver) -> None:
    shop.answer = lambda request: orders(1, next="/b" if request.path != "/b" else "/c?d")
    with pytest.raises(BrokenSourceError, match="leads back"):
        _link(asking, shop, "{next: $.next}").rows()
    assert len(shop.received) == 3


def test_pages_without_end_end_with_the_most_that_are_read(asking: Asking, shop: Receiver) -> None:
    shop.answer = lambda _request: orders(1)
    with pytest.raises(TooLargeError, match="more than 5 pages"):
        _link(asking, shop, "{page: page, most_pages: 5}").rows()
    assert len(shop.received) == 5


def test_s13_a_next_address_leads_to_no_other_host_unless_the_link_allows_it(
    asking: Asking, shop: Receiver
) -> None:
    asking.secrets["word"] = "SECRET"
    with receiving() as other, receiving() as named:
        named.answer = lambda _request: orders(2)
        for place in (other.url("/x"), f"http://localhost:{shop.port}/", "https://example.org/"):
            shop.answer = lambda _request, place=place: orders(1, next=place)
            with pytest.raises(BrokenSourceError, match="does not allow"):
                _link(asking, shop, "{next: $.next}").rows()
        shop.answer = lambda _request: orders(1, next=named.url("/2"))
        access = f"url: {shop.url()}\npaging: {{next: $.next}}\nheaders: {{X-Key: SECRET}}\n"
        access += "authentication: {bearer_secret: word}"
        link = asking.http(access, allowed=f"{shop.where} {named.where}")
        assert numbers(link.rows()) == [1, 2]
        assert "SECRET" not in str(named.received[0].headers)
        assert shop.received[-1].headers["authorization"] == "Bearer SECRET"
        assert other.received == []


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "https://", "https://a b/", "http://[::1", "ftp://a/", "//"]
)
def test_a_next_address_that_is_none_breaks_the_source(
    asking: Asking, shop: Receiver, place: str
) -> None:
    shop.answer = lambda _request: orders(1, next=place)
    with pytest.raises((BrokenSourceError, RefusedError)):
        _link(asking, shop, "{next: $.next}").rows()
    assert len(shop.received) == 1


@pytest.mark.parametrize("value", [{"a": 1}, [1], True, 1.5, "x" * 9000])
def test_a_token_that_is_none_breaks_the_source(
    asking: Asking, shop: Receiver, value: object
) -> None:
    shop.answer = lambda _request: orders(1, next=value)
    with pytest.raises(BrokenSourceError):
        _link(asking, shop, "{next: $.next, token: cursor}").rows()


@pytest.mark.parametrize("value", [None, False, ""])
def test_no_next_page_is_said_in_many_ways(asking: Asking, shop: Receiver, value: object) -> None:
    shop.answer = lambda _request: orders(1, next=value)
    assert numbers(_link(asking, shop, "{next: $.next}").rows()) == [1]


def test_an_error_on_a_later_page_comes_after_the_rows_before_it(
    asking: Asking, shop: Receiver
) -> None:
    shop.answer = lambda request: orders(1) if "page=1" in request.path else said({}, 404)
    each = _link(asking, shop, "{page: page}").each()
    assert next(each)["number"] == 1
    with pytest.raises(BrokenSourceError, match="404"):
        next(each)
