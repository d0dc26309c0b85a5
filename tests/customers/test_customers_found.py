"""Customers found by mail: by department, by older forms, after a removal and a deletion."""

import pytest

from customers.known_customers import ELSEWHERE, customer, made, point, points
from fixtures.asker import asker, at_work
from fixtures.workplace import NINE, Workplace
from lodge_core.customers.deleting import delete
from lodge_core.customers.finding import Writer, find_or_create, writer_key
from lodge_core.customers.points import add_point, remove_point
from lodge_platform.errors import ConflictError, NotFoundError
from lodge_platform.events.catalogue import ActivityCompleted


def test_mail_finds_the_department_s_own_customer_before_the_one_everybody_knows(
    workplace: Workplace,
) -> None:
    theirs = made(workplace, "ada@example.org", department_id=ELSEWHERE)
    ours = made(workplace, "ada@example.org")
    here = Writer("ADA@example.org", "Ada", workplace.department_id)
    there = Writer("ada@example.org", "Ada", 12)
    with at_work(workplace) as work:
        found = find_or_create(work.recorder, [here, there])
    assert found[writer_key(here)].customer_id == ours
    assert found[writer_key(there)].customer_id == theirs


def test_a_customer_found_by_mail_remembers_the_department_written_to(
    workplace: Workplace,
) -> None:
    writers = [
        Writer("ada@example.org", "Ada", workplace.department_id),
        Writer("Ada@Example.ORG", "Ada", 12),
    ]
    with at_work(workplace) as work:
        found = find_or_create(work.recorder, writers)
    [key] = {one.customer_id for one in found.values()}
    assert customer(workplace, key).department_id == workplace.department_id
    assert workplace.differences() == []


def test_an_address_kept_in_an_older_form_still_finds_its_customer(workplace: Workplace) -> None:
    workplace.mail(from_address="ada@bücher.example")
    writer = Writer("Ada@Bücher.example", "Ada", workplace.department_id)
    with at_work(workplace) as work:
        found = find_or_create(work.recorder, [writer])
    assert found[writer_key(writer)].customer_id == workplace.customers["ada@bücher.example"]


def test_an_address_taken_away_finds_its_customer_and_can_be_given_again(
    workplace: Workplace,
) -> None:
    reader = asker(workplace.department_id)
    key = made(workplace, "ada@example.org")
    [row] = points(workplace, key).values()
    with at_work(workplace) as work:
        remove_point(work, key, row.contact_point_id, expected=None)
    writer = Writer("ada@example.org", "", workplace.department_id)
    with at_work(workplace) as work:
        assert find_or_create(work.recorder, [writer])[writer_key(writer)].customer_id == key
    with at_work(workplace) as work:
        assert add_point(work, key, point("ada@example.org"), reader=reader) == row.contact_point_id
    with at_work(workplace) as work:
        remove_point(work, key, row.contact_point_id, expected=None)
    other = made(workplace, "Ada@example.org")
    assert list(points(workplace, other)) == ["Ada@example.org"]
    assert workplace.differences() == []


def test_r112_a_deleted_customer_leaves_all_that_was_written(workplace: Workplace) -> None:
    activity_id = workplace.mail(from_address="ada@example.org")
    key = workplace.customers["ada@example.org"]
    member = made(workplace)
    with pytest.raises(ConflictError, match="open activities"), at_work(workplace) as work:
        delete(work, key, expected=None)
    with at_work(workplace) as work:
        work.record(ActivityCompleted(), activity_id, activity_id=activity_id)
    with at_work(workplace) as work:
        delete(work, key, expected=None)
    assert workplace.activity(activity_id).customer_id == key
    assert customer(workplace, key).deleted_at == NINE
    assert customer(workplace, member).deleted_at is None
    with pytest.raises(NotFoundError), at_work(workplace) as work:
        delete(work, key, expected=None)
    assert workplace.differences() == []


def test_mail_from_a_deleted_customer_makes_a_new_one(workplace: Workplace) -> None:
    key = made(workplace, "ada@example.org")
    with at_work(workplace) as work:
        delete(work, key, expected=None)
    writer = Writer("ada@example.org", "Ada", workplace.department_id)
    with at_work(workplace) as work:
        new = find_or_create(work.recorder, [writer])[writer_key(writer)]
    assert new.customer_id != key
    assert points(workplace, new.customer_id)["ada@example.org"]
    assert points(workplace, key) == {}
    assert workplace.differences() == []
