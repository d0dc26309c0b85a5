"""OAuth client credentials: a token asked for once, kept, renewed, and told to nobody."""

import base64
import json
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import pytest

from fixtures.receiver import Answer, Received, Receiver, receiving
from links.http_links import Asked, Asking, asking_in, numbers, orders, said
from lodge_adapters.access.source import BrokenSourceError, SlowSourceError
from lodge_platform.errors import LodgeError, RefusedError, SetUpError, TryAgainError
from lodge_platform.settings import Settings

SECRET = "SE/CRET+ü%"


@dataclass
class Service:
    """A shop whose orders need a token, and the endpoint that gives tokens; both real servers."""

    shop: Receiver
    tokens: Receiver
    given: list[str] = field(default_factory=list[str])
    taken: set[str] = field(default_factory=set[str])
    lasts: Any = 3600

    def give(self, _request: Received) -> Answer:
        token = f"TOKEN{len(self.given)}"
        self.given.append(token)
        self.taken.add(token)
        return said({"access_token": token, "token_type": "bearer", "expires_in": self.lasts})

    def answer(self, request: Received) -> Answer:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return orders(1) if token in self.taken else said({}, 401)


@pytest.fixture
def asking(sqlite_settings: Settings, tmp_path: Path) -> Generator[Asking]:
    with asking_in(sqlite_settings, tmp_path) as asking:
        asking.secrets["word"] = SECRET
        yield asking


@pytest.fixture
def service() -> Generator[Service]:
    with receiving() as shop, receiving() as tokens:
        service = Service(shop, tokens)
        shop.answer, tokens.answer = service.answer, service.give
        yield service


def _link(asking: Asking, service: Service, more: str = "", access: str = "") -> Asked:
    oauth = f"token_url: {service.tokens.url('/token')}, client: us & them, client_secret: word"
    return asking.http(
        f"url: {service.shop.url()}\nauthentication: {{oauth: {{{oauth}{more}}}}}\n{access}",
        allowed=f"{service.shop.where} {service.tokens.where}",
    )


def test_a_token_is_asked_for_as_the_standard_says(asking: Asking, service: Service) -> None:
    assert numbers(_link(asking, service, ", scope: read write").rows()) == [1]
    asked = service.tokens.received[0]
    assert (asked.method, asked.path) == ("POST", "/token")
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["read write"],
    }
    pair = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
    assert [unquote_plus(one) for one in pair.split(":")] == ["us & them", SECRET]
    assert service.shop.received[0].headers["authorization"] == "Bearer TOKEN0"


def test_client_and_secret_go_in_the_body_where_the_link_says_so(
    asking: Asking, service: Service
) -> None:
    _link(asking, service, ", in_body: true").rows()
    asked = service.tokens.received[0]
    assert "authorization" not in asked.headers
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["us & them"],
        "client_secret": [SECRET],
    }


def test_a_token_is_kept_until_shortly_before_its_end(asking: Asking, service: Service) -> None:
    link = _link(asking, service)
    for _ in range(3):
        link.rows()
    assert len(service.given) == 1
    service.lasts = -1
    link = _link(asking, service)
    for _ in range(3):
        link.rows()
    assert len(service.given) == 4


@pytest.mark.parametrize("lasts", [None, "3600", 3600.5])
def test_the_end_of_a_token_is_told_in_many_ways(
    asking: Asking, service: Service, lasts: object
) -> None:
    service.lasts = lasts
    link = _link(asking, service)
    link.rows()
    link.rows()
    assert len(service.given) == 1


def test_a_token_that_is_not_taken_any_more_is_asked_for_anew_once(
    asking: Asking, service: Service
) -> None:
    link = _link(asking, service)
    link.rows()
    service.taken.clear()
    assert numbers(link.rows()) == [1]
    assert service.given == ["TOKEN0", "TOKEN1"]
    service.shop.answer = lambda _request: said({}, 401)
    asked = len(service.shop.received)
    with pytest.raises(SetUpError, match="does not know us") as raised:
        link.rows()
    assert "TOKEN" not in str(raised.value)
    assert len(service.given) == 3
    assert len(service.shop.received) == asked + 2


def test_many_threads_ask_for_one_token(asking: Asking, service: Service) -> None:
    link = _link(asking, service)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: numbers(link.rows()), range(24)))
    assert found == [[1]] * 24
    assert len(service.given) == 1
    service.taken.clear()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: numbers(link.rows()), range(24)))
    assert found == [[1]] * 24
    assert len(service.given) == 2


def _json(value: object, status: int = 200) -> Callable[[Received], Answer]:
    return lambda _request: said(value, status)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (_json({"error": "invalid_client"}, 401), SetUpError, "invalid_client.*'word'"),
        (_json({"error": "invalid_scope"}, 400), SetUpError, "invalid_scope"),
        (_json({"error": f"bad {SECRET} thing"}, 400), SetUpError, "no token"),
        (_json({"error": "temporarily_unavailable"}, 400), TryAgainError, "now"),
        (_json({}, 500), TryAgainError, "500"),
        (_json({}, 429), TryAgainError, "429"),
        (_json({}), BrokenSourceError, "without a token"),
        (_json([]), BrokenSourceError, "without a token"),
        (_json(None), BrokenSourceError, "without a token"),
        (_json({"access_token": "a", "expires_in": "soon"}), BrokenSourceError, "without"),
        (_json({"access_token": "a b\r\nX: y"}), BrokenSourceError, "bearer"),
        (_json({"access_token": ["a"], "token_type": "mac"}), BrokenSourceError, "bearer"),
        (lambda _r: (200, {}, f"<html>{SECRET}".encode()), BrokenSourceError, "without"),
        (lambda _r: (200, {}, b"\xff\xfe" * 9), BrokenSourceError, "without"),
        (lambda _r: (200, {}, b"x" * 200_000), BrokenSourceError, "too long"),
        (lambda _r: (302, {"location": "/other"}, b""), BrokenSourceError, "302"),
    ],
)
def test_a_token_endpoint_that_gives_none_is_told_without_secrets(
    asking: Asking,
    service: Service,
    answer: Callable[[Received], Answer],
    kind: type[Exception],
    words: str,
) -> None:
    service.tokens.answer = answer
    with pytest.raises(kind, match=words) as raised:
        _link(asking, service).rows()
    error: BaseException | None = raised.value
    while error is not None:
        assert SECRET not in str(error)
        error = error.__cause__
    assert service.shop.received == []
    assert len(service.tokens.received) == 1


def test_a_token_endpoint_that_is_away_or_slow_is_to_be_tried_again(
    asking: Asking, service: Service
) -> None:
    over = threading.Event()

    def hang(_request: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n"
        over.wait(20)

    service.tokens.answer = hang
    try:
        with pytest.raises(SlowSourceError):
            _link(asking, service).rows(seconds=0.5)
    finally:
        over.set()
    with receiving() as gone:
        pass
    service.tokens = gone
    with pytest.raises(TryAgainError, match=gone.where):
        _link(asking, service).rows()


def test_s13_a_token_endpoint_inside_is_refused(asking: Asking, service: Service) -> None:
    oauth = f"{{token_url: {service.tokens.url()}, client: us, client_secret: word}}"
    access = f"url: {service.shop.url()}\nauthentication: {{oauth: {oauth}}}"
    with pytest.raises(RefusedError, match="leads inside"):
        asking.http(access, allowed=service.shop.where).rows()
    assert service.tokens.received == []


def test_pages_with_oauth_are_read_with_one_token_and_no_recording_holds_it(
    asking: Asking, service: Service
) -> None:
    def answer(request: Received) -> Answer:
        if request.headers["authorization"].removeprefix("Bearer ") not in service.taken:
            return said({}, 401)
        number = int(request.path.partition("page=")[2])
        if number == 2:
            service.taken -= {"TOKEN0"}  # it ends between two pages
        return orders(*([number] if number < 4 else []), you=request.headers["authorization"])

    service.shop.answer = answer
    link = _link(asking, service, access="paging: {page: page}")
    assert numbers(link.rows()) == [1, 2, 3]
    assert service.given == ["TOKEN0", "TOKEN1"]
    kept = link.record()
    assert numbers(link.replay(kept)) == [1, 2, 3]
    assert b"TOKEN" not in kept
    assert SECRET not in json.dumps(json.loads(kept), ensure_ascii=False)


def test_no_token_and_no_secret_is_in_any_error(asking: Asking, service: Service) -> None:
    service.shop.answer = lambda request: (500, {}, request.headers["authorization"].encode())
    with pytest.raises(LodgeError) as raised:
        _link(asking, service).rows()
    assert "TOKEN" not in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_token_in_an_answer_that_says_no_is_none(asking: Asking, service: Service) -> None:
    service.tokens.answer = lambda _request: said({"access_token": "TOKEN0"}, 401)
    with pytest.raises(SetUpError, match="gives no token \\(401\\)"):
        _link(asking, service).rows()
    assert service.shop.received == []
