"""What requests about customers say."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from lodge_core.customers.values import MOST_CONTACTS, MOST_NAME
from lodge_platform.api import Body, ObjectKey, Query
from lodge_platform.vocabulary import ContactKind, CustomerKind

Name = Annotated[str, Meta(min_length=1, max_length=MOST_NAME, description="Name, as people say.")]
Position = Annotated[str, Meta(max_length=MOST_NAME, description="What the person does there.")]
Kind = Annotated[CustomerKind, Meta(description="individual, group or corporate.")]
PointKind = Annotated[ContactKind, Meta(description="email, phone, web or postal.")]
Address = Annotated[
    str,
    Meta(
        max_length=2_000,
        description="An e-mail address alone; a telephone number with its country code; an http or "
        "https address; or a postal address.",
    ),
]
Parent = Annotated[ObjectKey, Meta(description="Group or corporate customer it belongs to.")]
Attributes = Annotated[
    dict[str, Any], Meta(description="Custom attributes by name, as they are declared.")
]


class NewContactPoint(Body, frozen=True):
    """An address or number, and whom it reaches."""

    kind: PointKind
    address: Address
    contact_person_id: ObjectKey | None = None


class PointOfNewCustomer(Body, frozen=True):
    """An address or number."""

    kind: PointKind
    address: Address


Points = Annotated[list[PointOfNewCustomer], Meta(max_length=MOST_CONTACTS)]


class NewContactPerson(Body, frozen=True):
    """Somebody who acts for the customer, with the addresses that reach this person."""

    name: Name
    position: Position | None = None
    contact_points: Points = msgspec.field(default_factory=list[PointOfNewCustomer])


class NewCustomerBody(Body, frozen=True):
    """A customer. Without a name, the first address is the name; without a department, one's
    own."""

    kind: Kind = CustomerKind.INDIVIDUAL
    name: Name | None = None
    department_id: ObjectKey | None = None
    parent_customer_id: Parent | None = None
    attributes: Attributes = msgspec.field(default_factory=dict[str, Any])
    contact_points: Points = msgspec.field(default_factory=list[PointOfNewCustomer])
    contact_persons: Annotated[list[NewContactPerson], Meta(max_length=MOST_CONTACTS)] = (
        msgspec.field(default_factory=list[NewContactPerson])
    )


class ChangedCustomer(Body, frozen=True):
    """The fields to change. null empties one; custom attributes are merged by name."""

    kind: Kind | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    parent_customer_id: Parent | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET


class WholeCustomer(Body, frozen=True):
    """Every field that can be changed; what is left out becomes empty."""

    kind: Kind
    # What came by mail may be longer than what people may write, and is written back here.
    name: Annotated[str, Meta(min_length=1, max_length=10_000, description="Name.")]
    parent_customer_id: Parent | None = None
    attributes: Attributes = msgspec.field(default_factory=dict[str, Any])


class MergingCustomers(Body, frozen=True):
    """The customer who takes this one over."""

    into_customer_id: ObjectKey


class UnmergingCustomers(Body, frozen=True):
    """The customer who was merged into this one and is to be itself again."""

    customer_id: ObjectKey


class ChangedContactPerson(Body, frozen=True):
    """The fields to change; null empties one."""

    name: Name | UnsetType = UNSET
    position: Position | UnsetType | None = UNSET


class ChangedContactPoint(Body, frozen=True):
    """The fields to change; null empties one."""

    address: Address | UnsetType = UNSET
    contact_person_id: ObjectKey | UnsetType | None = UNSET


class AtAddress(Query, frozen=True):
    """The address that is looked for."""

    kind: PointKind
    address: Address
