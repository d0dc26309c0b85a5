"""The service level page shows figures counted by hand, and the same as its SQL."""

from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.looking import figures, look, said
from dashboards.small_day import NOON, Day
from lodge_platform.stores.published import last_published
from lodge_platform.stores.reports import open_reports

# one worker for all: publishing the day takes longest
pytestmark = pytest.mark.xdist_group("dashboards")
BY_HAND = {
    "Service level": "66.7 %",  # 2 of 3; the mean of the queues' own would be 75 %
    "Queued": "5",
    "Answered": "3",
    "Within threshold": "2",
    "Average wait": "48 min 20 s",  # (600 + 4500 + 3600) / 3
    "Handle time": "11 min 40 s",  # (300 + 600 + 1200) / 3
    "Backlog at end": "2",
}


def page(day: Day, **address: Any) -> AppTest:
    drawn = look(day.lodge, token=day.token(), now=NOON, **address)
    assert not drawn.exception
    return drawn


def test_the_figures_at_the_top_are_those_counted_by_hand(day: Day) -> None:
    drawn = page(day)
    assert drawn.title[0].value == "Service level"
    assert figures(drawn) == BY_HAND
    assert [metric.delta for metric in drawn.metric] == [
        "n = 3 answers",
        "in 3 queues",
        "in 3 queues",
        "of 3 answers",
        "n = 3 answers",
        "n = 3 handlings",
        "at 5 Jan 12:05",
    ]


def test_every_figure_says_on_hover_what_it_means(day: Day) -> None:
    terms = {metric.label: metric.help or "" for metric in page(day).metric}
    assert "never average the shares" in terms["Service level"]
    assert [label for label, term in terms.items() if not term] == []


def test_one_queue_has_its_own_figures(day: Day) -> None:
    drawn = page(day, queue=str(day.queues["General"]))
    assert figures(drawn) == BY_HAND | {
        "Service level": "50.0 %",
        "Queued": "3",
        "Answered": "2",
        "Within threshold": "1",
        "Average wait": "42 min 30 s",
        "Handle time": "7 min 30 s",
        "Backlog at end": "1",
    }


def test_each_queue_has_a_row_also_one_without_work(day: Day) -> None:
    table = table_with(page(day), "queue").set_index("queue")
    assert list(table.index) == ["Exceptions", "General", "Refunds"]
    assert table.loc["Exceptions", "queued"] == 0
    assert table["service_level"].isna().to_dict() == {
        "Exceptions": True,
        "General": False,
        "Refunds": False,
    }
    assert table.loc["Refunds", "service_level"] == 1
    assert table.loc["Refunds", "average_wait_seconds"] == timedelta(seconds=3600)


def test_each_hour_has_a_row_and_the_backlog_is_that_at_its_end(day: Day) -> None:
    table = table_with(page(day, interval="hour"), "start").set_index("start")
    assert table["queued"].to_dict() == {
        "2026-01-05 09:00": 3,
        "2026-01-05 10:00": 1,
        "2026-01-05 11:00": 1,
        "2026-01-05 12:00": 0,
    }
    assert table["closing"].tolist() == [2, 1, 2, 2]
    assert table["answered_within_threshold"].tolist() == [1, 1, 0, 0]
    assert table["service_level"].tolist()[:2] == [1, 0.5]
    assert table["service_level"].isna().tolist()[2:] == [True, True]


def test_hours_are_named_by_the_clock_of_the_chosen_zone(day: Day) -> None:
    drawn = page(day, zone="Asia/Kolkata", interval="hour")
    starts = table_with(drawn, "start")["start"].tolist()
    assert starts[:2] == ["2026-01-05 14:00", "2026-01-05 15:00"]
    assert "Times in Asia/Kolkata" in said(drawn)
    assert figures(drawn) == BY_HAND


@pytest.mark.parametrize("number", range(3))
def test_the_sql_shown_gives_the_figures_shown(day: Day, number: int) -> None:
    drawn = page(day, interval="hour")
    with day.lodge.stores.master.read() as master:
        snapshot_no = last_published(master).snapshot_no
    with closing(open_reports(day.settings, snapshot=snapshot_no)) as reports:
        found = reports.execute(drawn.code[number].value)
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if number == 0:
        assert rows[0]["service_level"] == pytest.approx(2 / 3)
        assert (rows[0]["queued"], rows[0]["closing"]) == (5, 2)
    else:
        table = table_with(drawn, "queue" if number == 1 else "start")
        assert [row["queued"] for row in rows] == table["queued"].tolist()
        assert [row["answered"] for row in rows] == table["answered"].tolist()


def test_the_figures_are_those_of_the_active_store(day: Day) -> None:
    by_hand = """
        select count(*) from activity_events
        where type_code = 'activity_queued' and queue_id in (:general, :refunds)
    """
    from sqlalchemy import text

    keys = {"general": day.queues["General"], "refunds": day.queues["Refunds"]}
    with day.lodge.stores.active.read() as active:
        queued = active.execute(text(by_hand), keys).scalar_one()
    assert figures(page(day))["Queued"] == str(queued)


def test_filters_are_kept_in_the_address_and_taken_from_it(day: Day) -> None:
    refunds = day.queues["Refunds"]
    drawn = page(day)
    drawn.multiselect(key="queue").set_value([refunds])
    drawn.segmented_control(key="interval").set_value("hour").run()
    address = dict(drawn.query_params.items())
    assert address == {
        "queue": str(refunds),
        "from": "2026-01-05",
        "to": "2026-01-05",
        "interval": "hour",
    }
    sent = page(day, queue=str(refunds), from_="2026-01-05", to="2026-01-05", interval="hour")
    assert figures(sent) == figures(drawn)
    assert sent.segmented_control(key="interval").value == "hour"


def test_another_departments_queue_is_neither_shown_nor_to_be_had_by_its_key(day: Day) -> None:
    offers, sales = str(day.queues["Offers"]), str(day.departments["Sales"])
    drawn = page(day, queue=offers, department=sales)
    assert "not there or not yours" in said(drawn)
    assert figures(drawn) == BY_HAND
    assert "Offers" not in drawn.multiselect(key="queue").options
    assert "Offers" not in str(table_with(drawn, "queue"))


def test_words_of_the_address_that_mean_nothing_are_named_and_do_nothing(day: Day) -> None:
    drawn = page(day, from_="yesterday", interval="week", zone="Mars/Phobos", queue="1 or 1=1")
    for word in ("`yesterday`", "`week`", "`Mars/Phobos`", "a queue that is not there"):
        assert word in said(drawn)
    assert figures(drawn) == BY_HAND


def test_a_range_too_long_for_its_interval_is_shown_coarser_and_says_so(day: Day) -> None:
    drawn = page(day, from_="2025-01-01", to="2026-01-05", interval="15 minutes")
    assert "370 days are too many for 15 minutes; shown by day" in said(drawn)
    assert figures(drawn) == BY_HAND


def table_with(drawn: AppTest, column: str) -> Any:
    return next(frame.value for frame in drawn.dataframe if column in frame.value)
