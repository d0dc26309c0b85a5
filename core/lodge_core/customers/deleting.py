"""A customer deleted: shown to nobody any more, while what was said and written stays."""

from sqlalchemy import select

from lodge_core.customers.locking import lock_customers, locked_customer
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError
from lodge_platform.events.of_activities import Change
from lodge_platform.events.of_customers import CustomerChanges, CustomerDeleted, CustomerEdited
from lodge_platform.events.work import Work
from lodge_platform.schema.active import Activity, Customer
from lodge_platform.vocabulary import ActivityStatus

_ACTIVITIES = Activity.__table__
_CUSTOMERS = Customer.__table__


def delete(work: Work, customer_id: int, *, expected: int | None) -> None:
    """Delete a customer without open activities; members belong to nobody then.

    Mail from its addresses makes a new customer. Raises NotFoundError, StaleError, ConflictError.
    """
    lock_customers(work.connection)
    row = locked_customer(work.connection, customer_id)
    refuse_stale(row, expected)
    is_open = work.connection.execute(
        select(_ACTIVITIES.c.activity_id)
        .where(
            _ACTIVITIES.c.customer_id == customer_id,
            _ACTIVITIES.c.status != ActivityStatus.COMPLETED,
            _ACTIVITIES.c.deleted_at.is_(None),
        )
        .limit(1)
    )
    if is_open.first() is not None:
        raise ConflictError("the customer has open activities; they are completed first")
    deleted = work.record(CustomerDeleted(), customer_id, department_id=row.department_id)
    members = work.connection.execute(
        select(_CUSTOMERS)
        .where(_CUSTOMERS.c.parent_customer_id == customer_id, _CUSTOMERS.c.deleted_at.is_(None))
        .order_by(_CUSTOMERS.c.customer_id)
        .with_for_update(key_share=True)
    )
    for member in members:
        work.record(
            CustomerEdited(CustomerChanges(parent_customer_id=Change(customer_id, None))),
            member.customer_id,
            department_id=member.department_id,
            caused_by=deleted,
        )
