"""Customers made and changed by people: individuals, groups, corporate customers."""

from typing import Any

from msgspec import UNSET
from sqlalchemy import Connection, select

from lodge_core.attributes import checked_attributes, definitions_of, with_attributes
from lodge_core.customers.locking import lock_customers, usable_customer
from lodge_core.customers.persons import introduce
from lodge_core.customers.points import claim
from lodge_core.customers.seeing import is_visible
from lodge_core.customers.values import (
    MOST_CONTACTS,
    CustomerEdit,
    NewCustomer,
    checked_name,
)
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import RefusedError
from lodge_platform.events.catalogue import CustomerCreated
from lodge_platform.events.of_activities import Change
from lodge_platform.events.of_customers import CustomerChanges, CustomerEdited
from lodge_platform.events.work import Work
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import Customer
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import CustomerKind

_CUSTOMERS = Customer.__table__
_MOST_DEEP = 20


def create(work: Work, new: NewCustomer, *, reader: SignedIn) -> int:
    """Make a customer with contact points and persons; the key. The rows are written.

    Raises RefusedError naming the field, ConflictError when a customer whom the reader sees has
    one of the addresses already.
    """
    _refuse_too_many(new)
    attributes = with_attributes({}, _checked(work, new.attributes))
    lock_customers(work.connection)
    _refuse_parent(work.connection, new.kind, new.parent_customer_id, reader=reader, itself=None)
    [customer_id] = allocate(work.connection, "customers")
    created = work.record(
        CustomerCreated(kind=new.kind.value, name=_name_of(new)),
        customer_id,
        department_id=new.department_id,
    )
    changes: dict[str, Change[Any]] = {}
    if new.parent_customer_id is not None:
        changes["parent_customer_id"] = Change(None, new.parent_customer_id)
    if attributes:
        changes["attributes"] = Change({}, attributes)
    if changes:
        work.record(
            CustomerEdited(CustomerChanges(**changes)),
            customer_id,
            department_id=new.department_id,
            caused_by=created,
        )
    work.flush()
    of_it: dict[str, Any] = {
        "customer_id": customer_id,
        "department_id": new.department_id,
        "reader": reader,
        "caused_by": created,
    }
    for number, point in enumerate(new.contact_points):
        claim(work, point, field=f"contact_points[{number}].address", **of_it)
        work.flush()
    for number, person in enumerate(new.contact_persons):
        introduce(work, person, field=f"contact_persons[{number}].", **of_it)
    return customer_id


def edit(
    work: Work,
    customer_id: int,
    change: CustomerEdit,
    *,
    reader: SignedIn,
    expected: int | None,
) -> None:
    """Change what is said of a customer. Raises NotFoundError, StaleError, RefusedError."""
    checked = {} if change.attributes is UNSET else _checked(work, change.attributes)
    if change.parent_customer_id is not UNSET or change.kind is not UNSET:
        lock_customers(work.connection)
    row = usable_customer(work.connection, customer_id)
    refuse_stale(row, expected)
    kind = CustomerKind(row.kind) if change.kind is UNSET else change.kind
    parent_id = (
        row.parent_customer_id if change.parent_customer_id is UNSET else change.parent_customer_id
    )
    if parent_id != row.parent_customer_id or kind != row.kind:
        _refuse_parent(work.connection, kind, parent_id, reader=reader, itself=customer_id)
    wanted: dict[str, Any] = {
        "kind": kind.value,
        "name": row.name if change.name is UNSET else checked_name(change.name),
        "parent_customer_id": parent_id,
        "attributes": with_attributes(row.attributes, checked),
    }
    changes = {
        name: Change(getattr(row, name), value)
        for name, value in wanted.items()
        if getattr(row, name) != value
    }
    if changes:
        work.record(
            CustomerEdited(CustomerChanges(**changes)),
            customer_id,
            department_id=row.department_id,
        )


def chain_of(connection: Connection, customer_id: int | None) -> list[int]:
    """The customer and those it belongs to, from the inside out."""
    chain: list[int] = []
    while customer_id is not None and customer_id not in chain and len(chain) < _MOST_DEEP:
        chain.append(customer_id)
        customer_id = connection.execute(
            select(_CUSTOMERS.c.parent_customer_id).where(_CUSTOMERS.c.customer_id == customer_id)
        ).scalar()
    return chain


def _refuse_parent(
    connection: Connection,
    kind: CustomerKind,
    parent_id: int | None,
    *,
    reader: SignedIn,
    itself: int | None,
) -> None:
    field = "parent_customer_id"
    if itself is not None and kind is CustomerKind.INDIVIDUAL and _has_members(connection, itself):
        raise RefusedError("an individual has no members; take them out first", field="kind")
    if parent_id is None:
        return
    parent = connection.execute(
        select(_CUSTOMERS).where(
            _CUSTOMERS.c.customer_id == parent_id, _CUSTOMERS.c.deleted_at.is_(None)
        )
    ).one_or_none()
    if parent is None or not is_visible(connection, parent_id, reader):
        raise RefusedError(f"no customer {parent_id}", field=field)
    if parent.merged_into_customer_id is not None:
        raise RefusedError(f"customer {parent_id} was merged into another", field=field)
    if parent.kind == CustomerKind.INDIVIDUAL.value:
        raise RefusedError("a customer belongs to a group or a corporate customer", field=field)
    chain = chain_of(connection, parent_id)
    if itself in chain:
        raise RefusedError("a customer cannot belong to itself, not by others either", field=field)
    if len(chain) >= _MOST_DEEP:
        raise RefusedError(f"customers lie at most {_MOST_DEEP} deep in one another", field=field)


def _has_members(connection: Connection, customer_id: int) -> bool:
    found = connection.execute(
        select(_CUSTOMERS.c.customer_id)
        .where(_CUSTOMERS.c.parent_customer_id == customer_id, _CUSTOMERS.c.deleted_at.is_(None))
        .limit(1)
    )
    return found.first() is not None


def _name_of(new: NewCustomer) -> str:
    if new.name is not None:
        return checked_name(new.name)
    if not new.contact_points:
        raise RefusedError("a customer has a name or a contact point", field="name")
    return new.contact_points[0].address


def _refuse_too_many(new: NewCustomer) -> None:
    for field, count in (
        ("contact_points", len(new.contact_points)),
        ("contact_persons", len(new.contact_persons)),
    ):
        if count > MOST_CONTACTS:
            raise RefusedError(f"at most {MOST_CONTACTS} at once", field=field)


def _checked(work: Work, attributes: dict[str, Any]) -> dict[str, Any]:
    return checked_attributes(definitions_of(work.lodge.stores.master), "customer", attributes)
