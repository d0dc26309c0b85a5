"""An HTTP source that is down, slow, busy or never ends: the documented error, nothing hangs."""

import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.receiver import Received, Receiver, receiving
from links.http_links import Asked, Asking, asking_in, numbers, orders, said
from lodge_adapters.access.source import BrokenSourceError, SlowSourceError
from lodge_platform.errors import SetUpError, TryAgainError
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


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, SetUpError, "does not know us"),
        (403, SetUpError, "rights"),
        (404, BrokenSourceError, "404 Not Found"),
        (410, BrokenSourceError, "410"),
        (304, BrokenSourceError, "304"),
        (408, TryAgainError, "408"),
        (429, TryAgainError, "429"),
        (500, TryAgainError, "500"),
        (503, TryAgainError, "503"),
    ],
)
def test_the_status_says_what_to_do(
    asking: Asking, shop: Receiver, status: int, kind: type[Exception], words: str
) -> None:
    shop.answer = lambda _request: said({"detail": "SECRET"}, status)
    with pytest.raises(kind, match=words) as raised:
        _link(asking, shop, "query: {token: SECRET}").rows()
    assert "SECRET" not in str(raised.value)
    assert type(raised.value) is kind


def test_a_source_that_says_when_to_ask_again_is_asked_again(
    asking: Asking, shop: Receiver
) -> None:
    shop.answer = lambda _request: (
        said({}, 429, retry_after="0") if len(shop.received) < 3 else orders(7)
    )
    link = _link(asking, shop, more="limits: {tries: 3}")
    assert numbers(link.rows()) == [7]
    assert len(shop.received) == 3


@pytest.mark.parametrize("when", ["3600", "Mon, 05 Jan 2026 10:00:00 GMT", "soon", "-1", "9" * 40])
def test_a_source_that_asks_for_more_time_than_there_is_is_left_at_once(
    asking: Asking, shop: Receiver, when: str
) -> None:
    shop.answer = lambda _request: said({}, 503, retry_after=when)
    with pytest.raises(TryAgainError, match="503"):
        _link(asking, shop).rows()
    assert len(shop.received) == 1


def test_a_source_that_never_answers_is_left_when_the_time_is_over(
    asking: Asking, shop: Receiver
) -> None:
    over = threading.Event()

    def hang(_request: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n["
        over.wait(20)

    shop.answer = hang
    try:
        with pytest.raises(SlowSourceError):
            _link(asking, shop).rows(seconds=0.4)
    finally:
        over.set()


def test_a_source_that_drips_is_left_when_the_time_is_over(asking: Asking, shop: Receiver) -> None:
    over = threading.Event()

    def drip(_request: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n["
        while not over.wait(0.05):
            yield b" "

    shop.answer = drip
    try:
        with pytest.raises(SlowSourceError):
            _link(asking, shop).rows(seconds=0.6)
    finally:
        over.set()


def test_a_source_that_is_not_there_is_to_be_tried_again(asking: Asking) -> None:
    with receiving() as gone:
        pass
    with pytest.raises(TryAgainError, match=gone.where):
        _link(asking, gone).rows()


def test_rows_come_before_the_body_is_whole(asking: Asking, shop: Receiver) -> None:
    seen = threading.Event()

    def stream(_request: Received) -> Iterator[bytes]:
        lines = b"".join(b"%d,name\n" % number for number in range(20_000))
        whole = b"number,name\n" + lines
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\nconnection: close\r\n\r\n"
        yield whole
        seen.wait(20)
        yield b"20000,last\n"

    shop.answer = stream
    each = _link(asking, shop, "format: csv", answer=TEXTS).each()
    first = next(each)
    seen.set()
    rows = [first, *each]
    assert len(rows) == 20_001
    assert rows[-1]["name"] == "last"


def test_batches_are_bounded_and_a_call_can_be_ended(asking: Asking, shop: Receiver) -> None:
    shop.answer = lambda _request: orders(*range(5000))
    link = _link(asking, shop, "paging: {page: page}")
    batches = link.source.batches({}, link.context())
    sizes = [len(next(batches).rows) for _ in range(3)]
    assert max(sizes) <= 1000
    batches.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert len(shop.received) == 1
