"""The house of two departments behind the whole API."""

from collections.abc import Generator

import pytest

from api.house import House
from lodge_platform.lodge import open_lodge
from lodge_platform.messaging.bus import close_bus_of
from lodge_platform.settings import Settings
from rights.two import house_of_two


@pytest.fixture
def house(settings: Settings) -> Generator[House]:
    """The house, once on each engine."""
    yield from _opened(settings)


@pytest.fixture
def sqlite_house(sqlite_settings: Settings) -> Generator[House]:
    """As `house`, on SQLite alone."""
    yield from _opened(sqlite_settings)


@pytest.fixture
def postgresql_house(postgresql_settings: Settings) -> Generator[House]:
    """As `house`, on PostgreSQL alone."""
    yield from _opened(postgresql_settings)


def _opened(settings: Settings) -> Generator[House]:
    lodge = open_lodge(settings)
    yield house_of_two(lodge)
    close_bus_of(lodge)
    lodge.close()
