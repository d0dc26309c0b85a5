"""Which customers an asker may see, asked within the transaction that changes them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from lodge_core.customers.addresses import checked_address, known_only_to, of_customer_alone
from lodge_platform.api.visibility import customers_visible
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import ContactPoint, Customer
from lodge_platform.vocabulary import ContactKind

_CUSTOMERS = Customer.__table__
_POINTS = ContactPoint.__table__


def is_visible(connection: Connection, customer_id: int, reader: SignedIn) -> bool:
    """Whether the reader may know that the customer is there."""
    found = connection.execute(
        select(_CUSTOMERS.c.customer_id).where(
            _CUSTOMERS.c.customer_id == customer_id,
            customers_visible(reader, Action.CUSTOMER_READ),
        )
    )
    return found.first() is not None


def points_at(connection: Connection, kind: ContactKind, keys: Iterable[str]) -> list[Row[Any]]:
    """Contact points that stand under one of these keys, removed ones too; each with whether its
    customer was deleted as `is_orphan`."""
    rows = connection.execute(
        select(_POINTS, _CUSTOMERS.c.deleted_at.is_not(None).label("is_orphan"))
        .join(_CUSTOMERS, _CUSTOMERS.c.customer_id == _POINTS.c.customer_id)
        .where(_POINTS.c.kind == kind.value, _POINTS.c.address_key.in_(list(keys)))
        .order_by(_POINTS.c.contact_point_id)
    )
    return list(rows)


def customers_at(
    connection: Connection, kind: ContactKind, address: str, reader: SignedIn
) -> list[int]:
    """Keys of the customers visible to the reader who have this address, the reader's departments'
    own first. Raises RefusedError for what is no address of that kind."""
    key = checked_address(kind, address).key
    if key is None:
        return []
    departments = sorted(reader.departments_near(Action.CUSTOMER_READ))
    keys = [*(known_only_to(department, key) for department in departments), key]
    found = [row for row in points_at(connection, kind, keys) if row.deleted_at is None]
    found.sort(key=lambda row: keys.index(row.address_key))
    seen = dict.fromkeys(row.customer_id for row in found)
    return [one for one in seen if is_visible(connection, one, reader)]


def keys_of(
    kind: ContactKind, address: str, *, customer_id: int, department_id: int, field: str
) -> tuple[str, str]:
    """The key by which everybody finds the address, and the one for this department alone.

    An address that identifies nobody has one key, the customer's own. Raises RefusedError."""
    key = checked_address(kind, address, field=field).key
    if key is None:
        own = of_customer_alone(customer_id, address)
        return own, own
    return key, known_only_to(department_id, key)
