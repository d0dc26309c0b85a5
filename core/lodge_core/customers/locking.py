"""Who may touch customers at one time, and the rows that are locked for a change."""

from typing import Any

from sqlalchemy import Connection, Row, select, text

from lodge_platform.errors import ConflictError, NotFoundError
from lodge_platform.schema.active import Customer

_LOCK = 4_610_001  # any number, as long as nobody else takes it
_CUSTOMERS = Customer.__table__


def lock_customers(connection: Connection) -> None:
    """Let one transaction at a time find, make, merge or delete customers.

    Taken before any row is locked. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def hold_customers(connection: Connection) -> None:
    """Let no customer be merged or deleted until this transaction ends; others may hold as well.

    Taken before any row is locked, by whoever gives work to a customer.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock_shared(:lock)"), {"lock": _LOCK})


def usable_customer(connection: Connection, customer_id: int) -> Row[Any]:
    """The customer's row, locked against other changes.

    Raises NotFoundError for one that is not there or deleted, ConflictError for a merged one.
    """
    row = locked_customer(connection, customer_id)
    if row.merged_into_customer_id is not None:
        raise ConflictError(
            f"customer {customer_id} was merged into customer {row.merged_into_customer_id}",
            field="customer_id",
        )
    return row


def locked_customer(connection: Connection, customer_id: int) -> Row[Any]:
    """The row of a customer that is not deleted, locked. Raises NotFoundError."""
    row = connection.execute(
        select(_CUSTOMERS)
        .where(_CUSTOMERS.c.customer_id == customer_id, _CUSTOMERS.c.deleted_at.is_(None))
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"no customer {customer_id}")
    return row
