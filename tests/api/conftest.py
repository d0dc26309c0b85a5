"""The house behind the small API, once on each engine."""

import pytest
from fastapi.testclient import TestClient

from api import odd_api, small_api
from api.house import House, house_of
from api.whole import whole_house
from fixtures.workplace import Workplace


@pytest.fixture
def house(workplace: Workplace) -> House:
    """The small API and the odd one, over the workplace."""
    return house_of(workplace, [small_api.api, odd_api.api])


@pytest.fixture
def sqlite_house(sqlite_workplace: Workplace) -> House:
    """As `house`, on SQLite alone: for what does not touch the stores' difference."""
    return house_of(sqlite_workplace, [small_api.api, odd_api.api])


@pytest.fixture
def postgresql_house(postgresql_workplace: Workplace) -> House:
    """As `house`, on PostgreSQL alone."""
    return house_of(postgresql_workplace, [small_api.api, odd_api.api])


@pytest.fixture
def sue(house: House) -> TestClient:
    """A supervisor's program."""
    return house.asker("sue", "supervisor")


@pytest.fixture
def everything(workplace: Workplace) -> House:
    """The whole registered API, once on each engine."""
    return whole_house(workplace)


@pytest.fixture
def sqlite_everything(sqlite_workplace: Workplace) -> House:
    """As `everything`, on SQLite alone."""
    return whole_house(sqlite_workplace)


@pytest.fixture
def postgresql_everything(postgresql_workplace: Workplace) -> House:
    """As `everything`, on PostgreSQL alone."""
    return whole_house(postgresql_workplace)
