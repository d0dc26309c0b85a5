"""GET /changes: cursors, waiting, rights, and what is refused."""

import threading
import time

import pytest

from api.house import House, error_fields, house_of
from fixtures.workplace import Workplace
from lodge_core.api import changes
from lodge_platform.identity.actions import Action


@pytest.fixture
def house(workplace: Workplace) -> House:
    """The change feed over the workplace, once on each engine."""
    return house_of(workplace, [changes.api])


@pytest.fixture
def sqlite_house(sqlite_workplace: Workplace) -> House:
    """As `house`, on SQLite alone."""
    return house_of(sqlite_workplace, [changes.api])


def test_the_feed_is_followed_by_its_cursors(house: House) -> None:
    ingrid = house.asker("ingrid", "integrator")
    activity_id = house.place.queued()
    first = ingrid.get("/changes", params={"limit": 1}).json()
    assert len(first["items"]) == 1
    assert not first["is_at_end"]
    rest = ingrid.get("/changes", params={"after": first["after"]}).json()
    assert rest["is_at_end"]
    assert rest["items"][-1]["type"] == "activity_queued"
    assert rest["items"][-1]["object_id"] == activity_id
    assert rest["items"][-1]["occurred_at"] == "2026-01-05T09:00:00Z"
    nothing = ingrid.get("/changes", params={"after": rest["after"]}).json()
    assert nothing["items"] == []
    other = house.place.queued()
    later = ingrid.get("/changes", params={"after": nothing["after"]}).json()
    assert {item["activity_id"] for item in later["items"]} - {None} == {other}
    again = ingrid.get("/changes", params={"after": rest["after"]}).json()
    assert again["items"] == later["items"]


def test_only_types_asked_for_and_only_what_comes_from_now_on(sqlite_house: House) -> None:
    ingrid = sqlite_house.asker("ingrid", "integrator")
    sqlite_house.place.queued()
    queued = ingrid.get("/changes", params={"event_types": "activity_queued, offer_made"}).json()
    assert [item["type"] for item in queued["items"]] == ["activity_queued"]
    latest = ingrid.get("/changes", params={"after": "latest"}).json()
    assert latest["items"] == []
    sqlite_house.place.queued()
    assert ingrid.get("/changes", params={"after": latest["after"]}).json()["items"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"after": "7"}, "after"),
        ({"after": "A" * 100}, "after"),
        ({"after": "é\u0000"}, "after"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"wait": "31"}, "wait"),
        ({"wait": "-1"}, "wait"),
        ({"event_types": "activity_qeued"}, "event_types"),
        ({"since": "2026-01-01"}, "since"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    sqlite_house: House, params: dict[str, str], field: str
) -> None:
    answer = sqlite_house.asker("ingrid", "integrator").get("/changes", params=params)
    assert answer.status_code == 400
    assert error_fields(answer) == [field]


def test_s09_the_feed_needs_its_right_and_shows_nothing_of_another_department(
    house: House,
) -> None:
    house.place.queued(subject="SECRET")
    agent = house.asker("grace", "agent")
    assert agent.get("/changes").status_code == 403
    assert house.program().get("/changes").status_code == 401
    elsewhere = house.department("Elsewhere")
    stranger = house.asker("eve", "integrator", department_id=elsewhere)
    answer = stranger.get("/changes")
    assert answer.json()["items"] == []
    assert answer.json()["is_at_end"] is True
    assert "SECRET" not in answer.text


def test_s09_a_key_without_the_right_to_content_gets_none(sqlite_house: House) -> None:
    sqlite_house.place.queued(subject="SECRET")
    sqlite_house.person("ingrid", "integrator")
    key = sqlite_house.key("ingrid", actions=[Action.CHANGES_READ, Action.ACTIVITY_READ])
    answer = sqlite_house.program(key).get("/changes")
    assert "SECRET" not in answer.text
    [created] = [one for one in answer.json()["items"] if one["type"] == "activity_created"]
    assert created["withheld"] == ["payload.subject"]


def test_a_program_may_wait_for_the_next_event(house: House) -> None:
    ingrid = house.asker("ingrid", "integrator")
    at = ingrid.get("/changes", params={"after": "latest"}).json()["after"]
    happening = threading.Timer(0.5, house.place.queued)
    happening.start()
    began = time.monotonic()
    answer = ingrid.get("/changes", params={"after": at, "wait": 30}).json()
    assert answer["items"]
    assert time.monotonic() - began < 25
    happening.join()
    empty = ingrid.get("/changes", params={"after": "latest", "wait": 1}).json()
    assert empty["items"] == []
