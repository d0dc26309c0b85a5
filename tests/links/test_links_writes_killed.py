"""A writer that is killed twenty times, at any instant: nothing is lost, every key stays."""

import random
import time
from collections import defaultdict
from collections.abc import Generator
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import orjson
import pytest

from fixtures.receiver import Answer, Received
from fixtures.workplace import Workplace
from links.endless_writer import write_for_ever
from links.writing_house import WritingHouse, writing_house
from lodge_platform.clock import utc_now
from lodge_platform.vocabulary import LinkWriteStatus

KILLS = 20
ACTIVITIES = 4


@pytest.fixture
def house(workplace: Workplace) -> Generator[WritingHouse]:
    """A house with a link that writes, once on each engine."""
    with writing_house(workplace) as made:
        made.link(seconds=1)
        yield made


@pytest.mark.slow
def test_r33_r78_a_writer_killed_twenty_times_loses_nothing_and_keeps_every_key(
    house: WritingHouse,
) -> None:
    chance = random.Random(7)  # noqa: S311 - instants, no secrets

    def slowly(_request: Received) -> Answer:
        time.sleep(0.02)
        return 201, {}, b""

    house.receiver.answer = slowly
    settings = house.lodge.settings
    environ = {
        "LODGE_MASTER_URL": settings.master_url,
        "LODGE_ACTIVE_URL": settings.active_url,
        "LODGE_OUTGOING_ALLOWED": settings.outgoing_allowed,
    }
    context = get_context("forkserver")
    context.set_forkserver_preload(["links.endless_writer"])

    def begin() -> BaseProcess:
        process = context.Process(
            target=write_for_ever, args=(str(settings.home), environ), daemon=True
        )
        process.start()
        return process

    asked = 0
    kills_while_writing = 0
    for _ in range(KILLS):
        for _ in range(6):
            asked += 1
            _ask(house, asked, chance.randint(1, ACTIVITIES), utc_now())
        before = len(house.receiver.received)
        writer = begin()
        if chance.random() < 0.7:  # at work for sure, or perhaps not yet
            _wait_for_more(house, before)
        time.sleep(chance.random() * 0.1)
        writer.kill()
        writer.join()
        kills_while_writing += any(row.status is LinkWriteStatus.WRITING for row in house.writes())
    writer = begin()
    deadline = time.monotonic() + 120
    while not all(row.status is LinkWriteStatus.WRITTEN for row in house.writes()):
        assert time.monotonic() < deadline, [row.last_answer for row in house.writes()]
        time.sleep(0.2)
    writer.kill()
    writer.join()

    assert kills_while_writing >= 5
    rows = house.writes()
    assert len(rows) == asked
    bodies: dict[str, set[bytes]] = defaultdict(set)
    order: dict[int, list[int]] = defaultdict(list)
    for request in house.receiver.received:
        bodies[request.headers["idempotency-key"]].add(request.body)
        said = orjson.loads(request.body)
        if said["order"] not in order[int(said["note"])]:
            order[int(said["note"])].append(said["order"])
    assert set(bodies) == {row.idempotency_key for row in rows}, "each arrived, and nothing else"
    assert all(len(each) == 1 for each in bodies.values()), "and always the same under its key"
    assert any(row.attempts > 1 for row in rows)
    for of_activity in order.values():
        assert of_activity == sorted(of_activity), "in order for each activity"


def _ask(house: WritingHouse, number: int, activity_id: int, now: datetime) -> None:
    house.now = now
    house.write(f"key-{number}", activity_id=activity_id, order=str(number), note=str(activity_id))


def _wait_for_more(house: WritingHouse, before: int) -> None:
    deadline = time.monotonic() + 10
    while len(house.receiver.received) <= before and time.monotonic() < deadline:
        time.sleep(0.005)
