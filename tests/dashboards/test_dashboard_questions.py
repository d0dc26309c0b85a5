"""The SQL of the pages over a mart of a few rows: hours and days by the clock of a zone."""

from collections.abc import Generator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest

from lodge_dashboards.filters import (
    Filters,
    Interval,
    coarse_enough,
    default_days,
    default_interval,
)
from lodge_dashboards.questions import question
from lodge_dashboards.words import start_label
from lodge_platform.errors import MistakeError

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.fixture
def mart() -> Generator[duckdb.DuckDBPyConnection]:
    """`queue_intervals` of queue 1, a quarter of an hour after another around the end of summer
    time in Vienna, each with one entry and as many waiting as its number."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("""
        create table queue_intervals as
        select
            1::bigint as queue_id, 1::bigint as department_id, 1::bigint as queued,
            1::bigint as answered, (row_number % 2)::bigint as answered_within_threshold,
            0::bigint as abandoned, 0::bigint as moved, 1::bigint as handled,
            row_number as closing, 60.0 as average_wait_seconds,
            row_number::double as average_handle_seconds, interval_start_at
        from (
            select unnest(generate_series(
                timestamp '2026-10-24 22:00:00', timestamp '2026-10-25 22:45:00',
                interval 15 minutes
            )) as interval_start_at
        ) as starts, lateral (
            select epoch(interval_start_at - timestamp '2026-10-24 22:00:00')::bigint / 900 + 1
                as row_number
        ) as numbers
    """)
    yield connection
    connection.close()


def utc(*parts: int) -> datetime:
    """An instant as the reports store has it: UTC, without a zone."""
    year, month, day, *clock = parts
    return datetime(year, month, day, *clock, tzinfo=UTC).replace(tzinfo=None)


def filters(interval: Interval = "hour", day: date = date(2026, 10, 25)) -> Filters:
    return Filters((1,), (1,), day, day, interval, VIENNA)


def test_the_day_on_which_summer_time_ends_has_25_hours(mart: duckdb.DuckDBPyConnection) -> None:
    asked = filters().by_interval()
    rows = mart.execute(asked.sql, asked.bound()).fetchall()
    labels = [start_label(row[0], VIENNA, is_day=False) for row in rows]
    assert len(rows) == 25
    assert len(set(labels)) == 25
    assert labels[2:4] == ["2026-10-25 02:00", "2026-10-25 02:00 (second)"]
    assert {row[2] for row in rows} == {4}


def test_a_day_is_a_day_of_the_zone_however_long(mart: duckdb.DuckDBPyConnection) -> None:
    asked = filters("day").by_interval()
    [row] = mart.execute(asked.sql, asked.bound()).fetchall()
    assert row[0] == utc(2026, 10, 24, 22)
    assert row[2] == 100


def test_what_was_typed_is_what_was_bound(mart: duckdb.DuckDBPyConnection) -> None:
    for asked in (filters().in_total(), filters("15 minutes").by_interval()):
        bound = mart.execute(asked.sql, asked.bound()).fetchall()
        assert mart.execute(asked.as_typed()).fetchall() == bound
        assert "$" not in asked.as_typed()


def test_averages_are_weighted_and_the_backlog_is_the_last(mart: duckdb.DuckDBPyConnection) -> None:
    mart.execute("update queue_intervals set handled = 0, average_handle_seconds = null")
    mart.execute(
        "update queue_intervals set handled = 3, average_handle_seconds = 10 where closing = 1"
    )
    mart.execute(
        "update queue_intervals set handled = 1, average_handle_seconds = 50 where closing = 2"
    )
    asked = filters().in_total()
    found = mart.execute(asked.sql, asked.bound())
    names = [column[0] for column in found.description or ()]
    [row] = found.fetchall()
    total = dict(zip(names, row, strict=True))
    assert total["average_handle_seconds"] == 20
    assert total["service_level"] == 0.5
    assert total["closing"] == 100


def test_text_is_typed_so_that_it_stays_text() -> None:
    asked = question(
        "service_level_by_interval",
        department_ids=(1, 2),
        queue_ids=(),
        from_at=utc(2026, 1, 5),
        to_at=utc(2026, 1, 6),
        interval="hour'; drop table queue_intervals; --",
        zone="UTC",
    )
    assert "case 'hour''; drop table queue_intervals; --'" in asked.as_typed()
    assert "list_contains([1, 2], department_id)" in asked.as_typed()
    assert ">= timestamp '2026-01-05 00:00:00'" in asked.as_typed()


def test_a_question_takes_exactly_its_values() -> None:
    with pytest.raises(MistakeError, match="department_ids"):
        question("days")


def test_the_default_is_the_last_seven_days_there_are() -> None:
    last = utc(2026, 1, 31, 23, 30)
    days = default_days(utc(2025, 12, 1), last, VIENNA)
    assert days == (date(2026, 1, 26), date(2026, 2, 1))
    assert default_days(last, last, ZoneInfo("UTC")) == (date(2026, 1, 31), date(2026, 1, 31))


@pytest.mark.parametrize(
    ("days", "interval"), [(1, "15 minutes"), (2, "hour"), (7, "hour"), (8, "day")]
)
def test_the_default_interval_suits_the_days(days: int, interval: Interval) -> None:
    assert default_interval(days) == interval


def test_an_interval_too_fine_for_the_days_becomes_coarser() -> None:
    assert coarse_enough("15 minutes", 31) == "15 minutes"
    assert coarse_enough("15 minutes", 32) == "hour"
    assert coarse_enough("hour", 367) == "day"
    assert coarse_enough("day", 30_000) == "day"


def test_bounds_are_the_zones_midnights() -> None:
    values = dict(filters().in_total().values)
    assert values["from_at"] == utc(2026, 10, 24, 22)
    assert values["to_at"] == utc(2026, 10, 25, 23)
