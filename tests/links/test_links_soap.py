"""A SOAP service, called over a real server: answers as rows, faults as errors."""

import shutil
import threading
from collections.abc import Generator, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fixtures.receiver import Received, receiving
from links.http_links import Asking, asking_in, numbers, said
from links.soap_shop import (
    ANSWER,
    ARGUMENTS,
    ENVELOPE,
    SAMPLES,
    TYPES,
    Shop,
    fetched,
    filed,
    found_orders,
    made,
)
from lodge_adapters.access.source import BrokenSourceError, SlowSourceError, TooLargeError
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.settings import Settings


@pytest.fixture
def asking(sqlite_settings: Settings, tmp_path: Path) -> Generator[Asking]:
    folder = tmp_path / "links"
    shutil.copytree(SAMPLES, folder)
    with asking_in(sqlite_settings, folder) as asking:
        yield asking


@pytest.fixture
def shop() -> Generator[Shop]:
    with receiving() as receiver:
        shop = Shop(receiver, found_orders(1, 2, note="<note>a &amp; b</note>"))
        receiver.answer = shop.answer
        yield shop


@pytest.mark.parametrize("make", [filed, fetched])
def test_an_operation_answers_rows_with_their_types(asking: Asking, shop: Shop, make: Any) -> None:
    rows = make(asking, shop).rows(customer=7, since=date(2026, 1, 1), who="Ada & <co>")
    assert rows[0] == {
        "number": 1,
        "price": Decimal("19.90"),
        "note": "a & b",
        "placed": date(2026, 1, 5),
        "changed": rows[0]["changed"],
        "is_paid": True,
        "tier": "gold",
    }
    assert rows[0]["changed"] == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert shop.asked == [{"number": "7", "name": "Ada & <co>", "since": "2026-01-01"}]
    request = shop.receiver.received[-1]
    assert request.headers["soapaction"] == '"urn:example:shop#FindOrders"'
    assert request.headers["content-type"].startswith("text/xml")


def test_an_argument_whose_parameter_has_no_value_is_left_out(asking: Asking, shop: Shop) -> None:
    assert numbers(filed(asking, shop).rows(customer=7)) == [1, 2]
    assert shop.asked == [{"number": "7"}]


@pytest.mark.parametrize(
    ("rows", "found"),
    [("orders.order", [1, 2]), ("$.orders.order[?@.number > 1]", [2]), ("$.nothing", [])],
)
def test_rows_are_found_by_a_dotted_path_or_a_jsonpath(
    asking: Asking, shop: Shop, rows: str, found: list[int]
) -> None:
    answer = ANSWER.replace("orders.order", f'"{rows}"')
    assert numbers(filed(asking, shop, answer=answer).rows(customer=1)) == found


def test_without_a_path_the_answer_is_the_row(asking: Asking, shop: Shop) -> None:
    answer = "answer: {fields: [{name: found, type: integer, term: How many.}]}"
    rows = filed(asking, shop, answer=answer).rows(customer=1)
    assert [row["found"] for row in rows] == [2]


def test_no_orders_are_no_rows(asking: Asking, shop: Shop) -> None:
    shop.body = f'<FindOrdersResponse xmlns="{TYPES[1:-1]}"><found>0</found></FindOrdersResponse>'
    assert filed(asking, shop).rows(customer=1) == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *(("s:Client", RefusedError), ("s:Client.Unknown", RefusedError)),
        *(("s:Server", BrokenSourceError), ("other", BrokenSourceError)),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_fault_is_said_in_its_words(
    asking: Asking, shop: Shop, status: int, code: str, kind: type[Exception]
) -> None:
    shop.status = status
    fault = f"<faultcode>{code}</faultcode><faultstring>no such\n customer</faultstring>"
    shop.body = f"<s:Fault>{fault}<detail>SECRET</detail></s:Fault>"
    with pytest.raises(kind, match=r"fault .*: no such customer") as raised:
        filed(asking, shop).rows(customer=1)
    assert "SECRET" not in str(raised.value)
    assert "customer" not in getattr(raised.value, "plain", "")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        *(("19.90", "a SECRET"), ("2026-01-05<", "SECRET<"), ("2026-01-05T", "SECRETT")),
        ("<number>1<", "<number>SECRET<"),
    ],
)
def test_a_value_of_another_type_is_neither_lost_nor_logged(
    asking: Asking, shop: Shop, right: str, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert right in shop.body
    shop.body = shop.body.replace(right, wrong, 1)
    with pytest.raises(BrokenSourceError, match="WSDL says") as raised:
        filed(asking, shop).rows(customer=1)
    assert "SECRET" not in str(raised.value)
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><body>Sign in", "SOAP envelope"),
        (b"", "SOAP envelope|WSDL"),
        (b"<s:Envelope", "SOAP envelope"),
        ((ENVELOPE % "").encode(), "found nothing"),
        (b"<a/>", "expected FindOrdersResponse"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"),
        ((ENVELOPE % "<other/>").encode(), "WSDL"),
        ((ENVELOPE % ("<a>" * 5000 + "</a>" * 5000)).encode(), "SOAP envelope"),
    ],
)
def test_what_is_no_answer_breaks_the_source(
    asking: Asking, shop: Shop, body: bytes, words: str
) -> None:
    shop.receiver.answer = lambda _request: (200, {"content-type": "text/xml"}, body)
    with pytest.raises(BrokenSourceError, match=words):
        filed(asking, shop).rows(customer=1)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, SetUpError), (404, BrokenSourceError), (500, TryAgainError), (503, TryAgainError)],
)
def test_a_status_without_an_envelope_is_told_as_for_any_http_source(
    asking: Asking, shop: Shop, status: int, kind: type[Exception]
) -> None:
    shop.receiver.answer = lambda _request: said({"a": 1}, status)
    with pytest.raises(kind, match=str(status)):
        filed(asking, shop).rows(customer=1)


def test_an_answer_is_bounded_in_bytes_and_in_time(asking: Asking, shop: Shop) -> None:
    link = filed(asking, shop, more="limits: {bytes: 3000}")
    shop.body = found_orders(*range(100))
    with pytest.raises(TooLargeError, match="3000 bytes"):
        link.rows(customer=1)
    over = threading.Event()

    def hang(_request: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 99\r\n\r\n"
        over.wait(20)

    shop.receiver.answer = hang
    try:
        with pytest.raises(SlowSourceError):
            link.rows(customer=1, seconds=0.5)
    finally:
        over.set()


def test_arguments_that_the_operation_does_not_take_are_refused(asking: Asking, shop: Shop) -> None:
    link = filed(asking, shop)
    with pytest.raises(RefusedError, match="number"):
        link.rows(who="Ada")
    with pytest.raises(RefusedError, match="XML cannot hold") as refused:
        link.rows(customer=1, who="a\x00b")
    assert refused.value.field == "customer.name"
    odd = ARGUMENTS.replace("since:", "sience:")
    access = f"wsdl: shop.wsdl\naddress: {shop.receiver.url('/soap')}\n{odd}"
    with pytest.raises(SetUpError, match="sience"):
        made(asking, shop, access).rows(customer=1, since=date(2026, 1, 1))
    assert shop.asked == []
