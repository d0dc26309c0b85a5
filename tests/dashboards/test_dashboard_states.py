"""What a page says when there is nothing to show, nobody to show it to, or something is wrong."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from dashboards.looking import figures, look, said
from dashboards.small_day import NOON, Day, at
from lodge_dashboards.words import NOTHING
from lodge_platform.identity import end_session
from lodge_platform.stores.reports import open_reports_writer

# one worker for all: publishing the day takes longest
pytestmark = pytest.mark.xdist_group("dashboards")


def test_nobody_sees_figures_without_signing_in(day: Day) -> None:
    for token in (None, "", "made up"):
        drawn = look(day.lodge, token=token, now=NOON)
        assert drawn.title[0].value == "Sign in to see the dashboards"
        assert drawn.link_button[0].url == "http://127.0.0.1:8080/console/sign-in"
        assert not drawn.metric
        assert not drawn.sidebar.selectbox


def test_signing_out_of_the_console_closes_the_open_page(day: Day) -> None:
    token = day.token()
    drawn = look(day.lodge, token=token, now=NOON)
    assert drawn.metric
    end_session(day.lodge, token, NOON)
    drawn.run()
    assert drawn.title[0].value == "Sign in to see the dashboards"
    assert not drawn.metric


def test_an_agent_without_the_right_is_told_which_one(day: Day) -> None:
    drawn = look(day.lodge, token=day.token("otto"), now=NOON)
    assert drawn.title[0].value == "You may not see the dashboards"
    assert "`dashboards.read`" in said(drawn)
    assert not drawn.metric


def test_rows_are_a_file_for_who_may_export_and_the_others_are_told_why_not(day: Day) -> None:
    ada, anna = (look(day.lodge, token=day.token(name), now=NOON) for name in ("ada", "anna"))
    assert len(ada.get("download_button")) == 2
    assert "`export`" not in said(ada)
    assert not anna.get("download_button")
    assert "needs the right `export` in each department" in said(anna)
    assert figures(anna) == figures(ada)


def test_before_the_first_run_the_page_says_what_to_do(unpublished: Day) -> None:
    drawn = look(unpublished.lodge, token=unpublished.token(), now=NOON)
    assert "Nothing has been published yet" in said(drawn)
    assert "`lodge pipelines run`" in said(drawn)
    assert not drawn.error
    assert not drawn.exception


def test_filters_that_leave_nothing_say_so_and_show_no_zero(day: Day) -> None:
    drawn = look(day.lodge, token=day.token(), now=NOON, from_="2025-12-01", to="2025-12-02")
    assert "There is nothing for these filters" in said(drawn)
    assert not drawn.metric


def test_days_the_wrong_way_round_are_named(day: Day) -> None:
    drawn = look(day.lodge, token=day.token(), now=NOON, from_="2026-01-06", to="2026-01-05")
    assert "The last day is before the first" in said(drawn)


def test_a_queue_without_any_work_says_so(day: Day) -> None:
    exceptions = str(day.queues["Exceptions"])
    drawn = look(day.lodge, token=day.token(), now=NOON, queue=exceptions)
    assert "There is nothing for these filters" in said(drawn)


def test_without_an_answer_there_is_no_service_level_and_the_page_says_why(day: Day) -> None:
    drawn = look(day.lodge, token=day.token("sal"), now=NOON)
    assert figures(drawn) == {
        "Service level": NOTHING,
        "Queued": "1",
        "Answered": "0",
        "Within threshold": "0",
        "Average wait": NOTHING,
        "Handle time": NOTHING,
        "Backlog at end": "1",
    }
    assert "there is no service level and no average wait" in said(drawn)


def test_fresh_figures_have_a_green_badge(day: Day) -> None:
    drawn = look(day.lodge, token=day.token(), now=NOON)
    assert "Fresh: as of 5 Jan 2026 12:05" in said(drawn)
    assert not drawn.warning


def test_stale_figures_say_since_when_and_what_to_do(day: Day) -> None:
    later = NOON + timedelta(hours=3)
    drawn = look(day.lodge, token=day.token(now=later), now=later)
    assert "Stale: as of 5 Jan 2026 12:05, 3 h 1 min ago" in said(drawn)
    assert "Nothing that happened after 5 Jan 2026 12:05 is counted" in said(drawn)
    assert figures(drawn)["Queued"] == "5"


def test_a_broken_reports_store_is_said_in_words_without_a_trace(unpublished: Day) -> None:
    publish_what_is_not_there(unpublished)
    drawn = look(unpublished.lodge, token=unpublished.token(), now=NOON)
    assert "run `lodge pipelines run`" in said(drawn).replace("'", "`")
    assert not drawn.exception
    assert "Traceback" not in str(drawn.main)


def test_what_nobody_foresaw_is_said_in_words_and_logged_whole(
    unpublished: Day, caplog: pytest.LogCaptureFixture
) -> None:
    open_reports_writer(unpublished.settings).close()
    publish_what_is_not_there(unpublished)
    drawn = look(unpublished.lodge, token=unpublished.token(), now=NOON)
    assert "could not be drawn, and that is our mistake" in said(drawn)
    assert "snapshot" not in said(drawn)
    assert "Traceback" in caplog.text
    assert not drawn.exception


def test_data_health_shows_balance_and_quarantine_counted_by_hand(day: Day) -> None:
    drawn = look(day.lodge, token=day.token(), now=NOON, page="data-health")
    assert not drawn.exception
    assert figures(drawn)["Mail without an end"] == "1"
    assert figures(drawn)["In quarantine"] == "1"
    assert figures(drawn)["Age of the figures"] == "1 min"
    balance, quarantine, runs = (frame.value for frame in drawn.dataframe)
    assert balance.to_dict("records") == [
        {
            "alias": "support@lodge.test",
            "seen": 5,
            "stored": 3,
            "quarantined": 1,
            "ignored": 0,
            "difference": 1,
        }
    ]
    assert quarantine["waiting"].tolist() == [1]
    assert runs["run_name"].tolist() == ["lodge pipelines run"]


def publish_what_is_not_there(day: Day) -> None:
    with day.lodge.stores.master.write() as master:
        master.execute(
            text(
                "insert into published_snapshots "
                "(snapshot_no, published_at, landed_at, run_name, row_counts) "
                "values (7, :at, :at, 'test', '{}')"
            ),
            {"at": at("12:05:00").strftime("%Y-%m-%d %H:%M:%S.%f")},
        )
