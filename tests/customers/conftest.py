"""The house whose customers are asked for over HTTP."""

import pytest

from api.house import House, house_of
from fixtures.workplace import Workplace
from lodge_core.api import customer_contacts, customers, notes


@pytest.fixture
def customer_house(workplace: Workplace) -> House:
    """Customers over HTTP, once on each engine."""
    return house_of(workplace, [customers.api, customer_contacts.api, notes.api])


@pytest.fixture
def sqlite_customer_house(sqlite_workplace: Workplace) -> House:
    """As `customer_house`, on SQLite alone."""
    return house_of(sqlite_workplace, [customers.api, customer_contacts.api, notes.api])
