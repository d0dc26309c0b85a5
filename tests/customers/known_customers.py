"""Customers for tests: short ways to make them and to look at them."""

from typing import Any

from sqlalchemy import select

from fixtures.asker import asker, at_work
from fixtures.workplace import Workplace
from lodge_core.customers.making import create
from lodge_core.customers.values import (
    NewCustomer,
    NewPoint,
)
from lodge_platform.schema.active import ContactPoint, Customer
from lodge_platform.vocabulary import ContactKind, CustomerKind

ELSEWHERE = 99


def point(address: str, kind: ContactKind = ContactKind.EMAIL) -> NewPoint:
    return NewPoint(kind=kind, address=address)


def made(place: Workplace, *addresses: str, department_id: int = 0, **values: Any) -> int:
    """A customer with these e-mail addresses; the key."""
    department_id = department_id or place.department_id
    given: dict[str, Any] = {
        "kind": CustomerKind.INDIVIDUAL,
        "department_id": department_id,
        "name": "Ada Byron",
        "contact_points": tuple(point(address) for address in addresses),
    }
    with at_work(place) as work:
        return create(work, NewCustomer(**given | values), reader=asker(department_id))


def customer(place: Workplace, key: int) -> Any:
    return place.one(select(Customer.__table__).where(Customer.customer_id == key))


def points(place: Workplace, key: int) -> dict[str, Any]:
    rows = place.rows(
        select(ContactPoint.__table__).where(
            ContactPoint.customer_id == key, ContactPoint.deleted_at.is_(None)
        )
    )
    return {row.address: row for row in rows}
