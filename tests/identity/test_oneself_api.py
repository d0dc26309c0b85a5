"""Roles, keys, sessions and audit by REST: one's own, and whose one may see."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select

from api.house import House, code_of, error_fields
from fixtures.workplace import Workplace
from identity.people import HOME, NINE
from identity.people_house import (
    etag,
    lives,
    manager,
    own_role,
    people_house,
    role_key,
    session_of,
)
from lodge_platform.clock import utc_now
from lodge_platform.identity import grant_role, who_is_key
from lodge_platform.schema.active import AccessRecord
from lodge_platform.schema.master import UserSession
from lodge_platform.web.forgery import forgery_token


@pytest.fixture
def house(workplace: Workplace) -> House:
    """The platform's own resources over the workplace, once on each engine."""
    return people_house(workplace)


@pytest.fixture
def ada(house: House) -> TestClient:
    """An administrator's program."""
    return house.asker("ada", "administrator")


@pytest.fixture
def elsewhere(house: House) -> int:
    """Another department."""
    return house.department("Elsewhere")


@pytest.fixture
def mona(house: House) -> TestClient:
    """The program of somebody who only manages users, of Customer care, and is an agent there."""
    return manager(house)


def test_own_roles_are_made_of_actions_one_holds(house: House, mona: TestClient) -> None:
    refused = mona.post("/roles", json={"name": "spy", "actions": ["export"]})
    assert code_of(refused) == "forbidden"
    unknown = mona.post("/roles", json={"name": "spy", "actions": ["activity.reed"]})
    assert error_fields(unknown) == ["actions"]
    assert "did you mean 'activity.read'" in unknown.text
    made = mona.post("/roles", json={"name": "reader", "actions": ["activity.read"]})
    assert made.status_code == 201, made.text
    path = f"/roles/{made.json()['role_id']}"
    assert [each["action"] for each in mona.get(f"{path}/actions").json()["items"]] == [
        "activity.read"
    ]
    before = etag(mona, path)
    wider = {"name": "reader", "actions": ["activity.read", "case.work"]}
    changed = mona.put(path, json=wider, headers=before)
    assert changed.status_code == 200, changed.text
    assert mona.put(path, json=wider, headers=before).status_code == 412
    beyond = {"name": "reader", "actions": ["export"]}
    assert code_of(mona.put(path, json=beyond, headers=etag(mona, path))) == "forbidden"
    assert mona.delete(path, headers=etag(mona, path)).status_code == 204
    assert mona.get(path).status_code == 404


def test_s08_a_role_that_is_granted_elsewhere_is_not_changed_from_here(
    house: House, mona: TestClient, elsewhere: int
) -> None:
    role_id = own_role(house, "reader", "activity.read")
    olga = house.person("olga", department_id=elsewhere)
    grant_role(house.lodge, olga, role="reader", department_id=elsewhere, by="test", now=NINE)
    path = f"/roles/{role_id}"
    said = {"name": "reader", "actions": ["activity.read", "case.work"]}
    assert code_of(mona.put(path, json=said, headers=etag(mona, path))) == "forbidden"
    assert code_of(mona.delete(path, headers=etag(mona, path))) == "forbidden"


def test_the_roles_of_every_home_stay(house: House, ada: TestClient) -> None:
    for name in ("administrator", "agent"):
        path = f"/roles/{role_key(house, name)}"
        assert ada.delete(path, headers=etag(ada, path)).status_code == 422
    path = f"/roles/{role_key(house, 'administrator')}"
    said = {"name": "administrator", "actions": ["export"]}
    assert ada.put(path, json=said, headers=etag(ada, path)).status_code == 422
    held = house.person("grace", "agent")
    assert held
    path = f"/roles/{role_key(house, 'agent')}"
    less = {"name": "agent", "actions": ["console.use"]}
    assert ada.put(path, json=less, headers=etag(ada, path)).status_code == 200


def test_s20_a_role_whose_actions_change_ends_the_sessions_of_who_has_it(
    house: House, ada: TestClient
) -> None:
    token = session_of(house, "grace", "agent")
    assert lives(house, token)
    path = f"/roles/{role_key(house, 'agent')}"
    less = {"name": "agent", "actions": ["console.use"]}
    assert ada.put(path, json=less, headers=etag(ada, path)).status_code == 200
    assert not lives(house, token)


def test_a_key_is_shown_once_also_when_asked_again(house: House) -> None:
    token = session_of(house, "ida", "integrator")
    browser = house.program(cookie=f"lodge_session={token}")
    ends = (utc_now() + timedelta(days=30)).isoformat()
    said = {"name": "sync", "actions": ["export"], "expires_at": ends}
    proof = {"x-forgery-token": forgery_token(token), "idempotency-key": "one"}
    made = browser.post("/api-keys", json=said, headers=proof)
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    assert who_is_key(house.lodge, key, utc_now(), HOME)
    again = browser.post("/api-keys", json=said, headers=proof)
    assert (again.status_code, again.json()["key"]) == (201, None)
    program = house.program(key)
    assert code_of(program.get("/api-keys")) == "forbidden"
    place = made.headers["location"].removeprefix("/api/v1")
    assert key not in browser.get(place).text
    gone = browser.delete(place, headers=proof | etag(browser, place))
    assert gone.status_code == 204
    assert program.get("/me").status_code == 401
    assert browser.get(place).status_code == 404


def test_s33_a_change_by_cookie_needs_the_token_of_our_own_pages(house: House) -> None:
    token = session_of(house, "ida", "integrator")
    browser = house.program(cookie=f"lodge_session={token}")
    [mine] = browser.get("/sessions").json()["items"]
    path = f"/sessions/{mine['user_session_id']}"
    assert code_of(browser.delete(path, headers=etag(browser, path))) == "forbidden"
    assert lives(house, token)


def test_sessions_are_ones_own_and_no_programs(house: House) -> None:
    mine, other = session_of(house, "ida", "integrator"), session_of(house, "grace", "agent")
    browser = house.program(cookie=f"lodge_session={mine}")
    [shown] = browser.get("/sessions").json()["items"]
    assert shown["method"] == "password"
    assert house.program(house.key("ida")).get("/sessions").json()["items"] == []
    with house.lodge.stores.master.read() as connection:
        keys = connection.scalars(
            select(UserSession.user_session_id).order_by(UserSession.user_session_id.desc())
        ).all()
    proof = {"x-forgery-token": forgery_token(mine), "if-match": "*"}
    statuses = [browser.delete(f"/sessions/{key}", headers=proof).status_code for key in keys]
    assert statuses == [404, 204]
    assert lives(house, other)
    assert not lives(house, mine)


def test_who_asks_is_told_what_they_may(house: House) -> None:
    said = house.asker("ida", "integrator").get("/me").json()
    assert said["sign_in_name"] == "ida"
    assert said["api_key_id"]
    assert "export" in said["rights"][str(house.place.department_id)]
    assert said["queue_rights"] == {}


def test_s21_a_link_is_handed_out_once_and_by_whom_it_may(house: House, ada: TestClient) -> None:
    grace = house.person("grace", "agent")
    path = f"/users/{grace}"
    headers = etag(ada, path) | {"idempotency-key": "one"}
    link = ada.post(f"{path}/link", headers=headers).json()
    assert link["purpose"] == "invitation"
    assert link["path"].startswith("/console/link/")
    assert ada.post(f"{path}/link", headers=headers).json()["path"] is None


def test_changes_are_audited_for_ones_own_departments(
    house: House, ada: TestClient, elsewhere: int
) -> None:
    house.person("olga", "agent", department_id=elsewhere)
    house.person("grace", "agent")
    sue = house.asker("sue", "supervisor")
    seen = sue.get("/audit/changes?limit=200").text
    assert "grace" in seen
    assert "olga" not in seen
    assert "argon2" not in seen
    assert "token_hash" not in seen
    lines = sue.get("/audit/changes?table_name=users&sort=-changed_at&limit=200").json()["items"]
    assert lines
    assert code_of(house.asker("alan", "agent").get("/audit/changes")) == "forbidden"


def test_accesses_are_audited_for_ones_own_people(house: House, elsewhere: int) -> None:
    olga = house.person("olga", "agent", department_id=elsewhere)
    sue = house.asker("sue", "supervisor")
    with house.lodge.stores.active.write() as connection:
        for user_id in (olga, house.people["sue"], house.people["sue"]):
            connection.execute(
                insert(AccessRecord).values(
                    user_id=user_id, kind="export", object_type="case", read_at=NINE, address=HOME
                )
            )
    page = sue.get("/audit/access?limit=1&kind=export").json()
    assert [each["user_id"] for each in page["items"]] == [house.people["sue"]]
    assert page["items"][0]["address"] == HOME
    rest = sue.get(f"/audit/access?after={page['after']}").json()
    assert (len(rest["items"]), rest["after"]) == (1, None)
    assert sue.get("/audit/access?limit=0").status_code in (400, 422)
