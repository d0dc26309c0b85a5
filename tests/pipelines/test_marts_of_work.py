"""Marts of cases, customers, articles, categories and custom attributes, counted by hand.

The morning of `fixtures.published`, and then: activity 1 is classified, its category renamed
later; activity 2 joins case 1; activity 3 is transferred to Sales, its case stays; activity 8 and
case 7 are deleted.
"""

import shutil
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from fixtures.facts import AGENT, DEPARTMENT
from fixtures.published import NOW, at, publish
from lodge_dictionary.door import open_door
from lodge_platform.events import catalogue as happened
from lodge_platform.events.of_activities import ActivityClassified, ActivityDeleted
from lodge_platform.events.payload import Payload
from lodge_platform.events.recorder import Actor, Recorder
from lodge_platform.schema import active, master
from lodge_platform.settings import Settings, load
from lodge_platform.stores import Stores, open_stores
from lodge_platform.vocabulary import ActorKind

SALES = 2
REFUNDS, COMPLAINTS = 3, 8


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory, morning: Settings) -> Settings:
    home = tmp_path_factory.mktemp("worked") / "home"
    shutil.copytree(morning.home, home, symlinks=True)
    settings = load(home, {})
    stores = open_stores(settings)
    configure(stores)
    work(stores)
    give_attributes(stores)
    write_articles(stores)
    stores.close()
    publish(settings, now=NOW + timedelta(minutes=30))
    return settings


def configure(stores: Stores) -> None:
    with stores.master.write() as connection:
        connection.execute(
            insert(master.Department).values(department_id=SALES, name="Sales", version_no=1)
        )
        for key, name, parent in ((COMPLAINTS, "Complaints", None), (REFUNDS, "Money", COMPLAINTS)):
            connection.execute(
                insert(master.Category).values(
                    category_id=key,
                    department_id=DEPARTMENT,
                    name=name,
                    parent_category_id=parent,
                    version_no=1,
                )
            )
        names = (
            (REFUNDS, 1, "Refunds", "08:00:00"),
            (REFUNDS, 2, "Money", "10:12:00"),  # renamed after the work was classified
        )
        for key, version, name, clock in names:
            connection.execute(
                insert(master.ConfigurationVersion).values(
                    table_name="categories",
                    changed_row_id=key,
                    version_no=version,
                    action="created" if version == 1 else "changed",
                    new_values={"name": name},
                    changed_by="user:1",
                    changed_at=at(clock),
                    valid_from_at=at(clock),
                )
            )
        for object_type, name, kind, sensitivity in (
            ("activity", "order_number", "text", "open"),
            ("activity", "weight", "number", "open"),
            ("activity", "pieces", "integer", "open"),
            ("activity", "is_gift", "boolean", "open"),
            ("activity", "bought_on", "date", "open"),
            ("activity", "shipped_at", "instant", "content"),
            ("case", "urgency", "choice", "open"),
            ("customer", "contract", "choice", "personal"),
            ("customer", "order_number", "text", "open"),
        ):
            connection.execute(
                insert(master.CustomAttribute).values(
                    object_type=object_type,
                    name=name,
                    label=name,
                    attribute_type=kind,
                    sensitivity=sensitivity,
                    version_no=1,
                )
            )


def work(stores: Stores) -> None:
    record(stores, 1, at("10:11:00"), classified([], [REFUNDS, COMPLAINTS]))
    record(stores, 2, at("10:11:30"), happened.ActivityCaseChanged(from_case_id=2, to_case_id=1))
    with stores.active.write() as connection:
        moved = update(active.Activity).where(active.Activity.activity_id == 3)
        connection.execute(moved.values(department_id=SALES))
        gone = update(active.Case).where(active.Case.case_id == 7)
        connection.execute(gone.values(deleted_at=at("10:13:00")))
    record(stores, 8, at("10:14:00"), classified([], [COMPLAINTS]))
    record(stores, 8, at("10:15:00"), ActivityDeleted())


def classified(old: list[int], new: list[int]) -> Payload:
    return ActivityClassified(
        old_category_ids=old,
        new_category_ids=new,
        old_resolution_code_ids=[],
        new_resolution_code_ids=[],
    )


def record(stores: Stores, activity_id: int, when: datetime, payload: Payload) -> None:
    with stores.active.write() as connection:
        recorder = Recorder(connection, now=when, configuration_version_id=0)
        recorder.record(
            payload,
            activity_id,
            actor=Actor(ActorKind.AGENT, AGENT),
            department_id=DEPARTMENT,
            activity_id=activity_id,
        )
        recorder.flush()


def give_attributes(stores: Stores) -> None:
    given: dict[str, Any] = {
        "order_number": '4"2',
        "weight": 18.5,
        "pieces": 3,
        "is_gift": False,
        "bought_on": "2026-01-04",
        "shipped_at": "2026-01-05T07:30:00.000000Z",
        "never_declared": "x",
    }
    with stores.active.write() as connection:
        one = update(active.Activity).where(active.Activity.activity_id == 1)
        connection.execute(one.values(attributes=given))
        gone = update(active.Activity).where(active.Activity.activity_id == 8)
        connection.execute(gone.values(attributes={"order_number": "8"}))
        case = update(active.Case).where(active.Case.case_id == 1)
        connection.execute(case.values(attributes={"urgency": "today"}, owner_id=AGENT))
        whom = update(active.Customer).where(active.Customer.customer_id == 1)
        connection.execute(whom.values(attributes={"contract": "gold", "order_number": "7"}))
        connection.execute(
            text(
                "insert into customers (customer_id, kind, name, created_at, department_id, "
                "deleted_at) values (2, 'corporate', 'Gone Ltd', '2026-01-05 08:00:00', 1, "
                "'2026-01-05 09:00:00')"
            )
        )


def write_articles(stores: Stores) -> None:
    folder = {"article_folder_id": 1, "department_id": DEPARTMENT, "name": "Refunds"}
    shared = {"department_id": DEPARTMENT, "article_folder_id": 1, "newest_version_no": 2}
    dates = {"created_at": at("08:00:00"), "changed_at": at("09:00:00")}
    with stores.active.write() as connection:
        connection.execute(insert(active.ArticleFolder).values(created_at=at("08:00:00"), **folder))
        for key, title, status, gone in (
            (1, "How to refund", "published", None),
            (2, "An old way", "withdrawn", at("09:00:00")),
        ):
            values = {"article_id": key, "title": title, "status": status, "deleted_at": gone}
            connection.execute(insert(active.Article).values(**values, **shared, **dates))


def test_activities_that_were_deleted_are_counted_and_say_nothing(worked: Settings) -> None:
    counted = "select count(*), count(*) filter (where is_deleted), count(subject) from activities"
    assert ask(worked, counted) == [(8, 1, 7)]
    assert ask(worked, "select department, is_pinned from activities where activity_id = 3") == [
        ("Sales", False)
    ]
    entered = "select sum(queued) from queue_intervals where queue = 'Refunds'"
    assert ask(worked, entered) == [(8,)]


def test_cases_count_what_their_own_department_works_on(worked: Settings) -> None:
    rows = ask(
        worked,
        "select case_id, department, status, severity, owner_id, activity_count, "
        "open_activity_count, is_deleted, subject from cases order by case_id",
    )
    assert rows == [
        (1, "Customer care", "open", "medium", AGENT, 2, 0, False, "Refund"),
        (2, "Customer care", "open", "medium", None, 0, 0, False, "Refund"),
        (3, "Customer care", "open", "medium", None, 0, 0, False, "Refund"),  # Sales has it
        (4, "Customer care", "open", "medium", None, 1, 0, False, "Refund"),
        (5, "Customer care", "open", "medium", None, 1, 1, False, "Refund"),
        (6, "Customer care", "open", "medium", None, 1, 0, False, "Refund"),
        (7, "Customer care", "open", "medium", None, 1, 0, True, None),
        (8, "Customer care", "open", "medium", None, 0, 0, False, "Refund"),
    ]


def test_categories_keep_the_name_they_had_when_the_activity_was_classified(
    worked: Settings,
) -> None:
    rows = ask(
        worked,
        "select activity_id, category_id, parent_category_id, category, classified_at "
        "from activity_categories order by category_id",
    )
    when = at("10:11:00").replace(tzinfo=None)
    assert rows == [
        (1, REFUNDS, COMPLAINTS, "Refunds", when),
        (1, COMPLAINTS, None, "Complaints", when),
    ]


def test_custom_attributes_have_the_type_they_are_declared_with(worked: Settings) -> None:
    rows = ask(
        worked,
        "select name, text_value, number_value, boolean_value, date_value, instant_value "
        "from custom_attribute_values where object_type = 'activity' and object_id = 1 "
        "order by name",
    )
    day, instant = datetime(2026, 1, 4).date(), datetime(2026, 1, 5, 7, 30)  # noqa: DTZ001 - as stored
    assert rows == [
        ("bought_on", "2026-01-04", None, None, day, None),
        ("is_gift", "false", None, False, None, None),
        ("order_number", '4"2', None, None, None, None),
        ("pieces", "3", 3.0, None, None, None),
        ("shipped_at", "2026-01-05T07:30:00.000000Z", None, None, None, instant),
        ("weight", "18.5", 18.5, None, None, None),
    ]
    others = "select object_type, object_id, name, text_value, sensitivity, department_id "
    others += "from custom_attribute_values where not (object_type = 'activity' and object_id = 1)"
    assert ask(worked, f"{others} order by all") == [
        ("case", 1, "urgency", "today", "open", 1),
        ("customer", 1, "contract", "gold", "personal", None),
        ("customer", 1, "order_number", "7", "open", None),
    ]


def test_customers_and_articles_have_a_row_each_deleted_ones_without_words(
    worked: Settings,
) -> None:
    customers = "select customer_id, kind, name, is_deleted from customers order by customer_id"
    assert ask(worked, customers) == [
        (1, "individual", "Ada", False),
        (2, "corporate", None, True),
    ]
    articles = "select article_id, folder, status, title, is_deleted from articles order by all"
    assert ask(worked, articles) == [
        (1, "Refunds", "published", "How to refund", False),
        (2, "Refunds", "withdrawn", None, True),
    ]


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with open_door(settings) as door:
        return door.ask(query).fetchall()
