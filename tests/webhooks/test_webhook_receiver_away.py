"""A receiver that is away, fails or is gone: nothing is lost, and it is left in peace."""

from collections import defaultdict
from datetime import timedelta

from fixtures.receiver import Answer, Received
from lodge_core.webhooks import marks
from lodge_platform.vocabulary import DeliveryStatus
from webhooks.house import House, MovedSender, data_of

DOWN: Answer = (503, {}, b"down for repair")


def test_r77_a_target_down_for_a_day_gets_everything_in_order_per_case_on_return(
    house: House, sender: MovedSender
) -> None:
    webhook_id = house.webhook()
    house.receiver.answer = lambda _request: DOWN
    for hour in range(24):
        for case_id in (1, 2, 3):
            house.happen(case_id, now=sender.now)
        sender.pass_time(hours=1, step=timedelta(minutes=12 if hour else 2))
    assert not [line for line in house.deliveries() if line.status is DeliveryStatus.DELIVERED]
    tries = len(house.receiver.received)
    house.receiver.received.clear()
    house.receiver.answer = lambda _request: (204, {}, b"")
    sender.pass_time(minutes=6, step=timedelta(minutes=1))
    of_case: dict[int, list[int]] = defaultdict(list)
    for request in house.receiver.received:
        event = data_of(request)
        of_case[event["case_id"]].append(event["event_id"])
    assert {case_id: len(events) for case_id, events in of_case.items()} == {1: 24, 2: 24, 3: 24}
    for events in of_case.values():
        assert events == sorted(events)
    assert {line.status for line in house.deliveries()} == {DeliveryStatus.DELIVERED}
    assert house.mark(webhook_id).paused_at is None
    assert tries < 600, "one event at a time asks whether the receiver is back"
    assert sender.trouble is None


def test_after_three_days_of_failing_it_is_given_up_and_the_next_one_goes(
    house: House, sender: MovedSender
) -> None:
    house.webhook()

    def refuse_one(request: Received) -> Answer:
        event = data_of(request)
        is_it = (event["case_id"], event["payload"]["outbox_id"]) == (1, 0)
        return (500, {}, b"") if is_it else (200, {}, b"")

    house.receiver.answer = refuse_one
    house.happen(1, times=2)
    sender.work()
    for _ in range(2):
        sender.pass_time(hours=39, step=timedelta(minutes=61))
        house.happen(2, now=sender.now)
    sender.work()
    first, second, *others = house.deliveries()
    assert first.status is DeliveryStatus.GIVEN_UP
    assert first.finished_at - first.created_at >= timedelta(days=3)
    assert {line.status for line in (second, *others)} == {DeliveryStatus.DELIVERED}


def test_a_receiver_that_is_gone_pauses_the_webhook_and_nothing_is_lost(
    house: House, sender: MovedSender
) -> None:
    webhook_id = house.webhook()
    house.receiver.answer = lambda _request: (410, {}, b"gone")
    house.happen(1)
    sender.work()
    house.happen(1)
    sender.pass_time(hours=5, step=timedelta(hours=1))
    assert len(house.receiver.received) == 1
    assert "410" in house.mark(webhook_id).pause_reason
    assert sender.trouble == f"webhook warehouse is paused: {house.mark(webhook_id).pause_reason}"
    house.receiver.answer = lambda _request: (200, {}, b"")
    with house.lodge.stores.active.write() as connection:
        marks.resume(connection, webhook_id, now=sender.now)
    sender.work()
    assert [line.status for line in house.deliveries()] == [DeliveryStatus.DELIVERED] * 2
    assert sender.trouble is None


def test_a_receiver_that_takes_nothing_for_two_days_pauses_the_webhook_before_anything_is_given_up(
    house: House, sender: MovedSender
) -> None:
    webhook_id = house.webhook()
    house.receiver.answer = lambda _request: (500, {}, b"")
    house.happen(1)
    sender.work()
    sender.pass_time(hours=60, step=timedelta(hours=1))
    assert house.mark(webhook_id).paused_at is not None
    assert "nothing was taken since 2026-01-05 09:00 UTC" in house.mark(webhook_id).pause_reason
    house.happen(2)
    before = len(house.receiver.received)
    sender.pass_time(hours=10, step=timedelta(hours=1))
    assert len(house.receiver.received) == before
    with house.lodge.stores.active.write() as connection:
        marks.resume(connection, webhook_id, now=sender.now)
    sender.pass_time(hours=5, step=timedelta(hours=1))
    assert house.mark(webhook_id).paused_at is None, "it gets two more days"
    house.receiver.answer = lambda _request: (200, {}, b"")
    sender.pass_time(hours=5, step=timedelta(hours=1))
    assert [line.status for line in house.deliveries()] == [DeliveryStatus.DELIVERED] * 2
