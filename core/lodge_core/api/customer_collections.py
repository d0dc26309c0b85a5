"""Customers, their persons and contact points, as collections of the API."""

from typing import Any

from sqlalchemy import FromClause, Row

from lodge_platform.api import Call, Collection, refuse_stale
from lodge_platform.api.visibility import customers_visible, through
from lodge_platform.errors import ForbiddenError, NotFoundError
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import ContactPerson, ContactPoint, Customer

_CUSTOMERS: FromClause = Customer.__table__
_PERSONS: FromClause = ContactPerson.__table__
_POINTS: FromClause = ContactPoint.__table__

CUSTOMERS = Collection(
    name="customers",
    one="customer",
    table=_CUSTOMERS,
    action=Action.CUSTOMER_READ,
    visible=customers_visible,
    filters=(
        "customer_id",
        "kind",
        "name",
        "department_id",
        "parent_customer_id",
        "merged_into_customer_id",
        "created_at",
    ),
    sorts=("customer_id", "created_at", "name"),
    custom_attributes="customer",
    is_xml=True,
    description="Customers that your departments made, or have a case or an activity of.",
)

CONTACT_PERSONS = Collection(
    name="contact-persons",
    one="contact-person",
    table=_PERSONS,
    action=Action.CUSTOMER_READ,
    visible=through(_PERSONS, "customer_id", _CUSTOMERS, customers_visible),
    filters=("contact_person_id", "name", "position", "created_at"),
    sorts=("contact_person_id", "name", "created_at"),
    under=CUSTOMERS,
    description="People who act for the customer.",
)

CONTACT_POINTS = Collection(
    name="contact-points",
    one="contact-point",
    table=_POINTS,
    action=Action.CUSTOMER_READ,
    visible=through(_POINTS, "customer_id", _CUSTOMERS, customers_visible),
    # The key tells whether another department knows the address.
    leaves_out=("address_key",),
    filters=("contact_point_id", "contact_person_id", "kind", "address", "created_at"),
    sorts=("contact_point_id", "kind", "created_at"),
    under=CUSTOMERS,
    description="Addresses and numbers of the customer.",
)


def customer_for(call: Call, key: int, action: Action, match: int | None = None) -> Row[Any]:
    """The customer, to whom the reader may do `action`.

    Raises NotFoundError for one they may not see, ForbiddenError for one they only see, StaleError
    for another version than `match`; what changes it asks again under its lock.
    """
    row = call.visible(CUSTOMERS, key)
    try:
        call.visible(CUSTOMERS, key, action)
    except NotFoundError as error:
        raise ForbiddenError(f"you lack the right {action.value}") from error
    refuse_stale(row, match)
    return row
