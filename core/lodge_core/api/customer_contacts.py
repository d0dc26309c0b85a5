"""Contact persons and contact points of customers."""

from lodge_core.api.bodies_of_customers import (
    ChangedContactPerson,
    ChangedContactPoint,
    NewContactPerson,
    NewContactPoint,
)
from lodge_core.api.customer_collections import (
    CONTACT_PERSONS,
    CONTACT_POINTS,
    customer_for,
)
from lodge_core.api.customers import person_of
from lodge_core.customers import persons, points
from lodge_core.customers.values import NewPoint, PersonEdit, PointEdit
from lodge_platform.api import Answer, Api, Call
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action

api = Api("customers", "Whoever writes to us: individuals, groups, corporate customers.")
api.collection(CONTACT_PERSONS)
api.collection(CONTACT_POINTS)
_PERSONS = "/customers/{customer_id}/contact-persons"
_PERSON = f"{_PERSONS}/{{contact_person_id}}"
_POINTS = "/customers/{customer_id}/contact-points"
_POINT = f"{_POINTS}/{{contact_point_id}}"


@api.post(
    _PERSONS,
    action=Action.CUSTOMER_WORK,
    body=NewContactPerson,
    answer=CONTACT_PERSONS,
    status=201,
    refusals=("conflict",),
)
def create_contact_person(call: Call, body: NewContactPerson, work: Work) -> Answer:
    """Add somebody who acts for the customer."""
    key = _customer(call)
    return call.created(
        CONTACT_PERSONS, persons.add_person(work, key, person_of(body), reader=call.reader)
    )


@api.patch(
    _PERSON,
    action=Action.CUSTOMER_WORK,
    body=ChangedContactPerson,
    answer=CONTACT_PERSONS,
    refusals=("conflict",),
)
def change_contact_person(call: Call, body: ChangedContactPerson, work: Work) -> Answer:
    """Change what is said of a contact person."""
    key = call.key("contact_person_id")
    change = PersonEdit(name=body.name, position=body.position)
    persons.edit_person(work, _customer(call), key, change, expected=call.match)
    return call.one(CONTACT_PERSONS, key)


@api.delete(_PERSON, action=Action.CUSTOMER_WORK, refusals=("conflict",))
def delete_contact_person(call: Call, work: Work) -> Answer:
    """Take a contact person away. The addresses stay the customer's."""
    key = call.key("contact_person_id")
    persons.remove_person(work, _customer(call), key, expected=call.match)
    return call.nothing()


@api.post(
    _POINTS,
    action=Action.CUSTOMER_WORK,
    body=NewContactPoint,
    answer=CONTACT_POINTS,
    status=201,
    refusals=("conflict",),
)
def create_contact_point(call: Call, body: NewContactPoint, work: Work) -> Answer:
    """Add an address or number.

    409 when a customer whom you may see has it already.
    """
    key = points.add_point(
        work,
        _customer(call),
        NewPoint(kind=body.kind, address=body.address),
        reader=call.reader,
        contact_person_id=body.contact_person_id,
    )
    return call.created(CONTACT_POINTS, key)


@api.patch(
    _POINT,
    action=Action.CUSTOMER_WORK,
    body=ChangedContactPoint,
    answer=CONTACT_POINTS,
    refusals=("conflict",),
)
def change_contact_point(call: Call, body: ChangedContactPoint, work: Work) -> Answer:
    """Change an address or number, or whom it reaches."""
    key = call.key("contact_point_id")
    change = PointEdit(address=body.address, contact_person_id=body.contact_person_id)
    points.edit_point(work, _customer(call), key, change, reader=call.reader, expected=call.match)
    return call.one(CONTACT_POINTS, key)


@api.delete(_POINT, action=Action.CUSTOMER_WORK, refusals=("conflict",))
def delete_contact_point(call: Call, work: Work) -> Answer:
    """Take an address or number away. Mail from it still finds the customer."""
    key = call.key("contact_point_id")
    points.remove_point(work, _customer(call), key, expected=call.match)
    return call.nothing()


def _customer(call: Call) -> int:
    key = call.key("customer_id")
    customer_for(call, key, Action.CUSTOMER_WORK)
    return key
