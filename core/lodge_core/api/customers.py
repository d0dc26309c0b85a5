"""The resource `customers`: made, changed, merged, taken apart again, deleted."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from lodge_core.api.asking import named
from lodge_core.api.bodies_of_customers import (
    AtAddress,
    ChangedCustomer,
    MergingCustomers,
    NewContactPerson,
    NewCustomerBody,
    PointOfNewCustomer,
    UnmergingCustomers,
    WholeCustomer,
)
from lodge_core.api.customer_collections import CUSTOMERS, customer_for
from lodge_core.customers import deleting, making, merging
from lodge_core.customers.seeing import customers_at
from lodge_core.customers.values import CustomerEdit, NewCustomer, NewPerson, NewPoint
from lodge_platform.api import Answer, Api, Call
from lodge_platform.api.visibility import sees_everywhere
from lodge_platform.errors import ForbiddenError
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action

api = Api("customers", "Whoever writes to us: individuals, groups, corporate customers.")
api.collection(CUSTOMERS)
_ONE = "/customers/{customer_id}"


class CustomersAt(Struct, frozen=True):
    """Keys of the customers who have the address; empty when you may see none."""

    customer_ids: Annotated[list[int], Meta(description="Your departments' own come first.")]


@api.get("/customers/at", action=Action.CUSTOMER_READ, query=AtAddress, answer=CustomersAt)
def find_customers(call: Call) -> Answer:
    """Find who has an address.

    However it is written: upper or lower case, with or without xn--, spaces within a number.
    """
    if not sees_everywhere(call.reader, Action.CUSTOMER_READ, Action.PERSONAL_READ):
        raise ForbiddenError(f"you lack the right {Action.PERSONAL_READ.value}")
    with call.lodge.stores.active.read() as connection:
        found = customers_at(connection, call.query.kind, call.query.address, call.reader)
    return call.value(CustomersAt(found))


@api.post(
    "/customers",
    action=Action.CUSTOMER_WORK,
    body=NewCustomerBody,
    answer=CUSTOMERS,
    status=201,
    refusals=("conflict",),
)
def create_customer(call: Call, body: NewCustomerBody, work: Work) -> Answer:
    """Make a customer.

    With contact points and contact persons. 409 when a customer whom you may see has one of the
    addresses already.
    """
    department_id = body.department_id or call.reader.department_id
    call.require(Action.CUSTOMER_WORK, department_id)
    new = NewCustomer(
        kind=body.kind,
        department_id=department_id,
        name=body.name,
        parent_customer_id=body.parent_customer_id,
        attributes=body.attributes,
        contact_points=_points(body.contact_points),
        contact_persons=tuple(person_of(one) for one in body.contact_persons),
    )
    return call.created(CUSTOMERS, making.create(work, new, reader=call.reader))


@api.patch(
    _ONE,
    action=Action.CUSTOMER_WORK,
    body=ChangedCustomer,
    answer=CUSTOMERS,
    refusals=("conflict",),
)
def change_customer(call: Call, body: ChangedCustomer, work: Work) -> Answer:
    """Change some fields of a customer. A merged customer is not changed any more."""
    change = CustomerEdit(
        kind=body.kind,
        name=body.name,
        parent_customer_id=body.parent_customer_id,
        attributes=body.attributes,
    )
    return _edited(call, change, work)


@api.put(
    _ONE, action=Action.CUSTOMER_WORK, body=WholeCustomer, answer=CUSTOMERS, refusals=("conflict",)
)
def replace_customer(call: Call, body: WholeCustomer, work: Work) -> Answer:
    """Replace every field of a customer that can be changed."""
    row = customer_for(call, call.key("customer_id"), Action.CUSTOMER_WORK)
    emptied: dict[str, Any] = dict.fromkeys(row.attributes)
    change = CustomerEdit(
        kind=body.kind,
        name=body.name,
        parent_customer_id=body.parent_customer_id,
        attributes=emptied | body.attributes,
    )
    return _edited(call, change, work)


@api.delete(_ONE, action=Action.CUSTOMER_DELETE, refusals=("conflict",))
def delete_customer(call: Call, work: Work) -> Answer:
    """Delete a customer without open activities.

    The row stays, and is shown to nobody; mail from its addresses makes a new customer.
    """
    key = call.key("customer_id")
    customer_for(call, key, Action.CUSTOMER_DELETE, call.match)
    deleting.delete(work, key, expected=call.match)
    return call.nothing()


@api.post(
    f"{_ONE}/merge",
    action=Action.CUSTOMER_MERGE,
    body=MergingCustomers,
    answer=CUSTOMERS,
    needs_match=True,
    refusals=("conflict",),
)
def merge_customer(call: Call, body: MergingCustomers, work: Work) -> Answer:
    """Merge a customer into another.

    All that is theirs goes along: cases, activities, notes, persons, contact points and members, of
    whatever department. Answers with the one who took over, whose name stays.
    """
    key, into = call.key("customer_id"), body.into_customer_id
    customer_for(call, key, Action.CUSTOMER_MERGE, call.match)
    named(call, CUSTOMERS, into, field="into_customer_id", action=Action.CUSTOMER_MERGE)
    merging.merge(work, key, into_customer_id=into, expected=call.match)
    return call.one(CUSTOMERS, into)


@api.post(
    f"{_ONE}/unmerge",
    action=Action.CUSTOMER_MERGE,
    body=UnmergingCustomers,
    answer=CUSTOMERS,
    needs_match=True,
    refusals=("conflict",),
)
def unmerge_customer(call: Call, body: UnmergingCustomers, work: Work) -> Answer:
    """Take a customer out again who was merged into this one.

    What moved then and is still here goes back. Merges are undone from the last one on.
    """
    key = call.key("customer_id")
    customer_for(call, key, Action.CUSTOMER_MERGE, call.match)
    merging.unmerge(work, body.customer_id, from_customer_id=key, expected=call.match)
    return call.one(CUSTOMERS, key)


def person_of(body: NewContactPerson) -> NewPerson:
    """The person that a body describes."""
    return NewPerson(
        name=body.name, position=body.position, contact_points=_points(body.contact_points)
    )


def _points(bodies: list[PointOfNewCustomer]) -> tuple[NewPoint, ...]:
    return tuple(NewPoint(kind=one.kind, address=one.address) for one in bodies)


def _edited(call: Call, change: CustomerEdit, work: Work) -> Answer:
    key = call.key("customer_id")
    customer_for(call, key, Action.CUSTOMER_WORK, call.match)
    making.edit(work, key, change, reader=call.reader, expected=call.match)
    return call.one(CUSTOMERS, key)
