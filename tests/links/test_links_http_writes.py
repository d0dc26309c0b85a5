"""What an HTTP link writes: once, under its key, and whether it was taken is said plainly."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from fixtures.receiver import Received, Receiver, receiving
from links.http_links import Asked, Asking, asking_in, said
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.settings import Settings

PARAMETERS = """
- {name: order, type: integer, required: true, term: Number of the order.}
- {name: note, term: The note.}
"""


@pytest.fixture
def asking(sqlite_settings: Settings, tmp_path: Path) -> Generator[Asking]:
    with asking_in(sqlite_settings, tmp_path) as asking:
        yield asking


@pytest.fixture
def shop() -> Generator[Receiver]:
    with receiving() as receiver:
        receiver.answer = lambda _request: said({"id": 1}, 201)
        yield receiver


def _link(asking: Asking, shop: Receiver, access: str = "method: POST") -> Asked:
    url = shop.url("/orders/{order}")
    body = 'json: {order: "{order}", note: "{note}"}'
    return asking.http(
        f'url: "{url}"\n{body}\n{access}',
        allowed=shop.where,
        parameters=PARAMETERS,
        more="writes: true",
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_carries_its_key_and_its_values(
    asking: Asking, shop: Receiver, method: str
) -> None:
    link = _link(asking, shop, f"method: {method}\nheaders: {{X-Shop: one}}")
    assert link.write("key_7", order=7, note='say "hi"') == "201 Created"
    request = shop.received[0]
    assert (request.method, request.path) == (method, "/orders/7")
    assert json.loads(request.body) == {"order": 7, "note": 'say "hi"'}
    assert request.headers["idempotency-key"] == "key_7"
    assert request.headers["x-shop"] == "one"
    assert request.headers["content-type"] == "application/json"


def test_the_header_of_the_key_can_have_another_name(asking: Asking, shop: Receiver) -> None:
    _link(asking, shop, "method: PUT\nidempotency_header: X-Request-Id").write("k", order=1)
    assert shop.received[0].headers["x-request-id"] == "k"
    assert "idempotency-key" not in shop.received[0].headers


@pytest.mark.parametrize("key", ["a\r\nX-One: b", "é", "a\x00"])
def test_a_key_is_one_line_or_nothing_is_sent(asking: Asking, shop: Receiver, key: str) -> None:
    with pytest.raises(SetUpError):
        _link(asking, shop).write(key, order=1)
    assert shop.received == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((400, RefusedError), (404, RefusedError), (409, RefusedError), (422, RefusedError)),
        *((401, SetUpError), (403, SetUpError)),
        *((408, TryAgainError), (429, TryAgainError), (500, TryAgainError), (503, TryAgainError)),
    ],
)
def test_a_write_that_is_not_taken_says_whether_it_ever_can_be(
    asking: Asking, shop: Receiver, status: int, kind: type[Exception]
) -> None:
    shop.answer = lambda _request: said({"detail": "SECRET"}, status, retry_after="0")
    with pytest.raises(kind, match=str(status)) as raised:
        _link(asking, shop).write(order=1)
    assert "SECRET" not in str(raised.value)
    assert len(shop.received) == 1


def test_a_write_is_never_turned_into_something_else_by_a_redirect(
    asking: Asking, shop: Receiver
) -> None:
    with receiving() as elsewhere:
        link = _link(asking, shop)
        for status, place in (
            (301, "/moved"),
            (302, "/moved"),
            (307, elsewhere.url()),
            (308, elsewhere.url()),
        ):
            shop.answer = lambda _request, status=status, place=place: (
                status,
                {"location": place},
                b"",
            )
            with pytest.raises(SetUpError, match="redirects what is written"):
                link.write(order=1)
        assert len(shop.received) == 4
        assert elsewhere.received == []

    def own(request: Received) -> tuple[int, dict[str, str], bytes]:
        if request.path == "/moved":
            return 303, {"location": "/see"}, b""
        return 308, {"location": "/moved"}, b""

    shop.answer = own
    assert link.write("key_2", order=2) == "303 See Other"
    assert [one.path for one in shop.received[4:]] == ["/orders/2", "/moved"]
    assert shop.received[-1].method == "POST"
    assert json.loads(shop.received[-1].body) == {"order": 2}
    assert shop.received[-1].headers["idempotency-key"] == "key_2"


def test_a_link_that_writes_needs_a_method_that_writes(asking: Asking, shop: Receiver) -> None:
    with pytest.raises(SetUpError, match="POST, PUT, PATCH or DELETE"):
        _link(asking, shop, "method: GET")
