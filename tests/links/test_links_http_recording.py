"""A recorded call holds what the source said, and nothing of ours; it is replayed offline."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fixtures.receiver import Received, Receiver, receiving
from links.http_links import Asked, Asking, asking_in, orders, said
from lodge_platform.errors import RefusedError
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


def test_a_call_is_recorded_and_replayed_without_the_source(asking: Asking, shop: Receiver) -> None:
    asking.secrets["word"] = "SECRETWORD"

    def page(request: Received) -> tuple[int, dict[str, str], bytes]:
        found = {
            "orders": [] if "page=3" in request.path else [{"number": 1, "name": "é"}],
            "you": request.headers["authorization"],
        }
        return said(found, set_cookie="session=SECRETCOOKIE", x_more="SECRETHEADER")

    shop.answer = page
    access = "authentication: {bearer_secret: word}\npaging: {page: page}"
    link = _link(asking, shop, access)
    kept = link.record()
    rows = link.rows()
    asked = len(shop.received)
    assert link.replay(kept) == rows
    assert len(shop.received) == asked
    assert b"SECRET" not in kept
    document = json.loads(kept)
    assert [page["media"] for page in document["pages"]] == ["application/json"] * 3


def test_a_recording_of_bytes_is_kept_as_they_are(asking: Asking, shop: Receiver) -> None:
    body = "number,name\n1,Zoë\n".encode("latin-1")
    shop.answer = lambda _request: (200, {"content-type": "text/csv"}, body)
    link = _link(asking, shop, "format: csv\ncsv: {encoding: latin-1}", answer=TEXTS)
    kept = link.record()
    assert "base64" in json.loads(kept)["pages"][0]
    assert link.replay(kept) == [{"number": "1", "name": "Zoë"}]
    for odd in (b"", b"[]", b'{"kind": "sql"}', b'{"kind": "http", "pages": [{"base64": "?"}]}'):
        with pytest.raises(RefusedError):
            link.replay(odd)


def test_a_recording_stops_at_the_limit_of_rows(asking: Asking, shop: Receiver) -> None:
    shop.answer = lambda _request: orders(1, 2, 3)
    link = _link(asking, shop, "paging: {page: page}", more="limits: {rows: 5}")
    assert len(json.loads(link.record())["pages"]) == 2


def test_credentials_that_a_source_says_back_are_blotted_out_however_it_writes_them(
    asking: Asking, shop: Receiver
) -> None:
    asking.secrets["word"] = 'p"/ü&<word'
    shop.answer = lambda request: said(
        {
            "orders": [{"number": 1, "name": "a"}],
            "header": request.headers["authorization"],
            "plain": asking.secrets["word"],
            "query": f"?word={quote(asking.secrets['word'], safe='')}",
        }
    )
    link = _link(asking, shop, "authentication: {user: ada, password_secret: word}")
    kept = json.loads(json.loads(link.record())["pages"][0]["text"])
    assert kept == {
        "orders": [{"number": 1, "name": "a"}],
        "header": "Basic ***",
        "plain": "***",
        "query": "?word=***",
    }
