"""The house with a receiver, and senders that are ended."""

from collections.abc import Generator

import pytest

from fixtures.receiver import receiving
from fixtures.workplace import Workplace
from webhooks.house import House, MovedSender, make_house


@pytest.fixture
def house(workplace: Workplace) -> Generator[House]:
    """A workplace with a receiver, once on each engine."""
    with receiving() as receiver:
        yield make_house(workplace, receiver)


@pytest.fixture
def sqlite_house(sqlite_workplace: Workplace) -> Generator[House]:
    """As `house`, on SQLite alone."""
    with receiving() as receiver:
        yield make_house(sqlite_workplace, receiver)


@pytest.fixture
def sender(house: House) -> Generator[MovedSender]:
    """A sender at work in the house."""
    made = house.sender()
    yield made
    made.close()


@pytest.fixture
def sqlite_sender(sqlite_house: House) -> Generator[MovedSender]:
    """As `sender`, on SQLite alone."""
    made = sqlite_house.sender()
    yield made
    made.close()
