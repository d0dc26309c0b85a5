"""A home whose lake was made by the version before: new columns and tables come, nothing goes."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from fixtures.facts import Facts
from fixtures.landed import changed, differences, land, repaired
from fixtures.published import NOW, publish
from fixtures.two_departments import CARE, let_in
from lodge_dictionary.door import open_door
from lodge_platform.errors import RefusedError
from lodge_platform.identity import Action
from lodge_platform.schema.landed import landed_tables
from lodge_platform.settings import Settings
from lodge_platform.stores import Stores, open_stores
from lodge_platform.stores.reports import open_reports_writer

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NEW_TABLES = {
    "active": "case_relations article_folders articles article_versions access_records "
    "contact_persons webhook_deliveries webhook_attempts notes data_links link_calls link_writes",
    "master": "user_role_queues api_keys identity_providers user_identities calendars policies "
    "entry_points categories resolution_codes custom_attributes webhooks",
}
NEW_COLUMNS = {
    "active.activities": "subtype description language is_pinned due_at category_ids "
    "resolution_code_ids attributes deleted_at",
    "active.cases": "owner_id severity description solution due_at attributes deleted_at",
    "active.customers": "department_id parent_customer_id merged_into_customer_id attributes "
    "deleted_at",
    "active.contact_points": "contact_person_id deleted_at",
    "active.attachments": "article_id added_by_user_id added_at deleted_at",
    "master.users": "email_address",
    "master.user_sessions": "method",
}
NEW_MARTS = "cases customers articles activity_categories custom_attribute_values link_calls"
NEW_IN_MARTS = "subtype language is_pinned is_deleted due_at"


def make_older(settings: Settings) -> None:
    """Give the lake the shape that the version before left: fewer tables, fewer columns."""
    with closing(open_reports_writer(settings)) as lake:
        lake.execute("begin")
        for store, names in NEW_TABLES.items():
            for name in names.split():
                lake.execute(f"drop table lake.{store}.{name}")
        for table, names in NEW_COLUMNS.items():
            for name in names.split():
                lake.execute(f"alter table lake.{table} drop column {name}")
        lake.execute("commit")


def make_older_marts(settings: Settings) -> None:
    """The same for what was built; the project's files were others then."""
    with closing(open_reports_writer(settings)) as lake:
        for name in NEW_MARTS.split():
            lake.execute(f"drop table lake.marts.{name}")
        for name in NEW_IN_MARTS.split():
            lake.execute(f"alter table lake.marts.activities drop column {name}")
        lake.execute("update lake.landing_control.builds set fingerprint = 'another'")


@pytest.fixture
def facts(stores: Stores) -> Facts:
    made = Facts(stores)
    made.open_for_business(NINE)
    made.queue(1, "Refunds", threshold=600, at=NINE)
    for number in range(1, 6):
        made.arrive(number, queue_id=1, at=NINE + timedelta(minutes=number))
    return made


def test_new_columns_and_tables_land_in_a_lake_of_the_version_before(
    settings: Settings, facts: Facts, stores: Stores
) -> None:
    land(settings, now=NINE)
    before = newest_snapshot(settings)
    make_older(settings)
    with stores.active.write() as connection:
        connection.execute(text("update activities set language = 'de' where activity_id = 2"))
    report = land(settings, now=NINE)
    assert {"activities", "cases", "customers", "notes", "articles"} <= changed(report)
    assert repaired(report) == set()
    assert not any(store.is_full for store in report.stores)
    assert differences(settings) == {}
    with closing(open_reports_writer(settings)) as lake:
        then = f"select count(*) from lake.active.activities at (version => {before})"  # noqa: S608
        assert lake.execute(then).fetchall() == [(5,)]
    assert changed(land(settings, now=NINE)) == set()


def test_what_was_made_older_names_every_new_table_and_column() -> None:
    """Should a later version add more, the test above goes on to speak of the one before it."""
    known = {f"{t.store}.{t.name}": set(t.column_names) for t in landed_tables()}
    for store, names in NEW_TABLES.items():
        assert {f"{store}.{name}" for name in names.split()} <= known.keys()
    for table, names in NEW_COLUMNS.items():
        assert set(names.split()) <= known[table]


@pytest.mark.slow
def test_older_home_publishes_new_marts_and_keeps_what_it_published(own_morning: Settings) -> None:
    make_older(own_morning)
    make_older_marts(own_morning)
    then = NOW + timedelta(minutes=5)
    publish_as_it_is(own_morning, at=then)
    publish(own_morning, now=NOW + timedelta(minutes=10))
    with open_door(own_morning) as door:
        counts = "select count(*), count(*) filter (where is_deleted) from activities"
        assert door.ask(counts).fetchall() == [(8, 0)]
        assert door.ask("select count(*) from cases").fetchall() == [(8,)]
    with open_door(own_morning, as_of=then) as door:
        assert door.ask("select count(*) from activities").fetchall() == [(8,)]
        with pytest.raises(RefusedError, match="is_deleted"):
            door.ask("select is_deleted from activities")
    reader = let_in({CARE: {Action.PERSONAL_READ}})
    with open_door(own_morning, as_of=then, reader=reader, now=NOW) as door:
        assert door.ask("select count(*) from activities").fetchall() == [(8,)]
        assert door.ask("select name from active.customers").fetchall() == [("Ada",)]
        with pytest.raises(RefusedError, match="does not exist"):
            door.ask("from active.notes")


def publish_as_it_is(settings: Settings, *, at: datetime) -> None:
    """Publish the newest snapshot, as the version before had done."""
    stores = open_stores(settings)
    with stores.master.write() as master:
        master.execute(
            text(
                "insert into published_snapshots (snapshot_no, published_at, landed_at, run_name, "
                "row_counts) values (:no, :at, :at, 'the version before', '{}')"
            ),
            {"no": newest_snapshot(settings), "at": f"{at:%Y-%m-%d %H:%M:%S.%f}"},
        )
    stores.close()


def newest_snapshot(settings: Settings) -> int:
    with closing(open_reports_writer(settings)) as lake:
        row = lake.execute("select max(snapshot_id) from lake.snapshots()").fetchone()
    assert row
    return int(row[0])
