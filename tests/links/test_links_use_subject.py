"""What of an activity fills the parameters of links, custom attributes included."""

from sqlalchemy import update

from fixtures.workplace import Workplace
from lodge_core.activities.subject import subject_of, subjects_of
from lodge_platform.links import SUBJECT, is_subject
from lodge_platform.schema.active import Activity, Case, Customer


def test_an_activity_fills_every_name_of_the_list(workplace: Workplace) -> None:
    activity_id = workplace.queued(
        subject="Order 7", from_address="Ada@example.org", from_name="Ada Byron"
    )
    activity = workplace.activity(activity_id)
    found = subject_of(workplace.lodge, activity_id)
    assert found == {
        "activity.number": str(activity_id),
        "activity.subject": "Order 7",
        "activity.media": "email",
        "alias.address": "support@lodge.test",
        "case.number": str(activity.case_id),
        "case.subject": "Order 7",
        "customer.number": str(activity.customer_id),
        "customer.name": "Ada Byron",
        "customer.address": "Ada@example.org",
        "department.name": "Customer care",
        "queue.name": "General",
    }
    assert set(found or {}) == set(SUBJECT)


def test_custom_attributes_of_all_three_join_as_texts(workplace: Workplace) -> None:
    activity_id = workplace.mail()
    given = {
        Activity: {"order_number": "1842", "vip": True},
        Case: {"pieces": 3, "share": 0.5},
        Customer: {"contract": "gold", "since": "2026-01-05", "nothing": None},
    }
    with workplace.lodge.stores.active.write() as connection:
        for table, attributes in given.items():
            connection.execute(update(table.__table__).values(attributes=attributes))
    found = subject_of(workplace.lodge, activity_id) or {}
    attributes = {name: value for name, value in found.items() if ".attribute." in name}
    assert attributes == {
        "activity.attribute.order_number": "1842",
        "activity.attribute.vip": "true",
        "case.attribute.pieces": "3",
        "case.attribute.share": "0.5",
        "customer.attribute.contract": "gold",
        "customer.attribute.since": "2026-01-05",
        "customer.attribute.nothing": None,
    }
    assert all(map(is_subject, found))
    assert found["queue.name"] is None


def test_a_batch_is_read_at_once_and_what_is_not_there_is_left_out(workplace: Workplace) -> None:
    first, second = workplace.mail(subject="One"), workplace.mail(subject="Two")
    found = subjects_of(workplace.lodge, [first, second, 4711])
    assert {key: one["activity.subject"] for key, one in found.items()} == {
        first: "One",
        second: "Two",
    }
    assert subjects_of(workplace.lodge, []) == {}
    assert subject_of(workplace.lodge, 4711) is None
