"""No database takes longer for a link than the link's call may take."""

import logging
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from fixtures.waiting import soon
from links.silent_relay import silent_relay
from links.sql_sources import ENGINES, Shop, shop_on
from lodge_adapters.access.source import SlowSourceError
from lodge_platform.errors import TryAgainError


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on(request.param, request, tmp_path) as made:
        made.customers()
        yield made


def test_a_slow_statement_ends_in_time(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    endless = (
        "with recursive n (id) as (select 1 union all select id + 1 from n) "
        "select count(*) as id, 1 as name from n"
    )
    slow = {
        "postgresql": "select pg_sleep(60)::text as name, 1 as id",
        "mariadb": "select benchmark(100000000000, sha2('x', 512)) as id, 1 as name",
        "sqlite": endless,
    }[shop.engine]
    asked = shop.asked(slow)
    with pytest.raises(SlowSourceError, match="time"):
        asked.rows(seconds=0.5)
    # the connection, or a new one, is good for the next
    assert shop.asked("select id, name from customers where id = 1").rows() == [(1, "Ada")]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    if shop.engine == "postgresql":
        running = "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%'"
        assert soon(
            lambda: (
                shop.run(running + " and pid <> pg_backend_pid() and state = 'active'") == [(0,)]
            )
        )


def test_a_call_without_any_time_left_asks_nothing(shop: Shop) -> None:
    with pytest.raises(SlowSourceError):
        shop.asked("select id, name from customers").rows(seconds=-1)


def test_time_that_is_up_between_two_batches_is_noticed(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    endless = {
        "postgresql": "select id, 1 as name from generate_series(1, 1000000000) as n (id)",
        "mariadb": "select seq as id, 1 as name from seq_1_to_1000000000",
        "sqlite": "with recursive n (id) as (select 1 union all select id + 1 from n) "
        "select id, 1 as name from n",
    }[shop.engine]
    with pytest.raises(SlowSourceError):
        for _ in shop.asked(endless).batches(seconds=1.5):
            pass
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_server_that_falls_silent_holds_nobody_up(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture, engine: str
) -> None:
    """Its own limit of time is of no use then: the connection is ended when the time is up."""
    endless = {
        "postgresql": "select generate_series(1, 100000000) as id, 1 as name",
        "mariadb": "select seq as id, 1 as name from seq_1_to_100000000",
    }[engine]
    with shop_on(engine, request, tmp_path) as shop, silent_relay(shop.url) as (url, silence):
        shop.secrets["shop_url"] = url
        asked = shop.asked(endless)
        coming = asked.batches(seconds=2)
        next(coming)
        silence.set()
        with pytest.raises((SlowSourceError, TryAgainError)):
            list(coming)
        silence.clear()
        next(asked.batches())
        silence.set()
        with pytest.raises((SlowSourceError, TryAgainError)):  # a kept connection, or a new one
            asked.rows(seconds=0.5)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_calls_run_side_by_side(shop: Shop) -> None:
    asked = shop.asked("select id, name from customers order by id")
    found: list[Any] = []
    first = asked.batches()
    next(first)  # it holds its connection
    threads = [threading.Thread(target=lambda: found.append(asked.rows())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [len(rows) for rows in found] == [3, 3, 3]
    assert list(first) == []


def test_a_call_does_not_wait_longer_for_a_connection_than_it_may_take(shop: Shop) -> None:
    asked = shop.asked("select id, name from customers", more="limits: {at_once: 1, seconds: 0.3}")
    first = asked.batches()
    next(first)
    with pytest.raises(TryAgainError, match="every connection is in use"):
        asked.rows()
    first.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert len(asked.rows()) == 3
