"""Customers and the contact points by which they are found."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Json, Key
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Sensitivity


class Customer(Captured, ActiveBase):
    __tablename__ = "customers"
    __table_args__ = ({"comment": "One row per customer, whoever writes to us."},)

    customer_id: Mapped[int] = term("Key of the customer.", Key, primary_key=True)
    kind: Mapped[str] = term("individual, group or corporate.", example="individual")
    name: Mapped[str] = term(
        "Name as the customer last gave it; the address where none was given.",
        sensitivity=Sensitivity.PERSONAL,
        example="Ada Byron",
    )
    created_at: Mapped[datetime] = term("When the customer first wrote to us.", unit="instant, UTC")
    department_id: Mapped[int | None] = term(
        "Department that first knew the customer; others see the customer by the cases they share. "
        "Empty for customers older than this column.",
        Key,
        index=True,
    )
    parent_customer_id: Mapped[int | None] = term(
        "Group or corporate customer this one belongs to.",
        Key,
        index=True,
    )
    merged_into_customer_id: Mapped[int | None] = term(
        "Customer that took this one over; empty unless merged.", Key
    )
    attributes: Mapped[dict[str, Any]] = term(
        "Custom attributes by name, typed as master's `custom_attributes` declare them.",
        Json,
        server_default=text("'{}'"),
        sensitivity=Sensitivity.PERSONAL,
        example='{"contract": "gold"}',
    )
    deleted_at: Mapped[datetime | None] = term(
        "When the customer was deleted; the row stays, and is shown to nobody.",
        unit="instant, UTC",
    )


class ContactPerson(Captured, ActiveBase):
    __tablename__ = "contact_persons"
    __table_args__ = ({"comment": "One row per person who acts for a customer."},)

    contact_person_id: Mapped[int] = term("Key of the person.", Key, primary_key=True)
    customer_id: Mapped[int] = term(
        "Customer the person acts for.", Key, ForeignKey("customers.customer_id"), index=True
    )
    name: Mapped[str] = term(
        "Name of the person.", sensitivity=Sensitivity.PERSONAL, example="Ada Byron"
    )
    position: Mapped[str | None] = term(
        "What the person does there.", sensitivity=Sensitivity.PERSONAL, example="Purchasing"
    )
    created_at: Mapped[datetime] = term("When the person was added.", unit="instant, UTC")
    deleted_at: Mapped[datetime | None] = term(
        "When the person was taken away; the row stays.", unit="instant, UTC"
    )


class ContactPoint(Captured, ActiveBase):
    __tablename__ = "contact_points"
    __table_args__ = (
        UniqueConstraint("kind", "address_key"),
        {"comment": "One row per address or number of a customer."},
    )

    contact_point_id: Mapped[int] = term("Key of the contact point.", Key, primary_key=True)
    customer_id: Mapped[int] = term(
        "Customer it belongs to.", Key, ForeignKey("customers.customer_id"), index=True
    )
    contact_person_id: Mapped[int | None] = term("Person it reaches, where one is known.", Key)
    kind: Mapped[str] = term("email, phone, web or postal.", example="email")
    address: Mapped[str] = term(
        "Address or number as written.",
        sensitivity=Sensitivity.PERSONAL,
        example="Ada@example.org",
    )
    address_key: Mapped[str] = term(
        "The address in the form by which it is found: NFC, lower case, the domain in ASCII. An "
        "address that only one department knows as this customer's, or that identifies nobody, has "
        "the department's or the customer's key in front, and two spaces.",
        sensitivity=Sensitivity.PERSONAL,
        example="ada@example.org",
    )
    created_at: Mapped[datetime] = term("When it was first seen.", unit="instant, UTC")
    deleted_at: Mapped[datetime | None] = term(
        "When it was taken away; the row stays, so that the address finds its customer again.",
        unit="instant, UTC",
    )
