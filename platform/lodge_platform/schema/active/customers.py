"""Customers and the contact points by which they are found."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import ActiveBase, Captured, Key
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
    kind: Mapped[str] = term("email or phone.", example="email")
    address: Mapped[str] = term(
        "Address or number as written.",
        sensitivity=Sensitivity.PERSONAL,
        example="Ada@example.org",
    )
    address_key: Mapped[str] = term(
        "The address in the form by which it is found: trimmed, lower case.",
        sensitivity=Sensitivity.PERSONAL,
        example="ada@example.org",
    )
    created_at: Mapped[datetime] = term("When it was first seen.", unit="instant, UTC")
