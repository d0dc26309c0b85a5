"""Contact points: added, changed, removed; one address is one customer's.

What belongs to a customer whom the asker may not see is not told: the address is then known to the
asker's department alone, and mail to that department finds this department's customer by it.
"""

from typing import Any

from msgspec import UNSET
from sqlalchemy import Row, select

from lodge_core.customers.locking import lock_customers, usable_customer
from lodge_core.customers.seeing import is_visible, keys_of, points_at
from lodge_core.customers.values import NewPoint, PointEdit
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.events.catalogue import ContactPointAdded, Event
from lodge_platform.events.of_activities import Change
from lodge_platform.events.of_customers import (
    ContactPointChanges,
    ContactPointEdited,
    ContactPointMoved,
    ContactPointRemoved,
    ContactPointRestored,
)
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import ContactPerson, ContactPoint
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ContactKind

_POINTS = ContactPoint.__table__
_PERSONS = ContactPerson.__table__


def add_point(
    work: Work,
    customer_id: int,
    point: NewPoint,
    *,
    reader: SignedIn,
    contact_person_id: int | None = None,
) -> int:
    """Give a customer one more address; the point's key.

    Raises RefusedError for what is no address, ConflictError when a customer whom the reader sees
    has it already.
    """
    lock_customers(work.connection)
    customer = usable_customer(work.connection, customer_id)
    if contact_person_id is not None:
        person_of(work, customer_id, contact_person_id, field="contact_person_id")
    return claim(
        work,
        point,
        customer_id=customer_id,
        department_id=customer.department_id,
        reader=reader,
        contact_person_id=contact_person_id,
    )


def claim(
    work: Work,
    point: NewPoint,
    *,
    customer_id: int,
    department_id: int | None,
    reader: SignedIn,
    contact_person_id: int | None = None,
    field: str = "address",
    caused_by: Event | None = None,
) -> int:
    """Make the address this customer's; the caller holds `lock_customers`. See `add_point`."""
    key, row = _place(work, point.kind, point.address, customer_id, department_id, reader, field)
    context: dict[str, Any] = {"department_id": department_id, "caused_by": caused_by}
    if row is None:
        [point_id] = allocate(work.connection, "contact_points")
        added = ContactPointAdded(
            customer_id=customer_id,
            kind=point.kind.value,
            address=point.address,
            address_key=key,
            contact_person_id=contact_person_id,
        )
        work.record(added, point_id, **context)
        return point_id
    moved = ContactPointMoved(
        from_customer_id=row.customer_id,
        to_customer_id=customer_id,
        contact_person_id=contact_person_id,
    )
    work.record(moved, row.contact_point_id, **context)
    if row.deleted_at is not None:
        work.record(ContactPointRestored(), row.contact_point_id, **context)
    if row.address != point.address:
        changes = ContactPointChanges(address=Change(row.address, point.address))
        work.record(ContactPointEdited(changes), row.contact_point_id, **context)
    return row.contact_point_id


def edit_point(
    work: Work,
    customer_id: int,
    contact_point_id: int,
    edit: PointEdit,
    *,
    reader: SignedIn,
    expected: int | None,
) -> None:
    """Change the address, or whom it reaches. Raises as `add_point`, StaleError, NotFoundError."""
    lock_customers(work.connection)
    customer = usable_customer(work.connection, customer_id)
    row = _locked(work, customer_id, contact_point_id)
    refuse_stale(row, expected)
    changes: dict[str, Change[Any]] = {}
    if edit.address is not UNSET and edit.address != row.address:
        kind = ContactKind(row.kind)
        key, other = _place(
            work, kind, edit.address, customer_id, customer.department_id, reader, "address", row
        )
        if other is not None:
            raise ConflictError(
                f"contact point {other.contact_point_id}, taken away, has this address already; "
                "add the address again instead",
                field="address",
            )
        changes["address"] = Change(row.address, edit.address)
        if key != row.address_key:
            changes["address_key"] = Change(row.address_key, key)
    person_id = edit.contact_person_id
    if person_id is not UNSET and person_id != row.contact_person_id:
        if person_id is not None:
            person_of(work, customer_id, person_id, field="contact_person_id")
        changes["contact_person_id"] = Change(row.contact_person_id, person_id)
    if changes:
        work.record(
            ContactPointEdited(ContactPointChanges(**changes)),
            contact_point_id,
            department_id=customer.department_id,
        )


def remove_point(
    work: Work, customer_id: int, contact_point_id: int, *, expected: int | None
) -> None:
    """Take an address away; mail from it still finds the customer."""
    lock_customers(work.connection)
    customer = usable_customer(work.connection, customer_id)
    row = _locked(work, customer_id, contact_point_id)
    refuse_stale(row, expected)
    work.record(ContactPointRemoved(), contact_point_id, department_id=customer.department_id)


def person_of(work: Work, customer_id: int, contact_person_id: int, *, field: str) -> Row[Any]:
    """The customer's person of that key. Raises RefusedError naming `field`."""
    row = work.connection.execute(
        select(_PERSONS).where(
            _PERSONS.c.contact_person_id == contact_person_id,
            _PERSONS.c.customer_id == customer_id,
            _PERSONS.c.deleted_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise RefusedError(f"the customer has no contact person {contact_person_id}", field=field)
    return row


def _place(
    work: Work,
    kind: ContactKind,
    address: str,
    customer_id: int,
    department_id: int | None,
    reader: SignedIn,
    field: str,
    itself: Row[Any] | None = None,
) -> tuple[str, Row[Any] | None]:
    """The key under which the address is free for this customer, and the point that stands there
    and may be taken over, if one does. Raises ConflictError."""
    scope = _scope(department_id, reader)
    keys = keys_of(kind, address, customer_id=customer_id, department_id=scope, field=field)
    standing = {row.address_key: row for row in points_at(work.connection, kind, keys)}
    if itself is not None:
        standing.pop(itself.address_key, None)
    for key in keys:
        row = standing.get(key)
        if row is None or row.is_orphan:
            return key, row
        if row.customer_id == customer_id:
            if row.deleted_at is not None:
                return key, row
            raise ConflictError("the customer has this address already", field=field)
        if is_visible(work.connection, row.customer_id, reader):
            if row.deleted_at is not None:
                return key, row
            raise ConflictError(
                f"this address is customer {row.customer_id}'s already", field=field
            )
    raise ConflictError("this address cannot be added", field=field)


def _scope(department_id: int | None, reader: SignedIn) -> int:
    """The department that alone knows an address which is somebody else's elsewhere."""
    near = reader.departments_near(Action.CUSTOMER_WORK)
    return (
        department_id
        if department_id is not None and department_id in near
        else (reader.department_id)
    )


def _locked(work: Work, customer_id: int, contact_point_id: int) -> Row[Any]:
    row = work.connection.execute(
        select(_POINTS)
        .where(
            _POINTS.c.contact_point_id == contact_point_id,
            _POINTS.c.customer_id == customer_id,
            _POINTS.c.deleted_at.is_(None),
        )
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"no contact point {contact_point_id}")
    return row
