"""Parameters in addresses, queries, JSON and forms: as given, and never anything but a value."""

import json
from collections.abc import Generator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from fixtures.receiver import Answer, Received, Receiver, receiving
from links.http_links import Asking, asking_in
from lodge_adapters.access.templates import address, form_body, json_body, text, with_query
from lodge_platform.errors import RefusedError, SetUpError
from lodge_platform.settings import Settings

ECHO = "answer: {fields: [{name: name, term: What was given.}]}"


@pytest.fixture
def asking(sqlite_settings: Settings, tmp_path: Path) -> Generator[Asking]:
    with asking_in(sqlite_settings, tmp_path) as asking:
        yield asking


@pytest.fixture
def echo() -> Generator[Receiver]:
    """A service that answers the name it was asked for, wherever it was written."""

    def answer(request: Received) -> Answer:
        split = urlsplit(request.path)
        if split.path.startswith("/by-path/"):
            name: Any = unquote(split.path.removeprefix("/by-path/").removesuffix("/end"))
        elif request.headers.get("content-type") == "application/json":
            name = json.loads(request.body)["name"]
        else:
            said = request.body.decode() or split.query
            name = parse_qs(said, keep_blank_values=True)["name"][0]
        body = json.dumps({"name": name}).encode()
        return 200, {"content-type": "application/json"}, body

    with receiving() as receiver:
        receiver.answer = answer
        yield receiver


def _given(asking: Asking, echo: Receiver, access: str) -> Any:
    return asking.http(
        access, allowed=echo.where, parameters="- {name: name, term: A name.}", answer=ECHO
    )


def _ways(asking: Asking, echo: Receiver) -> dict[str, Any]:
    return {
        "query": _given(asking, echo, f'url: {echo.url("/q")}\nquery: {{name: "{{name}}"}}'),
        "address": _given(asking, echo, f'url: "{echo.url("/q?name={name}&x=1")}"'),
        "json": _given(
            asking, echo, f'url: {echo.url("/j")}\nmethod: POST\njson: {{name: "{{name}}"}}'
        ),
        "form": _given(
            asking, echo, f'url: {echo.url("/f")}\nmethod: POST\nform: {{name: "{{name}}"}}'
        ),
        "path": _given(asking, echo, f'url: "{echo.url("/by-path/{name}/end")}"'),
    }


@pytest.mark.parametrize("folder", ["naughty_strings", "injection_strings"])
def test_s14_every_odd_string_is_the_same_value_in_every_place(
    shared_data: Path, folder: str
) -> None:
    refused = 0
    for said in _strings(shared_data, folder):
        values = {"name": said}
        assert json.loads(json_body({"name": "{name}"}, values)) == values
        body = form_body({"name": "{name}"}, values).decode()
        query = address("https://a.example/", {"name": "{name}"}, values).partition("?")[2]
        for made in (body, query):
            assert parse_qs(made, keep_blank_values=True) == {"name": [said]}
        try:
            path = address("https://a.example/b/{name}", {}, values)
        except RefusedError as error:
            refused += 1
            assert error.field == "name"  # noqa: PT017, the refusal is one of two good outcomes
        else:
            assert unquote(path.removeprefix("https://a.example/b/")) == said
    assert refused < 600


@pytest.mark.parametrize("folder", ["naughty_strings", "injection_strings"])
def test_s14_odd_strings_come_back_from_a_service_as_they_were_given_or_are_refused(
    asking: Asking, echo: Receiver, shared_data: Path, folder: str
) -> None:
    strings = _strings(shared_data, folder)
    strings = strings[:: len(strings) // 50]
    ways = _ways(asking, echo)
    refused: list[tuple[str, str | None]] = []
    for said in strings:
        for way, link in ways.items():
            try:
                rows = link.rows(name=said)
            except RefusedError as error:
                refused.append((way, error.field))
            else:
                assert rows == [{"name": said}], way
    # A step of a path is refused, and an address that grows too long.
    assert {each for each in refused if each[0] != "path"} <= {("query", "url"), ("address", "url")}
    assert len(refused) < len(strings)
    assert {urlsplit(one.path).path.split("/")[1] for one in echo.received} == {
        *("q", "j", "f", "by-path")
    }
    assert {one.headers["host"] for one in echo.received} == {echo.where}


def _strings(shared_data: Path, folder: str) -> list[str]:
    lines = (shared_data / folder / "cases.jsonl").read_text("utf-8").splitlines()
    return [str(json.loads(line)["s"]) for line in lines]


@pytest.mark.parametrize(
    "value",
    [
        *("..", ".", "../admin", "a/../../admin", "..\\admin", "a/..", "..;/admin", "./a", "a/."),
        "",
    ],
)
def test_s13_a_parameter_cannot_climb_out_of_its_place_in_the_path(value: str) -> None:
    with pytest.raises(RefusedError, match="name") as refused:
        address("https://shop.example/api/{name}/orders", {}, {"name": value})
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    "value",
    [
        *("@other.example", "/", "//other.example/", ":8080", "#", "?a=b", "&a=b", "%2e%2e", "%2f"),
        *("a b", "é", "\r\nX-One: 1", "\x00", "{other}", "\\", "https://other.example", "..."),
    ],
)
def test_s13_a_parameter_cannot_change_scheme_host_port_or_path(value: str) -> None:
    for template in (
        "https://shop.example:8443/api/{name}",
        "https://shop.example:8443/a?b={name}",
    ):
        made = httpx.URL(address(template, {"q": "{name}"}, {"name": value, "other": "?"}))
        assert (made.scheme, made.host, made.port) == ("https", "shop.example", 8443)
        assert made.raw_path.count(b"/") == template.count("/") - 2
        assert made.fragment == ""
        assert dict(made.params)["q"] == value
    path = httpx.URL(address("https://shop.example/api/{name}", {}, {"name": value})).raw_path
    assert unquote(path.decode().removeprefix("/api/")) == value


@pytest.mark.parametrize("url", ["https://{name}/a", "https://a.{name}.example/", "{name}", "/a"])
def test_s13_a_parameter_cannot_stand_in_the_host(url: str) -> None:
    with pytest.raises(SetUpError):
        address(url, {}, {"name": "example.org"})


def test_half_a_character_is_refused_wherever_it_would_go() -> None:
    values = {"name": "a\ud800"}
    for make in (
        lambda: address("https://a.example/{name}", {}, values),
        lambda: address("https://a.example/", {"q": "{name}"}, values),
        lambda: json_body({"a": "{name}"}, values),
        lambda: form_body({"a": "x{name}"}, values),
    ):
        with pytest.raises(RefusedError, match="half a character"):
            make()


def test_a_json_value_that_is_one_placeholder_keeps_its_type() -> None:
    values = {
        "text": 'a"b\n\u2028é',
        "count": 12345678901234567890,
        "price": Decimal("1E+2") + Decimal("0.10"),
        "tiny": Decimal("1E-9"),
        "big": Decimal("1E+5"),
        "is_new": True,
        "day": date(2026, 1, 5),
        "at": datetime(2026, 1, 5, 10, tzinfo=UTC),
        "nothing": None,
    }
    body = json_body({name: f"{{{name}}}" for name in values} | {"words": "n {count}"}, values)
    assert b'"price":100.10' in body
    assert b'"tiny":0.000000001' in body
    assert b'"big":100000' in body
    assert json.loads(body) == {
        "text": values["text"],
        "count": values["count"],
        "price": 100.1,
        "tiny": 1e-9,
        "big": 100000,
        "is_new": True,
        "day": "2026-01-05",
        "at": "2026-01-05T10:00:00Z",
        "words": "n 12345678901234567890",
    }


def test_an_entry_whose_parameter_has_no_value_is_left_out() -> None:
    values = {"a": None, "b": "x"}
    query = {"c": "{a}", "d": "{a}{b}", "e": "{b}", "f": "fixed"}
    made = address("https://a.example/p?g={a}&h={b}&i", query, values)
    assert made == "https://a.example/p?h=x&i&e=x&f=fixed"
    assert form_body(query, values) == b"e=x&f=fixed"
    assert json_body(query, values) == b'{"e":"x","f":"fixed"}'
    assert text("{a}", values) is None
    with pytest.raises(RefusedError, match="a is missing"):
        address("https://a.example/{a}", {}, values)


def test_what_is_no_placeholder_stays_as_it_is() -> None:
    assert text("{A} {} {a b} {{b}}", {"b": "x"}) == "{A} {} {a b} {x}"
    with pytest.raises(SetUpError, match="did you mean 'customer'"):
        text("{custmer}", {"customer": "x"})


def test_entries_are_put_in_place_of_those_of_the_same_name() -> None:
    url = "https://a.example/?page=1&q=a%26b&pa%67e=2&flag"
    assert with_query(url, {"page": "3 &"}) == "https://a.example/?q=a%26b&flag&page=3%20%26"
    assert with_query("https://a.example/", {"a": "b"}) == "https://a.example/?a=b"
