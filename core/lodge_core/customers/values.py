"""What is said of a new customer, and what an edit changes."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from lodge_platform.errors import RefusedError
from lodge_platform.vocabulary import ContactKind, CustomerKind

MOST_NAME = 400
MOST_CONTACTS = 50


class NewPoint(Struct, frozen=True, kw_only=True):
    """An address or number to add."""

    kind: ContactKind
    address: str


class NewPerson(Struct, frozen=True, kw_only=True):
    """Somebody who acts for a customer, with the addresses that reach this person."""

    name: str
    position: str | None = None
    contact_points: tuple[NewPoint, ...] = ()


class NewCustomer(Struct, frozen=True, kw_only=True):
    """A customer to make; without a name, the first address is the name."""

    kind: CustomerKind
    department_id: int
    name: str | None = None
    parent_customer_id: int | None = None
    attributes: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    contact_points: tuple[NewPoint, ...] = ()
    contact_persons: tuple[NewPerson, ...] = ()


class CustomerEdit(Struct, frozen=True, kw_only=True):
    """What to change of a customer; attributes not named keep their values."""

    kind: CustomerKind | UnsetType = UNSET
    name: str | UnsetType = UNSET
    parent_customer_id: int | UnsetType | None = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET


class PersonEdit(Struct, frozen=True, kw_only=True):
    """What to change of a contact person."""

    name: str | UnsetType = UNSET
    position: str | UnsetType | None = UNSET


class PointEdit(Struct, frozen=True, kw_only=True):
    """What to change of a contact point; its kind stays."""

    address: str | UnsetType = UNSET
    contact_person_id: int | UnsetType | None = UNSET


def checked_name(name: str, *, field: str = "name") -> str:
    """The name as it is. Raises RefusedError for an empty or endless one."""
    if not name.strip() or len(name) > MOST_NAME or "\0" in name:
        raise RefusedError(
            f"a name has 1 to {MOST_NAME} characters and is not only spaces", field=field
        )
    return name
