"""Events reach their webhook: once each, in order per case, signed, unchanged, whatever happens."""

import sqlite3
import threading
from collections import Counter, defaultdict
from contextlib import closing
from datetime import timedelta

import orjson
from standardwebhooks import Webhook as Checker

from fixtures.receiver import Answer, Received
from fixtures.workplace import NINE
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.outgoing.signatures import Remembered, verify
from lodge_platform.schema.active import WebhookDelivery
from lodge_platform.schema.master import Webhook
from lodge_platform.vocabulary import DeliveryStatus
from webhooks.house import House, MovedSender, data_of

DOWN: Answer = (503, {}, b"down for repair")


def test_r33_each_event_arrives_once_under_its_own_id(house: House, sender: MovedSender) -> None:
    house.webhook()
    activity_id = house.place.queued()
    house.happen(7, times=3)
    sender.work()
    received = [data_of(request) for request in house.receiver.received]
    assert ("activity_queued", activity_id) in [(e["type"], e["object_id"]) for e in received]
    assert Counter(e["type"] for e in received)["email_sending_stopped"] == 3
    ids = [request.headers["webhook-id"] for request in house.receiver.received]
    assert ids == [f"event_{event['event_id']}" for event in received]
    assert len(set(ids)) == len(ids)
    assert {line.status for line in house.deliveries()} == {DeliveryStatus.DELIVERED}
    assert len(house.attempts()) == len(ids)
    sender.work()
    assert len(house.receiver.received) == len(ids)


def test_s37_what_is_posted_is_signed_as_the_specification_says(house: House) -> None:
    house.webhook(now=utc_now())
    sender = house.sender()
    sender.now = utc_now()
    house.happen(7, now=sender.now)
    sender.work()
    sender.close()
    [request] = house.receiver.received
    said = Checker(house.secret).verify(request.body, request.headers)
    assert said["type"] == "email_sending_stopped"
    assert said["data"]["case_id"] == 7
    assert request.headers["content-type"] == "application/json"
    seen = Remembered()
    verify([house.secret], request.headers, request.body, now=sender.now, seen=seen)


def test_r78_a_retry_sends_what_was_first_written_down(house: House, sender: MovedSender) -> None:
    house.webhook()
    house.receiver.answer = lambda _request: (500, {}, b"no")
    house.happen(7)
    sender.work()
    house.receiver.answer = lambda _request: (200, {}, b"yes")
    sender.pass_time(minutes=1, step=timedelta(seconds=10))
    first, again = house.receiver.received
    assert first.body == again.body
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != again.headers["webhook-timestamp"]
    assert [(a.attempt_no, a.outcome, a.answer) for a in house.attempts()] == [
        (1, "try_again", "500 no"),
        (2, "delivered", "200 yes"),
    ]


def test_a_failing_event_holds_back_its_own_case_and_no_other(
    house: House, sender: MovedSender
) -> None:
    house.webhook()

    def refuse_case_1(request: Received) -> Answer:
        return (500, {}, b"case 1") if data_of(request)["case_id"] == 1 else (200, {}, b"")

    house.receiver.answer = refuse_case_1
    for _ in range(3):
        house.happen(1)
        house.happen(2)
    sender.work()
    arrived = Counter(data_of(request)["case_id"] for request in house.receiver.received)
    assert arrived == {1: 1, 2: 3}
    house.receiver.answer = lambda _request: (200, {}, b"")
    sender.pass_time(minutes=1, step=timedelta(seconds=10))
    arrived = Counter(data_of(request)["case_id"] for request in house.receiver.received)
    assert arrived == {1: 4, 2: 3}


def test_several_are_under_way_at_once_but_never_two_of_a_case(
    house: House, sender: MovedSender
) -> None:
    house.webhook()
    at_once: list[set[int]] = []
    busy: set[int] = set()
    lock = threading.Lock()
    pair = threading.Barrier(2, timeout=5)

    def slowly(request: Received) -> Answer:
        case_id = data_of(request)["case_id"]
        with lock:
            assert case_id not in busy
            busy.add(case_id)
            at_once.append(set(busy))
        pair.wait()  # two posts must be under way for either to end
        with lock:
            busy.discard(case_id)
        return 200, {}, b""

    house.receiver.answer = slowly
    for _ in range(2):
        house.happen(1)
        house.happen(2)
    sender.work()
    assert {1, 2} in at_once
    assert {line.status for line in house.deliveries()} == {DeliveryStatus.DELIVERED}


def test_r79_what_was_delivered_is_never_put_in_line_or_sent_again(
    house: House, sender: MovedSender
) -> None:
    house.webhook()
    house.happen(1, times=3)
    sender.work()
    for _ in range(3):
        again = house.sender(by="another")
        again.now = NINE + timedelta(days=1)
        again.work()
        again.close()
    assert len(house.receiver.received) == 3
    assert len(house.deliveries()) == 3


def test_r80_two_senders_at_once_send_nothing_twice(house: House) -> None:
    house.webhook()
    for case_id in range(1, 21):
        house.happen(case_id, times=3)
    senders = [house.sender(by=f"sender {number}") for number in range(2)]
    threads = [threading.Thread(target=each.work) for each in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    senders[0].work()
    for each in senders:
        each.close()
    sent = Counter(request.headers["webhook-id"] for request in house.receiver.received)
    assert set(sent.values()) == {1}
    assert len(sent) == 60
    of_case: dict[int, list[int]] = defaultdict(list)
    for request in house.receiver.received:
        of_case[data_of(request)["case_id"]].append(data_of(request)["event_id"])
    assert all(events == sorted(events) for events in of_case.values())


def test_what_a_dead_sender_had_begun_is_sent_again_under_the_same_id(
    house: House, sender: MovedSender
) -> None:
    house.webhook()
    house.happen(1, times=2)
    sender.work()
    table = WebhookDelivery.__table__
    with house.lodge.stores.active.write() as connection:
        connection.execute(
            table.update().values(status="sending", claimed_by="dead", claimed_at=NINE)
        )
    house.receiver.received.clear()
    sender.work()
    assert house.receiver.received == [], "whoever began may still be at it"
    sender.now += timedelta(minutes=1)
    sender.work()
    assert [data_of(request)["payload"]["outbox_id"] for request in house.receiver.received] == [
        0,
        1,
    ]


def test_a_webhook_begins_with_what_happens_after_it_was_made(
    house: House, sender: MovedSender
) -> None:
    house.happen(1, now=NINE - timedelta(hours=1))
    house.webhook()
    house.happen(2, now=NINE + timedelta(minutes=1))
    sender.now = NINE + timedelta(minutes=5)
    sender.work()
    assert [data_of(request)["case_id"] for request in house.receiver.received] == [2]


def test_only_the_event_types_asked_for_are_sent(house: House, sender: MovedSender) -> None:
    house.webhook(event_types=["activity_queued"])
    house.place.queued()
    house.happen(1)
    sender.work()
    types = [orjson.loads(request.body)["type"] for request in house.receiver.received]
    assert types == ["activity_queued"]


def test_a_redirect_is_not_followed_and_an_answer_without_end_not_read(
    house: House, sender: MovedSender
) -> None:
    house.webhook()
    house.receiver.answer = lambda _request: (302, {"location": house.receiver.url("/in")}, b"")
    house.happen(1)
    sender.work()
    assert [request.path for request in house.receiver.received] == ["/hook"]
    [delivery] = house.deliveries()
    assert delivery.last_answer == "302"
    house.receiver.answer = lambda _request: (200, {}, b"y" * 3_000_000)
    sender.pass_time(minutes=1, step=timedelta(seconds=10))
    [delivery] = house.deliveries()
    assert delivery.status is DeliveryStatus.DELIVERED
    assert len(delivery.last_answer) <= 200


def test_s13_a_url_inside_is_refused_at_sending_too(house: House, sender: MovedSender) -> None:
    webhook_id = house.webhook(url="http://127.0.0.1:9/hook/SECRET")
    house.happen(1)
    sender.work()
    [delivery] = house.deliveries()
    assert "outgoing_allowed" in delivery.last_answer
    assert "SECRET" not in delivery.last_answer
    with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
        row = session.get(Webhook, webhook_id)
        assert row is not None
        row.url = house.receiver.url("/now")
    sender.pass_time(minutes=1, step=timedelta(seconds=10))
    assert [request.path for request in house.receiver.received] == ["/now"]


def test_a_sender_with_nothing_to_do_writes_nothing(
    sqlite_house: House, sqlite_sender: MovedSender
) -> None:
    sqlite_house.webhook()
    sqlite_house.happen(7)
    sqlite_sender.work()
    path = sqlite_house.lodge.stores.active.engine.url.database
    with closing(sqlite3.connect(str(path))) as watching:
        before = watching.execute("pragma data_version").fetchone()
        sqlite_sender.work()
        assert watching.execute("pragma data_version").fetchone() == before
