"""The order of the feed under real concurrent transactions: nothing skipped, nothing reordered."""

import threading
from collections import defaultdict
from contextlib import suppress

import pytest
from sqlalchemy import select, update

from feed.happening import NOW, House, feed_of, happen, make_cases
from fixtures.waiting import soon
from lodge_platform.errors import TryAgainError
from lodge_platform.feed import number_all, number_events
from lodge_platform.schema.active import ActivityEvent, FeedMark
from lodge_platform.stores import Store, Stores

_EVENTS = ActivityEvent.__table__


def test_concurrent_transactions_are_numbered_without_gap_or_reordering(stores: Stores) -> None:
    active = stores.active
    house = House(active, make_cases(active, 6))
    read: list[tuple[int, int, int, int]] = []
    passes = 0
    most_passes, most_read, writers = (12, 120, 4) if active.is_sqlite else (40, 400, 8)

    def is_enough() -> bool:
        nonlocal passes
        with suppress(TryAgainError):
            passes += number_events(active, NOW, at_once=(3, 50, 1000)[passes % 3]) > 0
        # A follower goes on from its cursor; what comes before it later would be missed.
        read.extend(feed_of(active, after=read[-1][0] if read else 0))
        return passes >= most_passes and len(read) >= most_read

    with house.at_work(writers):
        assert soon(is_enough, 120), (passes, len(read))
    while number_events(active, NOW):
        pass
    read += feed_of(active, after=read[-1][0] if read else 0)
    assert read == feed_of(active), "a cursor was handed out and something came in before it"
    with active.read() as connection:
        happened = set(connection.execute(select(_EVENTS.c.event_id)).scalars())
    assert {event_id for _, event_id, _, _ in read} == happened
    assert len(read) == len(happened)
    times: dict[int, list[int]] = defaultdict(list)
    for _, _, case_id, which in read:
        times[case_id].append(which)
    for of_case in times.values():
        assert of_case == list(range(1, len(of_case) + 1))


def test_two_that_number_at_once_give_each_event_one_place(stores: Stores) -> None:
    active = stores.active
    house = House(active, make_cases(active, 4))
    numbered: list[int] = []
    errors: list[BaseException] = []

    def number() -> None:
        try:
            while not house.is_over.is_set():
                with suppress(TryAgainError):
                    numbered.append(number_events(active, NOW, at_once=7))
        except BaseException as error:
            errors.append(error)

    numberers = [threading.Thread(target=number) for _ in range(3)]
    with house.at_work(3):
        for thread in numberers:
            thread.start()
        assert soon(lambda: sum(numbered) >= 100 or bool(errors), 120), numbered
    for thread in numberers:
        thread.join()
    assert not errors
    number_all(active, NOW)
    events = [event_id for _, event_id, _, _ in feed_of(active)]
    assert len(events) == len(set(events))
    with active.read() as connection:
        assert set(events) == set(connection.execute(select(_EVENTS.c.event_id)).scalars())


def test_a_store_that_came_from_another_server_is_numbered_on(stores: Stores) -> None:
    active = stores.active
    make_cases(active, 1)
    with active.write() as connection:
        happen(connection, 1)
    number_all(active, NOW)
    with active.write() as connection:
        connection.execute(update(FeedMark).values(position=2**60))
        happen(connection, 1)
    assert number_all(active, NOW) == 1
    assert [which for _, _, _, which in feed_of(active)] == [1, 2]


def test_nothing_new_writes_nothing(stores: Stores) -> None:
    active = stores.active
    make_cases(active, 1)
    with active.write() as connection:
        happen(connection, 1)
    assert number_all(active, NOW) == 1
    before = _mark(active)
    assert number_all(active, NOW) == 0
    assert _mark(active) == before


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_a_long_past_is_numbered_in_bounded_passes(stores: Stores, at_once: int) -> None:
    active = stores.active
    make_cases(active, 2)
    for _ in range(5):
        with active.write() as connection:
            happen(connection, 1)
            happen(connection, 2)
    counts: list[int] = []
    while counted := number_events(active, NOW, at_once=at_once):
        counts.append(counted)
    assert sum(counts) == 10
    assert max(counts) <= at_once
    assert [event_id for _, event_id, _, _ in feed_of(active)] == sorted(
        event_id for _, event_id, _, _ in feed_of(active)
    )


def _mark(active: Store) -> object:
    with active.read() as connection:
        return tuple(connection.execute(select(FeedMark.__table__)).one())
