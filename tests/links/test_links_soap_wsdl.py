"""What a WSDL leads to: files beside the link and guarded addresses; calls kept and replayed."""

import shutil
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from fixtures.receiver import Answer, Received, receiving
from links.http_links import Asking, asking_in, numbers
from links.soap_shop import (
    ANSWER,
    ARGUMENTS,
    PARAMETERS,
    SAMPLES,
    Shop,
    fetched,
    filed,
    found_orders,
    made,
)
from lodge_platform.errors import RefusedError, SetUpError
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


def test_the_wsdl_is_read_once_by_however_many_threads(asking: Asking, shop: Shop) -> None:
    link = fetched(asking, shop)
    begun = [threading.Thread(target=link.rows, kwargs={"customer": n}) for n in range(6)]
    for thread in begun:
        thread.start()
    for thread in begun:
        thread.join(30)
    gets = [one.path for one in shop.receiver.received if one.method == "GET"]
    assert gets == ["/wsdl/shop.wsdl", "/wsdl/shop.xsd"]
    assert sorted(one["number"] or "" for one in shop.asked) == list("012345")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("operation: FindOrder", "did you mean 'FindOrders'"),
        ("service: Other", "allowed: Shop|did you mean"),
        ("port: Other", "allowed: Orders|did you mean"),
        ("wsdl: ../links.wsdl", "no file beside the link"),
        ("wsdl: missing.wsdl", "no file beside the link"),
        ("wsdl: broken.wsdl", "not XML"),
        ("wsdl: shop.xsd", "no service that speaks SOAP"),
        ("wsdl: typed.wsdl", "document type"),
        ("wsdl: climbing.wsdl", "outside of the link's folder"),
        ("wsdl: lacking.wsdl", "no file beside the link"),
    ],
)
def test_a_wsdl_that_cannot_be_used_says_why(
    asking: Asking, shop: Shop, change: str, words: str
) -> None:
    good = (SAMPLES / "shop.wsdl").read_text()
    secret = asking.folder.parent / "secret.xsd"
    secret.write_text("<secret/>")
    for name, text in {
        "broken": good[:900],
        "typed": good.replace("?>", '?><!DOCTYPE a [<!ENTITY b SYSTEM "shop.xsd">]>', 1),
        "climbing": good.replace("shop.xsd", "../secret.xsd"),
        "lacking": good.replace("shop.xsd", "other.xsd"),
    }.items():
        (asking.folder / f"{name}.wsdl").write_text(text)
    key = change.partition(":")[0]
    lines = [f"address: {shop.receiver.url('/soap')}", "wsdl: shop.wsdl", *ARGUMENTS.splitlines()]
    access = "\n".join([line for line in lines if not line.startswith(f"{key}:")] + [change])
    with pytest.raises(SetUpError, match=words):
        made(asking, shop, access).rows(customer=1)


def test_s13_nothing_that_a_wsdl_leads_to_escapes_the_guard(asking: Asking, shop: Shop) -> None:
    good = (SAMPLES / "shop.wsdl").read_text()
    with receiving() as canary:
        imported = good.replace("shop.xsd", canary.url("/shop.xsd"))
        (asking.folder / "importing.wsdl").write_text(imported)
        access = f"address: {shop.receiver.url('/soap')}\n{ARGUMENTS}\n"
        with pytest.raises(RefusedError, match="leads inside"):
            made(asking, shop, f"{access}wsdl: importing.wsdl").rows(customer=1)
        with pytest.raises(RefusedError, match="leads inside"):
            asking.soap(f"{access}wsdl: {canary.url()}", answer=ANSWER, parameters=PARAMETERS).rows(
                customer=1
            )

        def elsewhere(_request: Received) -> Answer:
            text = good.replace("http://shop.example.org", canary.url("")).encode()
            return 200, {"content-type": "text/xml"}, text.replace(b"shop.xsd", b"/wsdl/shop.xsd")

        answer = shop.answer
        shop.receiver.answer = lambda request: (
            elsewhere(request) if request.path == "/elsewhere" else answer(request)
        )
        url = shop.receiver.url("/elsewhere")
        with pytest.raises(SetUpError, match="name it as `address`"):
            made(asking, shop, f"wsdl: {url}\n{ARGUMENTS}").rows(customer=1)
        filed = good.replace("shop.xsd", f"file://{asking.folder}/shop.xsd")
        shop.receiver.answer = lambda _r: (200, {"content-type": "text/xml"}, filed.encode())
        with pytest.raises(SetUpError, match="leads to a file"):
            made(asking, shop, f"wsdl: {url}\n{ARGUMENTS}").rows(customer=1)
        assert canary.received == []
    assert shop.asked == []


def test_credentials_go_with_every_call_and_into_no_recording(asking: Asking, shop: Shop) -> None:
    asking.secrets["word"] = "SECRET"
    shop.body = found_orders(1, note="<note>you are SECRET</note>")
    link = fetched(asking, shop, "authentication: {user: ada, password_secret: word}")
    kept = link.record(customer=1)
    assert all("authorization" in request.headers for request in shop.receiver.received)
    assert b"SECRET" not in kept
    shop.receiver.received.clear()
    fresh = fetched(asking, shop)
    assert numbers(fresh.replay(kept, customer=1)) == [1]
    assert shop.receiver.received == []


def test_a_recorded_call_is_replayed_and_what_is_no_recording_is_refused(
    asking: Asking, shop: Shop
) -> None:
    link = filed(asking, shop)
    kept = link.record(customer=1)
    assert link.replay(kept, customer=1) == link.rows(customer=1)
    for odd in (b"{}", b'{"kind": "http"}', b'{"kind": "soap"}'):
        with pytest.raises(RefusedError):
            link.replay(odd, customer=1)


def test_place_is_host_and_port_and_nothing_is_written(asking: Asking, shop: Shop) -> None:
    assert filed(asking, shop).source.place == shop.receiver.where
    assert fetched(asking, shop).source.place == shop.receiver.where
    named = made(asking, shop, f"wsdl: shop.wsdl\n{ARGUMENTS}")
    assert named.source.place == "shop.example.org:80"
    with pytest.raises(SetUpError, match="does not write"):
        named.write(customer=1)
