"""Loads while others write: every load is one whole state of the store, the last one all of it."""

import random
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, text

from fixtures.facts import Facts
from fixtures.landed import differences, land, repaired
from lodge_platform.clock import utc_now
from lodge_platform.settings import Settings
from lodge_platform.stores import Stores
from lodge_platform.stores.reports import open_reports

_PAIR = (
    "insert into customers (kind, name, created_at) "
    "values ('individual', 'Ada', '2026-01-05 09:00:00') returning customer_id"
)
_POINT = (
    "insert into contact_points (customer_id, kind, address, address_key, created_at) "
    "values (:key, 'email', :address, :address, '2026-01-05 09:00:00')"
)


@pytest.mark.slow
def test_loads_amid_long_and_short_transactions_land_everything_exactly(
    settings: Settings, stores: Stores
) -> None:
    Facts(stores).open_for_business(utc_now())
    land(settings)
    stop, faults = Event(), list[str]()
    works = [partial(_write, stores, stop, seed) for seed in range(3)]
    if not stores.active.is_sqlite:  # there, a long writer keeps all others out
        works.append(partial(_write_long, stores, stop))
    writers = [Thread(target=_noting, args=(work, faults)) for work in works]
    for writer in writers:
        writer.start()
    wrong: set[str] = set()
    halves: list[tuple[int, int]] = []
    give_up_at = time.monotonic() + 6
    while time.monotonic() < give_up_at:
        wrong |= repaired(land(settings))
        halves += _halves(settings)
    stop.set()
    for writer in writers:
        writer.join()
    wrong |= repaired(land(settings))
    assert faults == []
    assert wrong == set()
    assert halves == []
    assert differences(settings) == {}


def _halves(settings: Settings) -> list[tuple[int, int]]:
    """Landed states in which one transaction's two rows are not both there."""
    with closing(open_reports(settings)) as connection:
        row = connection.execute(
            "select (select count(*) from active.customers where customer_id > 1), "
            "(select count(*) from active.contact_points)"
        ).fetchone()
    assert row
    return [] if row[0] == row[1] else [(row[0], row[1])]


def _noting(work: Callable[[], None], faults: list[str]) -> None:
    try:
        work()
    except Exception as error:
        faults.append(repr(error))


def _write(stores: Stores, stop: Event, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    keys: list[int] = []
    number = 0
    while not stop.is_set():
        with stores.active.write() as connection:
            number += 1
            keys.append(_add_pair(connection, f"{seed}-{number}@example.org"))
            if chance.random() < 0.5:
                change = "update customers set name = :name where customer_id = :key"
                values = {"name": f"Ada {number}", "key": chance.choice(keys)}
                connection.execute(text(change), values)
            if chance.random() < 0.2 and len(keys) > 5:
                gone = {"key": keys.pop(chance.randrange(len(keys)))}
                connection.execute(
                    text("delete from contact_points where customer_id = :key"), gone
                )
                connection.execute(text("delete from customers where customer_id = :key"), gone)
            time.sleep(chance.choice((0, 0, 0.001, 0.05)))
        time.sleep(0.002)


def _write_long(stores: Stores, stop: Event) -> None:
    number = 0
    while not stop.is_set():
        with stores.active.write() as connection:
            for _ in range(10):
                number += 1
                _add_pair(connection, f"long-{number}@example.org")
                stop.wait(0.2)


def _add_pair(connection: Connection, address: str) -> int:
    key = int(connection.execute(text(_PAIR)).scalar_one())
    connection.execute(text(_POINT), {"key": key, "address": address})
    return key
