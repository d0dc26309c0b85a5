"""Two customers who are one: merged with all that is theirs, and taken apart again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from fixtures.asker import asker, at_work
from fixtures.workplace import Workplace
from lodge_core.customers.finding import Writer, find_or_create, writer_key
from lodge_core.customers.locking import lock_customers
from lodge_core.customers.making import create, edit
from lodge_core.customers.merging import merge, unmerge
from lodge_core.customers.values import CustomerEdit, NewCustomer, NewPerson, NewPoint
from lodge_platform.errors import ConflictError, LodgeError, NotFoundError, RefusedError
from lodge_platform.events.of_notes import NoteWritten
from lodge_platform.schema.active import (
    Activity,
    Case,
    ContactPerson,
    ContactPoint,
    Customer,
    Note,
)
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ContactKind, CustomerKind

OWNED = (Case, Activity, Note, ContactPerson, ContactPoint)


def customer_with_mail(place: Workplace, address: str) -> int:
    place.mail(from_address=address, from_name=address)
    return place.customers[address]


def merged(place: Workplace, source: int, target: int) -> None:
    with at_work(place) as work:
        merge(work, source, into_customer_id=target, expected=None)


def unmerged(place: Workplace, source: int, target: int) -> None:
    with at_work(place) as work:
        unmerge(work, source, from_customer_id=target, expected=None)


def row_of(place: Workplace, key: int) -> Any:
    return place.one(select(Customer.__table__).where(Customer.customer_id == key))


def belongings(place: Workplace, key: int) -> dict[str, list[int]]:
    """Keys of all rows that name the customer, by table."""
    found: dict[str, list[int]] = {}
    for model in OWNED:
        table = model.__table__
        [key_column] = table.primary_key.columns
        rows = place.rows(select(key_column).where(table.c.customer_id == key).order_by(key_column))
        found[model.__tablename__] = [row[0] for row in rows]
    return found


def give(place: Workplace, key: int) -> None:
    """A contact person and a note about the customer."""
    from lodge_core.customers.persons import add_person

    with at_work(place) as work:
        reader = asker(place.department_id)
        add_person(work, key, NewPerson(name="Charles"), reader=reader)
        [note_id] = allocate(work.connection, "notes")
        note = NoteWritten(
            department_id=place.department_id,
            case_id=None,
            activity_id=None,
            customer_id=key,
            author_id=71,
            text="Likes to be called.",
        )
        work.record(note, note_id, department_id=place.department_id)


def test_f28_all_that_is_theirs_moves_and_exactly_that_comes_back(workplace: Workplace) -> None:
    ada = customer_with_mail(workplace, "ada@example.org")
    countess = customer_with_mail(workplace, "countess@example.org")
    give(workplace, countess)
    before = belongings(workplace, ada), belongings(workplace, countess)
    assert all(before[1].values())

    merged(workplace, countess, ada)
    row = row_of(workplace, countess)
    assert (row.merged_into_customer_id, row.name) == (ada, "countess@example.org")
    assert row_of(workplace, ada).name == "ada@example.org"
    assert not any(belongings(workplace, countess).values())
    together = belongings(workplace, ada)
    assert together == {name: sorted(before[0][name] + before[1][name]) for name in together}
    assert workplace.differences() == []

    new = workplace.mail(from_address="ada@example.org")
    unmerged(workplace, countess, ada)
    assert row_of(workplace, countess).merged_into_customer_id is None
    assert belongings(workplace, countess) == before[1]
    assert new in belongings(workplace, ada)["activities"]
    assert workplace.differences() == []


def test_what_went_elsewhere_meanwhile_does_not_come_back(workplace: Workplace) -> None:
    ada = customer_with_mail(workplace, "ada@example.org")
    countess = customer_with_mail(workplace, "countess@example.org")
    other = customer_with_mail(workplace, "other@example.org")
    mails = belongings(workplace, countess)["activities"]
    merged(workplace, countess, ada)
    from lodge_platform.events.of_activities import ActivityCustomerChanged

    with at_work(workplace) as work:
        changed = ActivityCustomerChanged(
            from_customer_id=ada,
            to_customer_id=other,
            from_contact_point_id=None,
            to_contact_point_id=None,
        )
        work.record(changed, mails[0], activity_id=mails[0])
    unmerged(workplace, countess, ada)
    assert belongings(workplace, countess)["activities"] == []
    assert mails[0] in belongings(workplace, other)["activities"]


def test_mail_to_an_old_address_finds_the_one_who_took_over(workplace: Workplace) -> None:
    ada = customer_with_mail(workplace, "ada@example.org")
    countess = customer_with_mail(workplace, "countess@example.org")
    third = customer_with_mail(workplace, "third@example.org")
    merged(workplace, countess, ada)
    merged(workplace, ada, third)
    writer = Writer("Countess@example.org", "", workplace.department_id)
    with at_work(workplace) as work:
        assert find_or_create(work.recorder, [writer])[writer_key(writer)].customer_id == third


def test_merges_are_undone_from_the_last_one_on(workplace: Workplace) -> None:
    ada = customer_with_mail(workplace, "ada@example.org")
    countess = customer_with_mail(workplace, "countess@example.org")
    third = customer_with_mail(workplace, "third@example.org")
    merged(workplace, countess, ada)
    merged(workplace, ada, third)
    with pytest.raises(ConflictError, match="undo that first"):
        unmerged(workplace, countess, ada)
    unmerged(workplace, ada, third)
    unmerged(workplace, countess, ada)
    assert [row_of(workplace, key).merged_into_customer_id for key in (ada, countess, third)] == [
        None
    ] * 3
    with pytest.raises(ConflictError, match="is not merged into"):
        unmerged(workplace, countess, ada)
    assert workplace.differences() == []


def test_a_customer_is_merged_once_and_never_into_itself(workplace: Workplace) -> None:
    ada = customer_with_mail(workplace, "ada@example.org")
    countess = customer_with_mail(workplace, "countess@example.org")
    with pytest.raises(RefusedError, match="into itself"):
        merged(workplace, ada, ada)
    with pytest.raises(NotFoundError):
        merged(workplace, ada, 4711)
    merged(workplace, countess, ada)
    with pytest.raises(ConflictError, match=f"was merged into customer {ada}"):
        merged(workplace, countess, ada)
    with pytest.raises(ConflictError, match=f"was merged into customer {ada}"):
        merged(workplace, ada, countess)


def test_members_go_along_but_nobody_is_merged_into_a_member(workplace: Workplace) -> None:
    reader = asker(workplace.department_id)

    def make(kind: CustomerKind, parent: int | None = None) -> int:
        new = NewCustomer(
            kind=kind,
            department_id=workplace.department_id,
            name=str(kind),
            parent_customer_id=parent,
        )
        with at_work(workplace) as work:
            return create(work, new, reader=reader)

    company, other = make(CustomerKind.CORPORATE), make(CustomerKind.CORPORATE)
    group = make(CustomerKind.GROUP, company)
    member = make(CustomerKind.INDIVIDUAL, company)
    alone = make(CustomerKind.INDIVIDUAL)
    with pytest.raises(RefusedError, match="take it out first"):
        merged(workplace, company, group)
    with pytest.raises(RefusedError, match="with members"):
        merged(workplace, company, alone)
    merged(workplace, company, other)
    assert row_of(workplace, member).parent_customer_id == other
    with at_work(workplace) as work:
        edit(work, group, CustomerEdit(parent_customer_id=None), reader=reader, expected=None)
    unmerged(workplace, company, other)
    assert row_of(workplace, member).parent_customer_id == company
    assert row_of(workplace, group).parent_customer_id is None
    assert workplace.differences() == []


def in_parallel(*doing: Callable[[], object]) -> list[object]:
    """What each gave, or the error of ours it ended with; all at the same time."""

    def outcome(one: Callable[[], object]) -> object:
        try:
            return one()
        except LodgeError as error:
            return error

    with ThreadPoolExecutor(len(doing)) as pool:
        return list(pool.map(outcome, doing))


def test_r68_two_customers_merged_into_one_another_at_once_are_merged_once(
    workplace: Workplace,
) -> None:
    for number in range(8):
        ada = customer_with_mail(workplace, f"ada{number}@example.org")
        countess = customer_with_mail(workplace, f"countess{number}@example.org")
        outcomes = in_parallel(
            lambda ada=ada, countess=countess: merged(workplace, ada, countess),
            lambda ada=ada, countess=countess: merged(workplace, countess, ada),
        )
        assert outcomes.count(None) == 1
        [refused] = [one for one in outcomes if one is not None]
        assert isinstance(refused, ConflictError)
    assert workplace.differences() == []


def test_r34_twenty_first_contacts_at_once_make_one_customer(workplace: Workplace) -> None:
    reader = asker(workplace.department_id)
    new = NewCustomer(
        kind=CustomerKind.INDIVIDUAL,
        department_id=workplace.department_id,
        contact_points=(NewPoint(kind=ContactKind.EMAIL, address="ada@example.org"),),
    )

    def by_api() -> int:
        with at_work(workplace) as work:
            return create(work, new, reader=reader)

    def by_mail() -> int:
        writer = Writer("ADA@example.org", "Ada", workplace.department_id)
        with at_work(workplace) as work:
            lock_customers(work.connection)
            return find_or_create(work.recorder, [writer])[writer_key(writer)].customer_id

    outcomes = in_parallel(*[by_api, by_mail] * 10)
    keys = {one for one in outcomes if isinstance(one, int)}
    assert len(keys) == 1
    assert all(isinstance(one, int | ConflictError) for one in outcomes)
    assert workplace.one(select(func.count()).select_from(Customer.__table__))[0] == 1
    assert workplace.one(select(func.count()).select_from(ContactPoint.__table__))[0] == 1
    assert workplace.differences() == []


def test_r34_mail_arriving_during_a_merge_is_nobody_s_but_the_one_s_who_took_over(
    workplace: Workplace,
) -> None:
    ada = customer_with_mail(workplace, "ada@example.org")
    countess = customer_with_mail(workplace, "countess@example.org")

    def arrive() -> int:
        writer = Writer("countess@example.org", "", workplace.department_id)
        with at_work(workplace) as work:
            lock_customers(work.connection)
            found = find_or_create(work.recorder, [writer])[writer_key(writer)]
            work.connection.execute(
                insert(Note).values(
                    department_id=workplace.department_id,
                    customer_id=found.customer_id,
                    text="stands for the mail's activity",
                    written_at=work.now,
                )
            )
            return found.customer_id

    in_parallel(*[arrive] * 4, lambda: merged(workplace, countess, ada), *[arrive] * 4)
    assert belongings(workplace, countess)["notes"] == []
    assert len(belongings(workplace, ada)["notes"]) == 8
