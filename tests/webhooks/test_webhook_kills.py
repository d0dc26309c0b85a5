"""A sender that is killed fifty times, at any instant: nothing is lost, every id stays."""

import random
import time
from collections import defaultdict
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import select

from fixtures.receiver import Answer, Received
from lodge_platform.clock import utc_now
from lodge_platform.schema.active import ActivityEvent
from lodge_platform.vocabulary import DeliveryStatus
from webhooks.endless_sender import send_for_ever
from webhooks.house import House, data_of

_ALL = select(ActivityEvent.event_id)
KILLS = 50
CASES = 12


@pytest.mark.slow
def test_r77_r33_a_sender_killed_fifty_times_loses_nothing_and_keeps_every_id(
    house: House,
) -> None:
    chance = random.Random(7)  # noqa: S311 - instants, no secrets

    def slowly(_request: Received) -> Answer:
        time.sleep(0.02)
        return 200, {}, b""

    house.receiver.answer = slowly
    webhook_id = house.webhook(now=utc_now())
    settings = house.lodge.settings
    environ = {
        "LODGE_MASTER_URL": settings.master_url,
        "LODGE_ACTIVE_URL": settings.active_url,
        "LODGE_OUTGOING_ALLOWED": settings.outgoing_allowed,
    }
    context = get_context("forkserver")
    context.set_forkserver_preload(["webhooks.endless_sender"])

    def begin() -> BaseProcess:
        process = context.Process(
            target=send_for_ever, args=(str(settings.home), environ), daemon=True
        )
        process.start()
        return process

    kills_while_sending = 0
    for _ in range(KILLS):
        for case_id in chance.sample(range(1, CASES + 1), 6):
            house.happen(case_id, times=chance.randint(1, 2), now=utc_now())
        before = len(house.receiver.received)
        sender = begin()
        if chance.random() < 0.5:  # at work for sure, or perhaps not yet
            _wait_for_more(house, before)
        time.sleep(chance.random() * 0.2)
        sender.kill()
        sender.join()
        kills_while_sending += any(
            line.status is DeliveryStatus.SENDING for line in house.deliveries(webhook_id)
        )
    sender = begin()
    deadline = time.monotonic() + 120
    while not _is_done(house, webhook_id):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    sender.kill()
    sender.join()

    assert kills_while_sending >= 10
    deliveries = house.deliveries(webhook_id)
    ids = [f"event_{line.event_id}" for line in deliveries]
    assert len(ids) == len(set(ids))
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for request in house.receiver.received:
        bodies[request.headers["webhook-id"]].add(request.body)
    assert set(bodies) == set(ids), "each event arrived, and nothing else did"
    assert all(len(each) == 1 for each in bodies.values()), "and always as the same text"
    first_arrivals: dict[int, list[int]] = defaultdict(list)
    for request in house.receiver.received:
        event = data_of(request)
        if event["event_id"] not in first_arrivals[event["case_id"]]:
            first_arrivals[event["case_id"]].append(event["event_id"])
    for of_case in first_arrivals.values():
        assert of_case == sorted(of_case), "in order for each case"


def _wait_for_more(house: House, before: int) -> None:
    deadline = time.monotonic() + 10
    while len(house.receiver.received) <= before and time.monotonic() < deadline:
        time.sleep(0.005)


def _is_done(house: House, webhook_id: int) -> bool:
    events = house.place.rows(_ALL)
    lines = house.deliveries(webhook_id)
    return len(lines) == len(events) and all(
        line.status is DeliveryStatus.DELIVERED for line in lines
    )
