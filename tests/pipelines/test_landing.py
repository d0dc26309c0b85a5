"""Landing: what is landed is what the store has, load after load, on both engines."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from fixtures.facts import Facts
from fixtures.landed import changed, differences, land, repaired
from lodge_platform.settings import Settings
from lodge_platform.stores import Stores
from lodge_platform.stores.reports import open_reports, open_reports_writer

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def facts(stores: Stores) -> Facts:
    made = Facts(stores)
    made.open_for_business(NINE)
    made.queue(1, "Refunds", threshold=600, at=NINE)
    for number in range(1, 6):
        made.arrive(number, queue_id=1, at=NINE + timedelta(minutes=number, microseconds=17))
    return made


def test_first_load_lands_every_row_and_later_ones_only_what_changed(
    settings: Settings, facts: Facts
) -> None:
    first = land(settings, now=NINE)
    assert all(store.is_full for store in first.stores)
    assert differences(settings) == {}

    facts.answer(3, at=NINE + timedelta(hours=1))
    facts.threshold(1, 300, at=NINE + timedelta(hours=1), version=2)
    second = land(settings, now=NINE)
    assert changed(second) == {"activities", "activity_events", "configuration_versions"}
    assert second.landed == 3
    assert differences(settings) == {}


def test_load_without_changes_leaves_no_snapshot_within_an_interval(
    settings: Settings, facts: Facts
) -> None:
    land(settings, now=NINE)
    before = _newest_snapshot(settings)
    assert not land(settings, now=NINE + timedelta(minutes=14)).is_committed
    assert _newest_snapshot(settings) == before
    assert land(settings, now=NINE + timedelta(minutes=15)).is_committed


def test_deleted_rows_are_taken_out_and_a_row_that_came_back_is_kept(
    settings: Settings, facts: Facts, stores: Stores
) -> None:
    land(settings)
    with stores.active.write() as connection:
        connection.execute(text("delete from activities where activity_id in (2, 3)"))
        connection.execute(
            text(
                "insert into activities (activity_id, case_id, department_id, customer_id, "
                "subject, media, mode, status, priority, created_at) values (3, 3, 1, 1, 'again', "
                "'email', 'inbound', 'new', 4, '2026-01-05 10:00:00')"
            )
        )
    report = land(settings)
    assert repaired(report) == set()
    assert differences(settings) == {}
    assert report.removed == 2


def test_column_that_the_copy_lacks_is_landed_with_all_its_rows(
    settings: Settings, facts: Facts
) -> None:
    land(settings)
    with closing(open_reports_writer(settings)) as connection:
        connection.execute("alter table lake.active.customers drop column name")
        connection.execute("drop table lake.active.offers")
    report = land(settings)
    assert {"customers", "offers"} <= changed(report)
    assert differences(settings) == {}


@pytest.mark.parametrize(
    "fault", ["set identity = 'another'", "set watermark = watermark + 1000000000"]
)
def test_another_or_a_restored_database_is_landed_anew(
    settings: Settings, facts: Facts, fault: str
) -> None:
    land(settings)
    with closing(open_reports_writer(settings)) as connection:
        connection.execute(f"update lake.landing_control.watermarks {fault}")
        connection.execute("delete from lake.active.customers")
    assert all(store.is_full for store in land(settings, is_verified=False).stores)
    assert differences(settings) == {}


def test_copy_that_lost_or_changed_rows_is_found_and_made_anew(
    settings: Settings, facts: Facts
) -> None:
    land(settings)
    with closing(open_reports_writer(settings)) as connection:
        connection.execute("delete from lake.active.activities where activity_id = 4")
        connection.execute("update lake.active.cases set change_no = 0 where case_id = 1")
    assert repaired(land(settings)) == {"activities", "cases"}
    assert differences(settings) == {}


def test_secret_columns_are_never_landed(settings: Settings, facts: Facts) -> None:
    land(settings)
    with closing(open_reports(settings)) as connection:
        columns = connection.execute("select distinct column_name from duckdb_columns()").fetchall()
    assert {"password_hash", "token_hash"}.isdisjoint(name for (name,) in columns)


def _newest_snapshot(settings: Settings) -> int:
    with closing(open_reports(settings)) as connection:
        row = connection.execute("select max(snapshot_id) from lake.snapshots()").fetchone()
    assert row
    return int(row[0])
