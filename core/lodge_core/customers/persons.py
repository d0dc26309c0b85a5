"""Contact persons: who acts for a customer, added, changed, taken away."""

from typing import Any

from msgspec import UNSET
from sqlalchemy import Row, select

from lodge_core.customers.locking import lock_customers, usable_customer
from lodge_core.customers.points import claim
from lodge_core.customers.values import NewPerson, PersonEdit, checked_name
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import NotFoundError
from lodge_platform.events.catalogue import Event
from lodge_platform.events.of_activities import Change
from lodge_platform.events.of_customers import (
    ContactPersonAdded,
    ContactPersonChanges,
    ContactPersonEdited,
    ContactPersonRemoved,
    ContactPointChanges,
    ContactPointEdited,
)
from lodge_platform.events.work import Work
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import ContactPerson, ContactPoint
from lodge_platform.stores import allocate

_PERSONS = ContactPerson.__table__
_POINTS = ContactPoint.__table__


def add_person(work: Work, customer_id: int, person: NewPerson, *, reader: SignedIn) -> int:
    """Somebody acts for the customer; the person's key. Raises as `points.add_point`."""
    lock_customers(work.connection)
    customer = usable_customer(work.connection, customer_id)
    return introduce(
        work,
        person,
        customer_id=customer_id,
        department_id=customer.department_id,
        reader=reader,
    )


def introduce(
    work: Work,
    person: NewPerson,
    *,
    customer_id: int,
    department_id: int | None,
    reader: SignedIn,
    field: str = "",
    caused_by: Event | None = None,
) -> int:
    """As `add_person`, for a customer that may be being made; the caller holds
    `lock_customers`."""
    checked_name(person.name, field=f"{field}name")
    [person_id] = allocate(work.connection, "contact_persons")
    added = work.record(
        ContactPersonAdded(
            customer_id=customer_id, name=person.name, position=person.position or None
        ),
        person_id,
        department_id=department_id,
        caused_by=caused_by,
    )
    work.flush()
    for number, point in enumerate(person.contact_points):
        claim(
            work,
            point,
            customer_id=customer_id,
            department_id=department_id,
            reader=reader,
            contact_person_id=person_id,
            field=f"{field}contact_points[{number}].address",
            caused_by=added,
        )
        work.flush()
    return person_id


def edit_person(
    work: Work,
    customer_id: int,
    contact_person_id: int,
    edit: PersonEdit,
    *,
    expected: int | None,
) -> None:
    """Change what is said of a person. Raises NotFoundError, StaleError, RefusedError."""
    customer = usable_customer(work.connection, customer_id)
    row = _locked(work, customer_id, contact_person_id)
    refuse_stale(row, expected)
    changes: dict[str, Change[Any]] = {}
    if edit.name is not UNSET and edit.name != row.name:
        changes["name"] = Change(row.name, checked_name(edit.name))
    if edit.position is not UNSET and (edit.position or None) != row.position:
        changes["position"] = Change(row.position, edit.position or None)
    if changes:
        work.record(
            ContactPersonEdited(ContactPersonChanges(**changes)),
            contact_person_id,
            department_id=customer.department_id,
        )


def remove_person(
    work: Work, customer_id: int, contact_person_id: int, *, expected: int | None
) -> None:
    """The person does not act for the customer any more; the addresses stay the customer's."""
    customer = usable_customer(work.connection, customer_id)
    row = _locked(work, customer_id, contact_person_id)
    refuse_stale(row, expected)
    department_id = customer.department_id
    removed = work.record(ContactPersonRemoved(), contact_person_id, department_id=department_id)
    points = work.connection.execute(
        select(_POINTS.c.contact_point_id)
        .where(_POINTS.c.contact_person_id == contact_person_id)
        .order_by(_POINTS.c.contact_point_id)
        .with_for_update(key_share=True)
    )
    for point_id in points.scalars():
        changes = ContactPointChanges(contact_person_id=Change(contact_person_id, None))
        work.record(
            ContactPointEdited(changes), point_id, department_id=department_id, caused_by=removed
        )


def _locked(work: Work, customer_id: int, contact_person_id: int) -> Row[Any]:
    row = work.connection.execute(
        select(_PERSONS)
        .where(
            _PERSONS.c.contact_person_id == contact_person_id,
            _PERSONS.c.customer_id == customer_id,
            _PERSONS.c.deleted_at.is_(None),
        )
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"no contact person {contact_person_id}")
    return row
