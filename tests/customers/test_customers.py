"""Customers that people make and change: kinds, parents, persons and contact points."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from customers.known_customers import ELSEWHERE, customer, made, point, points
from fixtures.asker import asker, at_work
from fixtures.workplace import NINE, Workplace
from lodge_core.customers.making import edit
from lodge_core.customers.persons import add_person, edit_person, remove_person
from lodge_core.customers.points import add_point, edit_point, remove_point
from lodge_core.customers.seeing import customers_at
from lodge_core.customers.values import (
    CustomerEdit,
    NewPerson,
    PersonEdit,
    PointEdit,
)
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError, StaleError
from lodge_platform.schema.active import ContactPerson, Customer
from lodge_platform.schema.master import CustomAttribute
from lodge_platform.vocabulary import AttributeType, ContactKind, CustomerKind


def test_a_corporate_customer_is_made_with_persons_and_points(workplace: Workplace) -> None:
    key = made(
        workplace,
        "office@analytical.example",
        kind=CustomerKind.CORPORATE,
        name="Analytical Engines",
        contact_persons=(
            NewPerson(
                name="Ada Byron",
                position="Purchasing",
                contact_points=(
                    point("ada@analytical.example"),
                    point("+49 30 901820", ContactKind.PHONE),
                ),
            ),
        ),
    )
    row = customer(workplace, key)
    assert (row.kind, row.name) == ("corporate", "Analytical Engines")
    assert (row.department_id, row.attributes) == (workplace.department_id, {})
    person = workplace.one(select(ContactPerson.__table__))
    assert (person.name, person.position, person.customer_id) == ("Ada Byron", "Purchasing", key)
    found = points(workplace, key)
    assert found["ada@analytical.example"].contact_person_id == person.contact_person_id
    assert found["+49 30 901820"].address_key == "+4930901820"
    assert found["office@analytical.example"].contact_person_id is None
    assert workplace.differences() == []


def test_without_a_name_the_first_address_is_the_name(workplace: Workplace) -> None:
    assert customer(workplace, made(workplace, "ada@example.org", name=None)).name == (
        "ada@example.org"
    )
    with pytest.raises(RefusedError) as refused:
        made(workplace, name=None)
    assert refused.value.field == "name"


def test_nothing_is_made_when_one_address_is_wrong(workplace: Workplace) -> None:
    with pytest.raises(RefusedError, match="no e-mail address") as refused:
        made(workplace, "ada@example.org", "ada@@example.org")
    assert refused.value.field == "contact_points[1].address"
    assert workplace.rows(select(Customer.__table__)) == []


def test_an_address_that_a_customer_has_is_not_given_to_another(workplace: Workplace) -> None:
    first = made(workplace, "ada@example.org")
    with pytest.raises(ConflictError, match=f"customer {first}'s already") as refused:
        made(workplace, "ADA@Example.org")
    assert refused.value.field == "contact_points[0].address"
    with (
        pytest.raises(ConflictError, match="has this address already"),
        at_work(workplace) as work,
    ):
        add_point(work, first, point("Ada@example.org"), reader=asker(workplace.department_id))


def test_people_may_live_in_one_house(workplace: Workplace) -> None:
    house = point("1 Main Street\nTown", ContactKind.POSTAL)
    first = made(workplace, contact_points=(house,))
    second = made(workplace, contact_points=(house,))
    assert len(points(workplace, first)) == len(points(workplace, second)) == 1


def test_s09_an_address_known_elsewhere_looks_as_if_it_were_new(workplace: Workplace) -> None:
    theirs = made(workplace, "ada@example.org", department_id=ELSEWHERE, name="Their Ada")
    ours = made(workplace, "ada@example.org", name="Our Ada")
    assert ours != theirs
    assert list(points(workplace, ours)) == ["ada@example.org"]
    with workplace.lodge.stores.active.read() as connection:
        for department_id, found in ((workplace.department_id, ours), (ELSEWHERE, theirs)):
            reader = asker(department_id)
            assert customers_at(connection, ContactKind.EMAIL, "Ada@Example.org", reader) == [found]
    with pytest.raises(ConflictError, match=f"customer {ours}'s already"):
        made(workplace, "ada@example.org")
    assert workplace.differences() == []


def test_what_is_said_of_a_customer_changes_by_an_event_with_old_and_new(
    workplace: Workplace,
) -> None:
    with change_configuration(workplace.lodge.stores.master, by="test", now=NINE) as session:
        for name in ("contract", "number"):
            session.add(
                CustomAttribute(
                    object_type="customer",
                    name=name,
                    label=name,
                    attribute_type=AttributeType.TEXT,
                    choices=[],
                )
            )
    key = made(workplace, attributes={"contract": "gold", "number": "7"})
    row = customer(workplace, key)
    assert row.attributes == {"contract": "gold", "number": "7"}
    change = CustomerEdit(name="Ada Lovelace", attributes={"contract": None})
    with at_work(workplace) as work:
        edit(work, key, change, reader=asker(workplace.department_id), expected=row.change_no)
    row = customer(workplace, key)
    assert (row.name, row.attributes) == ("Ada Lovelace", {"number": "7"})
    with pytest.raises(StaleError), at_work(workplace) as work:
        edit(work, key, change, reader=asker(workplace.department_id), expected=row.change_no - 1)
    wrong = CustomerEdit(attributes={"contrat": "gold"})
    with pytest.raises(RefusedError, match="did you mean 'contract'"), at_work(workplace) as work:
        edit(work, key, wrong, reader=asker(workplace.department_id), expected=None)
    assert workplace.differences() == []


def test_customers_belong_to_groups_and_companies_without_going_in_circles(
    workplace: Workplace,
) -> None:
    reader = asker(workplace.department_id)
    company = made(workplace, kind=CustomerKind.CORPORATE)
    group = made(workplace, kind=CustomerKind.GROUP, parent_customer_id=company)
    person = made(workplace, parent_customer_id=group)
    theirs = made(workplace, kind=CustomerKind.GROUP, department_id=ELSEWHERE)
    assert customer(workplace, person).parent_customer_id == group

    def move(key: int, parent: int | None, **values: Any) -> None:
        with at_work(workplace) as work:
            change = CustomerEdit(parent_customer_id=parent, **values)
            edit(work, key, change, reader=reader, expected=None)

    for key, parent, said in (
        (company, group, "cannot belong to itself"),
        (company, company, "cannot belong to itself"),
        (group, person, "belongs to a group or a corporate"),
        (person, theirs, f"no customer {theirs}"),
        (person, 4711, "no customer 4711"),
    ):
        with pytest.raises(RefusedError, match=said) as refused:
            move(key, parent)
        assert refused.value.field == "parent_customer_id"
    with pytest.raises(RefusedError, match="has no members"):
        move(group, company, kind=CustomerKind.INDIVIDUAL)
    move(person, None)
    assert customer(workplace, person).parent_customer_id is None


def test_persons_and_points_are_changed_and_taken_away(workplace: Workplace) -> None:
    reader = asker(workplace.department_id)
    key = made(workplace, "ada@example.org", kind=CustomerKind.CORPORATE)
    with at_work(workplace) as work:
        person = NewPerson(name="Charles", contact_points=(point("charles@example.org"),))
        person_id = add_person(work, key, person, reader=reader)
    [ada, charles] = points(workplace, key).values()
    with at_work(workplace) as work:
        edit_person(work, key, person_id, PersonEdit(position="Sales"), expected=None)
        change = PointEdit(address="ADA@example.org", contact_person_id=person_id)
        edit_point(work, key, ada.contact_point_id, change, reader=reader, expected=ada.change_no)
    [row] = workplace.rows(select(ContactPerson.__table__))
    assert (row.name, row.position) == ("Charles", "Sales")
    assert points(workplace, key)["ADA@example.org"].contact_person_id == person_id
    with at_work(workplace) as work:
        remove_person(work, key, person_id, expected=None)
        remove_point(work, key, charles.contact_point_id, expected=None)
    left = points(workplace, key)
    assert list(left) == ["ADA@example.org"]
    assert left["ADA@example.org"].contact_person_id is None
    with pytest.raises(NotFoundError), at_work(workplace) as work:
        remove_point(work, key, charles.contact_point_id, expected=None)
    other = PointEdit(address="charles@example.org")
    with pytest.raises(ConflictError, match="already"), at_work(workplace) as work:
        edit_point(work, key, ada.contact_point_id, other, reader=reader, expected=None)
    assert workplace.differences() == []


def test_s09_no_message_names_what_the_asker_may_not_see(workplace: Workplace) -> None:
    made(workplace, "eve@example.org", department_id=ELSEWHERE, name="Secret Eve")
    with pytest.raises(RefusedError) as refused:
        made(workplace, "eve@example.org", parent_customer_id=1)
    assert not re.search("Eve|eve", str(refused.value))
