"""The order of the feed under real concurrent transactions: nothing skipped, nothing reordered."""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert, select, text, update

from lodge_platform.events import Recorder
from lodge_platform.events.catalogue import CaseReopened
from lodge_platform.feed import number_all, number_events
from lodge_platform.schema.active import ActivityEvent, Case, Customer, FeedLine, FeedMark
from lodge_platform.settings import Settings
from lodge_platform.stores import Store, Stores, open_stores

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
_CASES = Case.__table__
_EVENTS = ActivityEvent.__table__
_FEED = FeedLine.__table__


def make_cases(active: Store, count: int) -> list[int]:
    """Cases whose `reopened_count` says how many events each has had."""
    with active.write() as connection:
        connection.execute(
            insert(Customer.__table__).values(
                customer_id=1, kind="individual", name="Ada", created_at=NOW
            )
        )
        for case_id in range(1, count + 1):
            connection.execute(
                insert(_CASES).values(
                    case_id=case_id,
                    department_id=1,
                    customer_id=1,
                    subject="Refund",
                    status="open",
                    opened_at=NOW,
                    reopened_count=0,
                )
            )
    return list(range(1, count + 1))


def happen(connection: Connection, case_id: int) -> None:
    """The next thing happens to a case: under its row's lock, as everywhere."""
    row = connection.execute(
        select(_CASES).where(_CASES.c.case_id == case_id).with_for_update()
    ).one()
    recorder = Recorder(connection, now=NOW, configuration_version_id=0)
    recorder.record(CaseReopened(times=row.reopened_count + 1), case_id, department_id=1)
    recorder.flush()


def feed_of(active: Store, after: int = 0) -> list[tuple[int, int, int, int]]:
    """Place, event, case, and which event of that case it is."""
    statement = (
        select(_FEED.c.feed_no, _EVENTS.c.event_id, _EVENTS.c.object_id, _EVENTS.c.payload)
        .join(_EVENTS, _EVENTS.c.event_id == _FEED.c.event_id)
        .where(_FEED.c.feed_no > after)
        .order_by(_FEED.c.feed_no)
    )
    with active.read() as connection:
        return [(r[0], r[1], r[2], r[3]["times"]) for r in connection.execute(statement)]


class House:
    """Writers at work on a few cases, with transactions short and long, some of which fail."""

    def __init__(self, active: Store, cases: list[int], *, seconds: float) -> None:
        self.active = active
        self.cases = cases
        self.until = time.monotonic() + seconds
        self.errors: list[BaseException] = []

    @contextmanager
    def at_work(self, writers: int) -> Iterator[None]:
        """As many writers as said, until their time is over."""
        threads = [
            threading.Thread(target=self._write, args=(random.Random(seed),))  # noqa: S311 - no secret
            for seed in range(writers)
        ]
        for thread in threads:
            thread.start()
        yield
        for thread in threads:
            thread.join()
        assert not self.errors

    def _write(self, chance: random.Random) -> None:
        try:
            while time.monotonic() < self.until:
                self._one(chance)
        except BaseException as error:
            self.errors.append(error)

    def _one(self, chance: random.Random) -> None:
        pause = chance.choice([0, 0, 0, 0.002, 0.01, 0.05, 0.2])
        try:
            with self.active.write() as connection:
                if chance.random() < 0.3:  # its change number is low, its keys will be high
                    connection.execute(
                        text(
                            "insert into tombstones (table_name, row_key, "
                            "deleted_at, change_no) values ('x', '{}', '2026-01-01 00:00:00', 0)"
                        )
                    )
                    time.sleep(pause)
                for case_id in sorted(chance.sample(self.cases, chance.randint(1, 3))):
                    happen(connection, case_id)
                    if chance.random() < 0.3:
                        happen(connection, case_id)
                    time.sleep(chance.choice([0, 0.001]))
                time.sleep(pause)
                if chance.random() < 0.1:
                    raise _ChangedItsMindError
        except _ChangedItsMindError:
            pass


class _ChangedItsMindError(Exception):
    pass


def test_concurrent_transactions_are_numbered_without_gap_or_reordering(stores: Stores) -> None:
    active = stores.active
    house = House(active, make_cases(active, 6), seconds=6)
    read: list[tuple[int, int, int, int]] = []
    passes = 0
    with house.at_work(4 if active.is_sqlite else 8):
        while time.monotonic() < house.until:
            number_events(active, NOW, at_once=(3, 50, 1000)[passes % 3])
            passes += 1
            # A follower goes on from its cursor; what comes before it later would be missed.
            read += feed_of(active, after=read[-1][0] if read else 0)
    while number_events(active, NOW):
        pass
    read += feed_of(active, after=read[-1][0] if read else 0)
    assert passes > 10
    assert read == feed_of(active), "a cursor was handed out and something came in before it"
    with active.read() as connection:
        happened = set(connection.execute(select(_EVENTS.c.event_id)).scalars())
    assert len(happened) > 100
    assert {event_id for _, event_id, _, _ in read} == happened
    assert len(read) == len(happened)
    times: dict[int, list[int]] = defaultdict(list)
    for _, _, case_id, which in read:
        times[case_id].append(which)
    for of_case in times.values():
        assert of_case == list(range(1, len(of_case) + 1))


def test_two_that_number_at_once_give_each_event_one_place(stores: Stores) -> None:
    active = stores.active
    house = House(active, make_cases(active, 4), seconds=3)
    errors: list[BaseException] = []

    def number() -> None:
        try:
            while time.monotonic() < house.until:
                number_events(active, NOW, at_once=7)
        except BaseException as error:
            errors.append(error)

    with house.at_work(3):
        numberers = [threading.Thread(target=number) for _ in range(3)]
        for thread in numberers:
            thread.start()
        for thread in numberers:
            thread.join()
    assert not errors
    number_all(active, NOW)
    events = [event_id for _, event_id, _, _ in feed_of(active)]
    assert len(events) == len(set(events))
    with active.read() as connection:
        assert set(events) == set(connection.execute(select(_EVENTS.c.event_id)).scalars())


def test_a_transaction_that_commits_late_is_waited_for(
    postgresql_settings: Settings,
) -> None:
    stores = open_stores(postgresql_settings)
    active = stores.active
    make_cases(active, 2)
    with active.write() as late:
        happen(late, 1)
        with active.write() as early:
            happen(early, 2)
        assert number_all(active, NOW) == 0
        assert feed_of(active) == []
    assert number_all(active, NOW) == 2
    assert [case_id for _, _, case_id, _ in feed_of(active)] == [1, 2]
    stores.close()


def test_what_came_before_on_an_object_is_not_overtaken_by_an_older_transaction(
    postgresql_settings: Settings,
) -> None:
    """The transaction with the lower change number does the later thing, with the higher key."""
    stores = open_stores(postgresql_settings)
    active = stores.active
    make_cases(active, 3)
    slow = active.write()
    later = slow.__enter__()
    later.execute(text("select pg_current_xact_id()"))
    with active.write() as blocker:
        happen(blocker, 3)
        with active.write() as quick:
            happen(quick, 1)
        happen(later, 1)
        slow.__exit__(None, None, None)
        # What came second is below the horizon now, what came first is not.
        assert number_all(active, NOW) == 0
    assert number_all(active, NOW) == 3
    assert [which for _, _, case_id, which in feed_of(active) if case_id == 1] == [1, 2]
    stores.close()


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
