"""Writes in order for each activity, several places at once, and what a dead writer left behind."""

import threading
from collections.abc import Generator

import orjson
import pytest

from fixtures.receiver import Answer, Received, receiving
from fixtures.workplace import NINE, Workplace
from links.writing_house import WritingHouse, writing_house
from lodge_adapters.writing_claims import claim
from lodge_platform.vocabulary import LinkWriteStatus


@pytest.fixture
def house(workplace: Workplace) -> Generator[WritingHouse]:
    """A house with a link that writes, once on each engine."""
    with writing_house(workplace) as made:
        made.link()
        yield made


def bodies(house: WritingHouse) -> list[dict[str, object]]:
    return [orjson.loads(request.body) for request in house.receiver.received]


def test_writes_for_one_activity_go_in_order_and_hold_back_no_other(house: WritingHouse) -> None:
    def moody(request: Received) -> Answer:
        note = orjson.loads(request.body)["note"]
        return (500 if note == "first" and len(house.receiver.received) < 4 else 200), {}, b""

    house.receiver.answer = moody
    house.write("a", activity_id=1, note="first")
    house.write("b", activity_id=1, note="second")
    house.write("c", activity_id=2, note="of another")
    house.write("d", note="of none")
    with house.writer() as writer:
        writer.work()
        for _ in range(10):
            writer.pass_time(600)
    said = [body["note"] for body in bodies(house)]
    assert said.index("second") > max(n for n, each in enumerate(said) if each == "first")
    assert set(said[:4]) >= {"first", "of another"} or said.index("of another") < 4
    assert all(row.status is LinkWriteStatus.WRITTEN for row in house.writes())


def test_one_slow_place_does_not_hold_others(house: WritingHouse) -> None:
    let_go = threading.Event()
    try:
        with receiving() as slow:

            def stuck(_request: Received) -> Answer:
                let_go.wait(30)
                return 200, {}, b""

            slow.answer = stuck
            house.link("slow_note", receiver=slow, at_once=2, seconds=60)
            for number in range(8):
                house.write(f"slow-{number}", "slow_note")
            for number in range(20):
                house.write(f"quick-{number}")
            with house.writer() as writer:
                for _ in range(2_000):
                    writer.real.tick(house.now)
                    if len(house.receiver.received) == 20:
                        break
                    let_go.wait(0.005)
                assert len(house.receiver.received) == 20
                assert len(slow.received) == 2, "as many at once as the link allows"
                let_go.set()
                writer.work()
            assert len(slow.received) == 8
    finally:
        let_go.set()
    assert all(row.status is LinkWriteStatus.WRITTEN for row in house.writes())


def test_what_a_writer_left_behind_is_written_again_under_its_key(house: WritingHouse) -> None:
    house.write("orphan")
    with house.lodge.stores.active.write() as connection:
        [claimed] = claim(connection, {"order_note": 4}, by="one that died", now=NINE)
    assert claimed.attempts == 1
    with house.writer() as writer:
        writer.pass_time(24)
        assert not house.receiver.received, "perhaps it is at work still"
        writer.pass_time(2)
    [request] = house.receiver.received
    assert request.headers["idempotency-key"] == "orphan"
    [row] = house.writes()
    assert row.status is LinkWriteStatus.WRITTEN
    assert row.attempts == 2


def test_what_is_to_be_written_waits_while_its_link_cannot_be_used(house: WritingHouse) -> None:
    house.write("waits")
    path = house.lodge.settings.home / "links" / "order_note.yaml"
    good = path.read_text("utf-8")
    path.write_text("titel: x", "utf-8")
    with house.writer() as writer:
        writer.work()
        assert writer.trouble is not None
        assert "order_note" in writer.trouble
    assert not house.receiver.received
    path.write_text(good, "utf-8")
    with house.writer() as writer:
        writer.work()
        assert writer.trouble is None
    [row] = house.writes()
    assert row.status is LinkWriteStatus.WRITTEN


def test_a_place_that_is_away_is_asked_by_one_write_at_a_time(house: WritingHouse) -> None:
    house.receiver.answer = lambda _request: (503, {}, b"")
    for number in range(6):
        house.write(f"key-{number}")
    with house.writer() as writer:
        writer.work()
        before = len(house.receiver.received)
        assert before <= 4
        assert writer.trouble is not None
        assert house.receiver.where in writer.trouble
        writer.pass_time(10)
        assert len(house.receiver.received) == before + 1
        house.receiver.answer = lambda _request: (200, {}, b"")
        for _ in range(5):
            writer.pass_time(600)
        assert writer.trouble is None
    assert all(row.status is LinkWriteStatus.WRITTEN for row in house.writes())
