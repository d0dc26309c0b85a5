"""The house whose API the clients of these tests ask."""

import pytest
from fastapi.testclient import TestClient
from lxml import etree

from api import odd_api, small_api
from api.house import House, house_of
from fixtures.workplace import Workplace

XML = {"accept": "application/xml"}


@pytest.fixture
def small_house(workplace: Workplace) -> House:
    """The small API and the odd one, over the workplace, once on each engine."""
    return house_of(workplace, [small_api.api, odd_api.api], api_strangers_a_minute=0)


@pytest.fixture
def sqlite_small_house(sqlite_workplace: Workplace) -> House:
    """As `small_house`, on SQLite alone: for what does not touch the stores' difference."""
    return house_of(
        sqlite_workplace,
        [small_api.api, odd_api.api],
        api_strangers_a_minute=0,
        api_requests_a_minute=0,
    )


@pytest.fixture
def sue(small_house: House) -> TestClient:
    """A supervisor's program."""
    return small_house.asker("sue", "supervisor")


def schema_served(program: TestClient) -> etree.XMLSchema:
    """The XML Schema that the server gives, ready to validate."""
    answer = program.get("/schema.xsd", headers={"authorization": ""})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"
    return etree.XMLSchema(etree.fromstring(answer.content))
