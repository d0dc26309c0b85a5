"""Figures, instants and names as readers see them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lodge_dashboards.freshness import freshness_at
from lodge_dashboards.tables import as_csv
from lodge_dashboards.words import (
    NOTHING,
    counted,
    duration,
    moment,
    number,
    percent,
    plain,
    verbatim,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, NOTHING),
        (0, "0 s"),
        (59.6, "1 min"),
        (412.5, "6 min 52 s"),
        (5400, "1 h 30 min"),
        (3600, "1 h"),
        (183_600, "2 d 3 h"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_nothing_is_not_zero() -> None:
    assert percent(None) == number(None) == NOTHING
    assert (percent(0.0), percent(1.0), percent(2 / 3)) == ("0.0 %", "100.0 %", "66.7 %")
    assert (counted(1, "answer", "answers"), counted(1234, "answer", "answers")) == (
        "1 answer",
        "1,234 answers",
    )


def test_an_instant_is_shown_in_the_readers_zone() -> None:
    assert moment(NOON, ZoneInfo("Asia/Kolkata")) == "5 Jan 2026 17:30"
    assert moment(NOON.replace(tzinfo=None), UTC_ZONE) == "5 Jan 2026 12:00"


def test_names_cannot_bring_links_or_pictures() -> None:
    assert plain("Ada *B* ![x](http://e.test)") == (r"Ada \*B\* \!\[x\]\(http\:\/\/e\.test\)")
    assert verbatim("a `b`\n# c") == "`a 'b' # c`"
    assert verbatim("") == NOTHING


@pytest.mark.parametrize(
    ("age", "state", "colour"),
    [
        (timedelta(minutes=60), "fresh", "green"),
        (timedelta(minutes=61), "stale", "orange"),
        (timedelta(hours=25), "old", "red"),
        (timedelta(minutes=-5), "fresh", "green"),
    ],
)
def test_freshness_has_three_states(age: timedelta, state: str, colour: str) -> None:
    found = freshness_at(NOON - age, NOON)
    assert (found.state, found.colour) == (state, colour)


def test_a_download_has_plain_figures_and_no_formulas() -> None:
    rows = [{"queue": "=cmd()", "start_at": NOON, "service_level": None}]
    assert as_csv(rows, ["queue", "start_at", "service_level"]).splitlines() == [
        "queue,start_at,service_level",
        "'=cmd(),2026-01-05 12:00:00,",
    ]
