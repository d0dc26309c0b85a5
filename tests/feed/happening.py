"""Cases to which things happen, one after another, under real concurrent transactions."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, text

from lodge_platform.errors import TryAgainError
from lodge_platform.events import Recorder
from lodge_platform.events.catalogue import CaseReopened
from lodge_platform.schema.active import ActivityEvent, Case, Customer, FeedLine
from lodge_platform.stores import Store

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

    def __init__(self, active: Store, cases: list[int]) -> None:
        self.active = active
        self.cases = cases
        self.is_over = threading.Event()
        self.errors: list[BaseException] = []

    @contextmanager
    def at_work(self, writers: int) -> Iterator[None]:
        """As many writers as said, at work within the block."""
        threads = [
            threading.Thread(target=self._write, args=(random.Random(seed),))  # noqa: S311 - no secret
            for seed in range(writers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()
        assert not self.errors

    def _write(self, chance: random.Random) -> None:
        try:
            while not self.is_over.is_set():
                with suppress(TryAgainError):  # the store was busy for long
                    self._one(chance)
                if self.active.is_sqlite:  # its lock goes to whoever asks at the right moment
                    time.sleep(chance.uniform(0.1, 0.5))
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
