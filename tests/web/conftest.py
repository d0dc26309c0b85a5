"""The office: the application with the console, over a workplace."""

import pytest

from fixtures.workplace import Workplace
from lodge_core.console.routes import router as console
from web.office import Office, office_of


@pytest.fixture
def office(workplace: Workplace) -> Office:
    """The application with the console, over the workplace, once on each engine."""
    return office_of(workplace, [console])


@pytest.fixture
def sqlite_office(sqlite_workplace: Workplace) -> Office:
    """As `office`, on SQLite alone."""
    return office_of(sqlite_workplace, [console])
