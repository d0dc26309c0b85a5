"""The resource `webhooks`: made, changed, rotated, paused, replayed, tested; by whom."""

from collections.abc import Generator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.house import House, error_fields, house_of
from fixtures.receiver import Receiver, receiving
from fixtures.workplace import Workplace
from lodge_core.api import changes, webhooks
from lodge_platform.clock import utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.outgoing.signatures import Remembered, verify
from webhooks.house import MovedSender, data_of

APIS = [changes.api, webhooks.api]


@pytest.fixture
def receiver() -> Generator[Receiver]:
    """Somebody who gets events."""
    with receiving() as made:
        yield made


@pytest.fixture
def house(workplace: Workplace, receiver: Receiver) -> House:
    """Webhooks and the feed, once on each engine."""
    return house_of(workplace, APIS, outgoing_allowed=receiver.where)


@pytest.fixture
def sqlite_house(sqlite_workplace: Workplace, receiver: Receiver) -> House:
    """As `house`, on SQLite alone."""
    return house_of(sqlite_workplace, APIS, outgoing_allowed=receiver.where)


def make(program: TestClient, house: House, url: str, **more: Any) -> httpx.Response:
    """Ask for a webhook."""
    body = {"name": "warehouse", "department_id": house.place.department_id, "url": url}
    return program.post("/webhooks", json=body | more)


def work(house: House) -> None:
    """Let a sender do what is due, now."""
    sender = MovedSender(house.lodge)
    sender.now = utc_now()
    sender.work()
    sender.close()


def etag(program: TestClient, key: int) -> dict[str, str]:
    """The header that a change of this webhook needs."""
    return {"if-match": program.get(f"/webhooks/{key}").headers["etag"]}


def test_a_webhook_is_made_and_gets_what_happens_from_then_on(
    house: House, receiver: Receiver
) -> None:
    ingrid = house.asker("ingrid", "integrator")
    house.place.queued(now=utc_now())
    made = make(ingrid, house, receiver.url("/in"), event_types=["activity_queued"])
    assert made.status_code == 201, made.text
    key, secret = made.json()["webhook_id"], made.json()["secret"]
    assert made.headers["location"] == f"/api/v1/webhooks/{key}"
    shown = ingrid.get(f"/webhooks/{key}")
    assert shown.headers["etag"] == made.headers["etag"]
    assert "secret" not in shown.text
    activity_id = house.place.queued(now=utc_now())
    work(house)
    [request] = receiver.received
    assert data_of(request)["object_id"] == activity_id
    seen = Remembered()
    verify([secret], request.headers, request.body, now=utc_now(), seen=seen)
    [feed] = ingrid.get("/changes", params={"event_types": "activity_queued"}).json()["items"][1:]
    assert feed == data_of(request), "the feed says the same"
    [line] = ingrid.get("/webhook-deliveries", params={"webhook_id": key}).json()["items"]
    assert (line["status"], line["attempts"], line["last_answer"]) == ("delivered", 1, "200 ok")
    assert "payload" not in line
    tries = ingrid.get(f"/webhook-deliveries/{line['webhook_delivery_id']}/attempts").json()
    assert [one["outcome"] for one in tries["items"]] == ["delivered"]
    state = ingrid.get(f"/webhooks/{key}/state").json()
    assert (state["waiting"], state["given_up"], state["paused_at"]) == (0, 0, None)


def test_the_same_request_twice_makes_one_and_shows_the_secret_once(
    sqlite_house: House, receiver: Receiver
) -> None:
    ingrid = sqlite_house.asker("ingrid", "integrator")
    ingrid.headers["idempotency-key"] = "the-one"
    first, again = (make(ingrid, sqlite_house, receiver.url()) for _ in range(2))
    assert first.json()["webhook_id"] == again.json()["webhook_id"]
    assert first.json()["secret"].startswith("whsec_")
    assert again.json()["secret"] is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"url": "http://127.0.0.1:1/"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "ftp://example.org/"}, "url"),
        ({"url": "http://example.org/"}, "url"),
        ({"url": "https://user:word@example.org/"}, "url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "url"),
        ({"url": ""}, "url"),
        ({"event_types": ["nothing"]}, "event_types"),
        ({"name": ""}, "name"),
        ({"user_id": 1}, "user_id"),
    ],
)
def test_s12_s13_what_is_not_allowed_is_refused_by_name(
    sqlite_house: House, receiver: Receiver, changed: dict[str, Any], field: str
) -> None:
    ingrid = sqlite_house.asker("ingrid", "integrator")
    body = {"url": receiver.url()} | changed
    answer = make(ingrid, sqlite_house, body.pop("url"), **body)
    assert answer.status_code == 422
    assert error_fields(answer) == [field]
    assert ingrid.get("/webhooks").json()["items"] == []
    assert receiver.received == []


def test_a_secret_is_rotated_and_the_old_one_signs_along(
    sqlite_house: House, receiver: Receiver
) -> None:
    ingrid = sqlite_house.asker("ingrid", "integrator")
    made = make(ingrid, sqlite_house, receiver.url()).json()
    key = made["webhook_id"]
    assert ingrid.post(f"/webhooks/{key}/rotate").status_code == 428
    rotated = ingrid.post(f"/webhooks/{key}/rotate", headers=etag(ingrid, key))
    assert rotated.status_code == 200, rotated.text
    answer = ingrid.post(f"/webhooks/{key}/test").json()
    assert answer == {"is_delivered": True, "answer": "200 ok"}
    [request] = receiver.received
    for secret in (made["secret"], rotated.json()["secret"]):
        seen = Remembered()
        verify([secret], request.headers, request.body, now=utc_now(), seen=seen)


def test_a_webhook_is_paused_resumed_and_replayed(house: House, receiver: Receiver) -> None:
    ingrid = house.asker("ingrid", "integrator")
    begin = ingrid.get("/changes", params={"after": "latest"}).json()["after"]
    key = make(ingrid, house, receiver.url(), event_types=["activity_queued"]).json()["webhook_id"]
    assert ingrid.post(f"/webhooks/{key}/resume").status_code == 409
    assert ingrid.post(f"/webhooks/{key}/pause").status_code == 204
    house.place.queued(now=utc_now())
    house.place.queued(now=utc_now())
    work(house)
    assert receiver.received == []
    assert ingrid.get(f"/webhooks/{key}/state").json()["paused_at"]
    assert ingrid.post(f"/webhooks/{key}/resume").status_code == 204
    work(house)
    first = list(receiver.received)
    assert len(first) == 2
    receiver.received.clear()
    replay = ingrid.post(f"/webhooks/{key}/replay", json={"after": begin})
    assert (replay.status_code, replay.json()) == (202, {"replay_no": 1})
    work(house)
    same = {(r.headers["webhook-id"], r.body) for r in first}
    assert {(r.headers["webhook-id"], r.body) for r in receiver.received} == same
    receiver.received.clear()
    [line, _] = ingrid.get("/webhook-deliveries", params={"replay_no": 0}).json()["items"]
    chosen = {"webhook_delivery_ids": [line["webhook_delivery_id"]]}
    assert ingrid.post(f"/webhooks/{key}/replay", json=chosen).json() == {"replay_no": 2}
    assert ingrid.post(f"/webhooks/{key}/replay", json={}).status_code == 422
    assert ingrid.post(f"/webhooks/{key}/replay", json={"after": "x"}).status_code == 422
    missing = {"webhook_delivery_ids": [999]}
    assert ingrid.post(f"/webhooks/{key}/replay", json=missing).status_code == 404
    work(house)
    [again] = receiver.received
    assert (again.headers["webhook-id"], again.body) in same


def test_a_webhook_is_changed_by_its_version_and_deleted(
    sqlite_house: House, receiver: Receiver
) -> None:
    ingrid = sqlite_house.asker("ingrid", "integrator")
    key = make(ingrid, sqlite_house, receiver.url()).json()["webhook_id"]
    version = etag(ingrid, key)
    changed = ingrid.patch(f"/webhooks/{key}", json={"name": "shop"}, headers=version)
    assert changed.json()["name"] == "shop"
    stale = ingrid.patch(f"/webhooks/{key}", json={"name": "x"}, headers=version)
    assert stale.status_code == 412
    refused = ingrid.patch(
        f"/webhooks/{key}", json={"url": "http://10.0.0.1/"}, headers=etag(ingrid, key)
    )
    assert error_fields(refused) == ["url"]
    receiver.answer = lambda _request: (500, {}, b"")
    sqlite_house.place.queued(now=utc_now())
    work(sqlite_house)
    assert ingrid.delete(f"/webhooks/{key}", headers=etag(ingrid, key)).status_code == 204
    assert ingrid.get(f"/webhooks/{key}").status_code == 404
    lines = ingrid.get("/webhook-deliveries", params={"webhook_id": key}).json()["items"]
    assert {line["status"] for line in lines} == {"given_up"}


def test_s09_s35_webhooks_of_another_department_are_not_there(
    house: House, receiver: Receiver
) -> None:
    ingrid = house.asker("ingrid", "integrator")
    key = make(ingrid, house, receiver.url()).json()["webhook_id"]
    house.place.queued(now=utc_now())
    work(house)
    line = ingrid.get("/webhook-deliveries").json()["items"][0]["webhook_delivery_id"]
    eve = house.asker("eve", "integrator", department_id=house.department("Elsewhere"))
    assert eve.get("/webhooks").json()["items"] == []
    assert eve.get("/webhook-deliveries").json()["items"] == []
    missing = eve.get("/webhooks/999")
    for path in (
        f"/webhooks/{key}",
        f"/webhooks/{key}/state",
        f"/webhook-deliveries/{line}",
        f"/webhook-deliveries/{line}/attempts",
    ):
        assert (eve.get(path).status_code, eve.get(path).text) == (404, missing.text)
    for path in ("pause", "resume", "replay", "test", "rotate"):
        body = {"after": "x"} if path == "replay" else None
        answer = eve.post(f"/webhooks/{key}/{path}", json=body, headers={"if-match": "*"})
        assert answer.status_code == 404, path
    assert eve.delete(f"/webhooks/{key}", headers={"if-match": "*"}).status_code == 404
    assert make(eve, house, receiver.url(), name="other").status_code == 403
    agent = house.asker("grace", "agent")
    assert agent.get("/webhooks").status_code == 403
    assert make(agent, house, receiver.url(), name="mine").status_code == 403


def test_s21_a_key_that_may_see_less_than_its_user_widens_itself_by_no_webhook(
    sqlite_house: House, receiver: Receiver
) -> None:
    sqlite_house.person("ingrid", "integrator")
    few = [Action.WEBHOOK_READ, Action.WEBHOOK_WRITE, Action.ACTIVITY_READ]
    narrow = sqlite_house.program(sqlite_house.key("ingrid", actions=few))
    answer = make(narrow, sqlite_house, receiver.url())
    assert answer.status_code == 403
    whole = sqlite_house.program(sqlite_house.key("ingrid"))
    key = make(whole, sqlite_house, receiver.url()).json()["webhook_id"]
    moved = narrow.patch(
        f"/webhooks/{key}", json={"url": receiver.url("/mine")}, headers=etag(narrow, key)
    )
    assert moved.status_code == 403
