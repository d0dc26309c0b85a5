"""Pages of other origins: listed ones may ask with a key, never by cookie; others not at all."""

import pytest
from fastapi.testclient import TestClient

from api import small_api
from api.house import House, house_of
from fixtures.workplace import Workplace

LISTED = "https://shop.example"


@pytest.fixture
def sue(sqlite_workplace: Workplace) -> TestClient:
    """A supervisor's program, in a house that lists one origin."""
    house: House = house_of(
        sqlite_workplace, [small_api.api], api_origins=f"{LISTED}/, https://other.example:8443"
    )
    return house.asker("sue", "supervisor")


def test_a_listed_origin_may_read_answers_and_problems(sue: TestClient) -> None:
    for path in ("/cases", "/cases/7", "/nothing", "/cases?x=1"):
        answer = sue.get(path, headers={"origin": LISTED})
        assert answer.headers["access-control-allow-origin"] == LISTED
        assert "access-control-allow-credentials" not in answer.headers
        assert "etag" in answer.headers["access-control-expose-headers"].lower()
        assert "origin" in answer.headers["vary"].lower()
    other = sue.get("/cases", headers={"origin": "https://other.example:8443"})
    assert other.headers["access-control-allow-origin"] == "https://other.example:8443"


def test_no_other_origin_is_told_anything(sue: TestClient) -> None:
    for origin in (
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:444",
        "https://shop.example.evil.example",
        "https://sub.shop.example",
        "https://shop.example/",
        "null",
        "*",
        "",
        "https://shop.example, https://evil.example",
        "https://shop.exam\tple",
    ):
        for method in ("GET", "OPTIONS"):
            answer = sue.request(method, "/cases", headers={"origin": origin})
            assert answer.is_success
            assert not [n for n in answer.headers if n.startswith("access-control")], origin


def test_a_listed_origin_is_told_beforehand_what_it_may_send(sue: TestClient) -> None:
    asked = {
        "origin": LISTED,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization, if-match",
    }
    answer = sue.options("/cases/1", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert {"authorization", "if-match", "idempotency-key"} <= set(allowed.split(", "))
    assert "access-control-allow-credentials" not in answer.headers
