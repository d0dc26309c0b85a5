"""No request of a link leads inside: not by its address, a redirect, a next page or a new name."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fixtures.receiver import Answer, Received, Receiver, receiving
from links.http_links import Asking, asking_in, numbers, orders
from lodge_adapters.access.source import BrokenSourceError
from lodge_platform.errors import LodgeError, RefusedError, SetUpError
from lodge_platform.settings import Settings


class Names:
    """A resolver whose answers change: one after another, the last one for good."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int, _seconds: float) -> list[str]:
        self.asked.append(host)
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


@pytest.fixture
def asking(sqlite_settings: Settings, tmp_path: Path) -> Generator[Asking]:
    with asking_in(sqlite_settings, tmp_path) as asking:
        yield asking


@pytest.fixture
def canary() -> Generator[Receiver]:
    """A server on loopback that nobody may reach."""
    with receiving() as receiver:
        receiver.answer = lambda _request: orders(1)
        yield receiver


@pytest.fixture
def shop() -> Generator[Receiver]:
    with receiving() as receiver:
        yield receiver


def _cases(shared_data: Path) -> list[Any]:
    lines = (shared_data / "ssrf_urls" / "cases.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _with_port(url: str, port: int) -> str:
    return str(httpx.URL(url).copy_with(port=port))


def test_s13_every_url_of_the_shared_set_is_taken_or_refused_as_it_is_labelled(
    asking: Asking, canary: Receiver, shared_data: Path
) -> None:
    taken: list[str] = []
    refused: list[str] = []
    wrong: list[str] = []
    for case in _cases(shared_data):
        for url in (case["url"], _with_port(case["url"], canary.port)):
            link = asking.http(f'url: "{url}"')
            try:
                link.rows(seconds=2)
            except RefusedError:
                is_taken = False
            except LodgeError:  # nobody answers there
                is_taken = True
            else:
                is_taken = True
            (taken if is_taken else refused).append(url)
            if is_taken != case["expect"]["allowed"]:
                wrong.append(url)
    assert wrong == []
    assert len(taken) + len(refused) == 2 * 51
    assert taken
    assert canary.received == []


def test_s13_no_redirect_to_a_url_of_the_shared_set_reaches_the_canary(
    asking: Asking, canary: Receiver, shop: Receiver, shared_data: Path
) -> None:
    link = asking.http(f"url: {shop.url()}", allowed=shop.where)
    for case in _cases(shared_data):
        if case["expect"]["allowed"]:
            continue
        place = _with_port(case["url"], canary.port)
        shop.answer = lambda _request, place=place: (302, {"location": place}, b"")
        with pytest.raises(RefusedError):
            link.rows()
    assert canary.received == []


def test_s13_no_next_page_at_a_url_of_the_shared_set_is_asked_for(
    asking: Asking, canary: Receiver, shop: Receiver, shared_data: Path
) -> None:
    link = asking.http(f"url: {shop.url()}\npaging: {{next: $.next}}", allowed=shop.where)
    for case in _cases(shared_data):
        place = _with_port(case["url"], canary.port)
        shop.answer = lambda _request, place=place: orders(1, next=place)
        with pytest.raises(BrokenSourceError, match="does not allow"):
            link.rows()
    assert canary.received == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0"),
        *("[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]", "127.0.0.1.", "LOCALHOST."),  # noqa: S104
        *("user@127.0.0.1", "example.org@127.0.0.1"),
    ],
)
def test_s13_no_way_of_writing_loopback_reaches_the_canary(
    asking: Asking, canary: Receiver, shop: Receiver, host: str
) -> None:
    place = f"http://{host}:{canary.port}/"
    with pytest.raises((RefusedError, SetUpError)):
        asking.http(f'url: "{place}"').rows()
    link = asking.http(f"url: {shop.url()}", allowed=shop.where)
    shop.answer = lambda _request: (307, {"location": place}, b"")
    with pytest.raises((RefusedError, BrokenSourceError)):
        link.rows()
    assert canary.received == []


def test_s13_a_name_that_changes_its_address_after_the_check_reaches_nothing(
    asking: Asking, canary: Receiver
) -> None:
    names = Names("93.184.216.34", "127.0.0.1")
    url = f"http://rebind.example.org:{canary.port}/"
    link = asking.http(f"url: {url}", resolve=names)
    with pytest.raises(LodgeError):  # the address that was checked, and nobody answers there
        link.rows(seconds=0.3)
    with pytest.raises(RefusedError, match="leads inside"):
        link.rows()
    assert names.asked == ["rebind.example.org"] * 2
    assert canary.received == []


def test_s13_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(
    asking: Asking, canary: Receiver
) -> None:
    with receiving(host="127.0.0.2", port=canary.port) as checked:
        checked.answer = lambda _request: orders(7)
        names = Names("127.0.0.2", "127.0.0.1")
        url = f"http://rebind.example.org:{canary.port}/"
        link = asking.http(f"url: {url}", allowed="127.0.0.2/32", resolve=names)
        assert numbers(link.rows()) == [7]
    assert names.asked == ["rebind.example.org"]
    assert canary.received == []


def test_s13_what_one_link_allows_no_other_link_may_call(asking: Asking, canary: Receiver) -> None:
    allowing = asking.http(f"url: {canary.url()}", allowed=canary.where)
    assert numbers(allowing.rows()) == [1]
    with pytest.raises(RefusedError, match="leads inside"):
        asking.http(f"url: {canary.url()}").rows()
    assert len(canary.received) == 1


def test_s13_credentials_stay_with_the_source_when_it_redirects(
    asking: Asking, shop: Receiver
) -> None:
    asking.secrets |= {"word": "SECRET", "other": "SECRET"}
    with receiving() as elsewhere:
        elsewhere.answer = lambda _request: orders(2)

        def redirect(request: Received) -> Answer:
            if request.path == "/here":
                return orders(1)
            place = "/here" if request.path == "/own" else elsewhere.url("/there")
            return 302, {"location": place}, b""

        shop.answer = redirect
        for way in (
            "{user: ada, password_secret: word}",
            "{bearer_secret: word}",
            "{header: X-Key, header_secret: other}",
        ):
            access = f"headers: {{X-Fixed: SECRET}}\nauthentication: {way}"
            both = f"{shop.where} {elsewhere.where}"
            asking.http(f"url: {shop.url('/own')}\n{access}", allowed=both).rows()
            own = shop.received[-1].headers
            assert own["x-fixed"] == "SECRET"
            assert own.keys() & {"authorization", "x-key"}
            rows = asking.http(f"url: {shop.url('/away')}\n{access}", allowed=both).rows()
            assert numbers(rows) == [2]
        assert len(elsewhere.received) == 3
        for request in elsewhere.received:
            assert not request.headers.keys() & {"authorization", "x-key", "x-fixed"}
            assert request.headers["accept"] == "application/json"


def test_what_is_posted_is_not_carried_to_another_origin(asking: Asking, shop: Receiver) -> None:
    with receiving() as elsewhere:
        shop.answer = lambda _request: (307, {"location": elsewhere.url()}, b"")
        both = f"{shop.where} {elsewhere.where}"
        access = f"url: {shop.url()}\nmethod: POST\njson: {{a: b}}"
        with pytest.raises(BrokenSourceError, match="another origin"):
            asking.http(access, allowed=both).rows()
        shop.answer = lambda _request: (303, {"location": elsewhere.url()}, b"")
        elsewhere.answer = lambda _request: orders(3)
        assert numbers(asking.http(access, allowed=both).rows()) == [3]
        assert [(one.method, one.body) for one in elsewhere.received] == [("GET", b"")]


@pytest.mark.parametrize("place", ["/again", "", "http://[::1", "https://exa mple/", "gopher://a/"])
def test_redirects_without_end_or_sense_are_left(
    asking: Asking, shop: Receiver, place: str
) -> None:
    shop.answer = lambda _request: (301, {"location": place}, b"")
    with pytest.raises(LodgeError):
        asking.http(f"url: {shop.url()}", allowed=shop.where).rows()
    assert len(shop.received) <= 6


def test_s13_without_tls_no_secret_is_sent_to_the_internet(asking: Asking) -> None:
    asking.secrets["word"] = "SECRET"
    names = Names("127.0.0.1")
    access = "url: http://shop.example.org/\nauthentication: {bearer_secret: word}"
    with pytest.raises(RefusedError, match="must be https"):
        asking.http(access, resolve=names).rows()
    assert names.asked == []


def test_s13_the_environment_changes_nothing(
    asking: Asking, canary: Receiver, shop: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, canary.url())
    shop.answer = lambda _request: orders(5)
    assert numbers(asking.http(f"url: {shop.url()}", allowed=shop.where).rows()) == [5]
    assert canary.received == []


def test_s13_no_secret_is_in_any_error(asking: Asking, shop: Receiver) -> None:
    asking.secrets["word"] = "SECRET"
    access = f"url: {shop.url('/SECRET')}\nquery: {{key: SECRET}}\nheaders: {{X-Key: SECRET}}\n"
    access += "authentication: {bearer_secret: word}"
    link = asking.http(access, allowed=shop.where)
    for answer in (
        (500, {}, b"SECRET"),
        (401, {"www-authenticate": "SECRET"}, b"SECRET"),
        (302, {"location": "http://127.0.0.1:1/SECRET?SECRET"}, b""),
        (200, {"content-type": "text/html"}, b"SECRET"),
    ):
        shop.answer = lambda _request, answer=answer: answer
        with pytest.raises(LodgeError) as raised:
            link.rows()
        assert "SECRET" not in str(raised.value)
    asking.secrets["word"] = "SECRET\r\nX-Other: SECRET"
    with pytest.raises(SetUpError, match="'word'") as raised:
        link.rows()
    assert "SECRET" not in str(raised.value)
    del asking.secrets["word"]
    with pytest.raises(SetUpError, match="'word'"):
        link.rows()
