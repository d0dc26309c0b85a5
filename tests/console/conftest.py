"""The office: the application with the console, over a workplace."""

from collections.abc import Generator

import pytest
from fastapi.testclient import TestClient

from fixtures.workplace import Workplace, open_workplace
from lodge_core.console.routes import router as console
from lodge_platform.lodge import open_lodge
from lodge_platform.messaging.bus import close_bus_of
from lodge_platform.settings import Settings
from web.office import Office, office_of


@pytest.fixture
def office(workplace: Workplace) -> Office:
    """The application with the console, over the workplace, once on each engine."""
    return office_of(workplace, [console])


@pytest.fixture
def sqlite_workplace(sqlite_settings: Settings) -> Generator[Workplace]:
    """As `workplace`, on SQLite alone: for what does not touch the stores' difference."""
    yield from _opened(sqlite_settings)


@pytest.fixture
def postgresql_workplace(postgresql_settings: Settings) -> Generator[Workplace]:
    """As `workplace`, on PostgreSQL alone."""
    yield from _opened(postgresql_settings)


@pytest.fixture
def sqlite_office(sqlite_workplace: Workplace) -> Office:
    """As `office`, on SQLite alone."""
    return office_of(sqlite_workplace, [console])


def _opened(settings: Settings) -> Generator[Workplace]:
    lodge = open_lodge(settings)
    yield open_workplace(lodge)
    close_bus_of(lodge)
    lodge.close()


@pytest.fixture
def grace(office: Office) -> TestClient:
    """The browser of an agent for refunds, signed in."""
    office.person("grace", groups=["Billing"])
    return office.signed_in("grace")
