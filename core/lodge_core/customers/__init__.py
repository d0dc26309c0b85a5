"""Customers: found by contact point or made, changed, merged and taken apart again.

Locks: whoever finds, makes, merges or deletes customers takes `lock_customers` first of all;
whoever gives work to a customer that exists takes `hold_customers` first. Rows come after, in the
order cases, activities, customers.
"""

from lodge_core.customers.finding import (
    UNKNOWN_SENDER,
    FoundCustomer,
    Writer,
    find_or_create,
    writer_key,
)
from lodge_core.customers.locking import hold_customers, lock_customers, usable_customer

__all__ = [
    "UNKNOWN_SENDER",
    "FoundCustomer",
    "Writer",
    "find_or_create",
    "hold_customers",
    "lock_customers",
    "usable_customer",
    "writer_key",
]
