"""What links write: kept before it is answered, carried once, in order, until it is taken."""

import threading
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from fixtures.workplace import NINE, Workplace
from links.writing_house import WritingHouse, writing_house
from lodge_adapters.writing import read_state
from lodge_adapters.writing_claims import PAUSES, replay
from lodge_platform.api.problems import ApiProblem
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import LinkCall
from lodge_platform.vocabulary import LinkOutcome, LinkWriteStatus


@pytest.fixture
def house(workplace: Workplace) -> Generator[WritingHouse]:
    """A house with a link that writes, once on each engine."""
    with writing_house(workplace) as made:
        made.link()
        yield made


@pytest.fixture
def sqlite_house(sqlite_workplace: Workplace) -> Generator[WritingHouse]:
    """As `house`, on SQLite alone."""
    with writing_house(sqlite_workplace) as made:
        made.link()
        yield made


def test_r33_a_write_is_kept_then_carried_with_its_key(house: WritingHouse) -> None:
    state = house.write("first", note="Zoë <ö>")
    assert state.status is LinkWriteStatus.WAITING
    assert state.location == f"/links/order_note/writes/{state.link_write_id}"
    with house.writer() as writer:
        writer.work()
    [request] = house.receiver.received
    assert request.headers["idempotency-key"] == "first"
    assert orjson.loads(request.body) == {"order": 7, "note": "Zoë <ö>"}
    [row] = house.writes()
    assert row.status is LinkWriteStatus.WRITTEN
    assert row.attempts == 1
    assert row.finished_at == NINE
    assert row.last_answer == "200 OK"
    assert row.department_id == house.place.department_id
    [call] = house.place.rows(select(LinkCall.__table__))
    assert (call.link, call.outcome, call.user_id) == ("order_note", LinkOutcome.ANSWERED, 7)
    assert call.department_id == house.place.department_id
    assert call.detail is None


def test_the_same_key_and_parameters_are_one_write(house: WritingHouse) -> None:
    first = house.write("same")
    again = house.write("same")
    assert again.link_write_id == first.link_write_id
    assert again.is_repeated
    with house.writer() as writer:
        writer.work()
    assert house.write("same").status is LinkWriteStatus.WRITTEN
    assert len(house.receiver.received) == 1


def test_many_at_once_under_one_key_are_one_write(house: WritingHouse) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(house.write("one").link_write_id))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(house.writes()) == 1


@pytest.mark.parametrize(
    "other", [{"note": "another"}, {"user_id": 8}, {"activity_id": 3}], ids=str
)
def test_a_key_of_another_request_is_refused(house: WritingHouse, other: dict[str, Any]) -> None:
    house.write("used")
    given = dict(other)
    if (user_id := given.pop("user_id", None)) is not None:
        given["reader"] = house.reader(user_id)
    with pytest.raises(ApiProblem) as refused:
        house.write("used", **given)
    assert int(refused.value.kind.status) == 422
    assert len(house.writes()) == 1


@pytest.mark.parametrize(
    ("key", "status"), [(None, 428), ("", 400), ("a b", 400), ("x" * 201, 400)]
)
def test_a_write_without_a_good_key_is_not_kept(
    sqlite_house: WritingHouse, key: str | None, status: int
) -> None:
    with pytest.raises(ApiProblem) as refused:
        sqlite_house.write(key)  # pyright: ignore[reportArgumentType]
    assert int(refused.value.kind.status) == status
    assert refused.value.errors[0]["field"] == "header Idempotency-Key"
    assert not sqlite_house.writes()


def test_parameters_are_checked_before_anything_is_kept(sqlite_house: WritingHouse) -> None:
    with pytest.raises(RefusedError, match="order is no whole number"):
        sqlite_house.write("odd", order="seven")
    with pytest.raises(RefusedError, match="no parameter 'ordr'; did you mean 'order'"):
        sqlite_house.write("odd", ordr="7")
    assert not sqlite_house.writes()


def test_a_source_that_may_later_is_asked_again_after_growing_pauses(house: WritingHouse) -> None:
    house.receiver.answer = lambda _request: (500, {}, b"")
    house.write("patient")
    with house.writer() as writer:
        writer.work()
        for number, pause in enumerate(PAUSES, 1):
            [row] = house.writes()
            assert row.status is LinkWriteStatus.WAITING
            assert row.attempts == number
            assert row.due_at == house.now + timedelta(seconds=pause)
            assert "500" in row.last_answer
            writer.pass_time(pause - 0.5)
            assert len(house.receiver.received) == number
            house.now += timedelta(seconds=0.5)
            # The place as a whole is asked after a pause of its own, at most five minutes.
            for _ in range(2):
                writer.work()
                if len(house.receiver.received) == number:
                    writer.pass_time(300)
        [row] = house.writes()
        assert row.status is LinkWriteStatus.DEAD
        assert house.now - NINE >= timedelta(hours=23)
        writer.pass_time(86_400)
    assert len(house.receiver.received) == len(PAUSES) + 1
    assert {request.headers["idempotency-key"] for request in house.receiver.received} == {
        "patient"
    }


def test_r79_what_the_source_will_never_take_is_dead_and_the_dead_alone_are_replayed(
    house: WritingHouse,
) -> None:
    house.receiver.answer = lambda _request: (422, {}, b"")
    state = house.write("refused")
    with house.writer() as writer:
        writer.work()
        [row] = house.writes()
        assert row.status is LinkWriteStatus.DEAD
        assert row.attempts == 1
        assert "422" in row.last_answer
        [call] = house.place.rows(select(LinkCall.__table__))
        assert call.outcome is LinkOutcome.REFUSED
        assert call.detail == row.last_answer
        house.receiver.answer = lambda _request: (201, {}, b"")
        with house.lodge.stores.active.write() as connection:
            assert replay(connection, now=house.now, link_write_id=state.link_write_id) == 1
        writer.work()
    [row] = house.writes()
    assert row.status is LinkWriteStatus.WRITTEN
    assert row.last_answer == "201 Created"
    keys = [request.headers["idempotency-key"] for request in house.receiver.received]
    assert keys == ["refused", "refused"]
    with house.lodge.stores.active.write() as connection, pytest.raises(ConflictError):
        replay(connection, now=house.now, link_write_id=state.link_write_id)
    with house.lodge.stores.active.write() as connection, pytest.raises(NotFoundError):
        replay(connection, now=house.now, link_write_id=999)


def test_a_source_that_names_when_is_asked_then(house: WritingHouse) -> None:
    house.receiver.answer = lambda _request: (503, {"retry-after": "90"}, b"")
    house.write("wish")
    with house.writer() as writer:
        writer.work()
        [row] = house.writes()
        assert row.due_at == NINE + timedelta(seconds=90)
        house.receiver.answer = lambda _request: (200, {}, b"")
        writer.pass_time(89)
        assert len(house.receiver.received) == 1
        writer.pass_time(1)
    [row] = house.writes()
    assert row.status is LinkWriteStatus.WRITTEN


def test_a_write_is_told_to_whoever_asked_and_who_may_see_writes(house: WritingHouse) -> None:
    state = house.write("mine")
    key = state.link_write_id
    own = read_state(house.lodge, "order_note", key, reader=house.reader())
    assert own.status is LinkWriteStatus.WAITING
    here = {house.place.department_id: frozenset({Action.LINK_READ})}
    assert read_state(house.lodge, "order_note", key, reader=house.reader(8, rights=here))
    elsewhere = {99: frozenset({Action.LINK_READ, Action.LINK_WRITE})}
    for stranger in (house.reader(8), house.reader(8, rights=elsewhere)):
        with pytest.raises(NotFoundError):
            read_state(house.lodge, "order_note", key, reader=stranger)
    with pytest.raises(NotFoundError):
        read_state(house.lodge, "another", key, reader=house.reader())


def test_a_link_that_reads_takes_no_write(sqlite_house: WritingHouse) -> None:
    house = sqlite_house
    path = house.lodge.settings.home / "links" / "order_note.yaml"
    reading = path.read_text("utf-8").replace("writes: true", "writes: false")
    house.file("order_list.yaml", reading)
    with pytest.raises(RefusedError, match="only reads"):
        house.write("x", "order_list")
