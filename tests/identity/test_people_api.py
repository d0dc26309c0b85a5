"""Users by REST: who may make and change them, and what nobody may."""

import pytest
from fastapi.testclient import TestClient

from api.house import House, code_of, error_fields
from fixtures.workplace import Workplace
from identity.people import NINE
from identity.people_house import etag, manager, people_house, role_key
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import grant_role
from lodge_platform.schema.master import IdentityProvider


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


def test_a_user_is_made_changed_disabled_and_read(house: House, ada: TestClient) -> None:
    department = house.place.department_id
    made = ada.post(
        "/users",
        json={
            "sign_in_name": " Bob ",
            "display_name": "Bob",
            "department_id": department,
            "email_address": "bob@example.org",
        },
    )
    assert made.status_code == 201, made.text
    path = f"/users/{made.json()['user_id']}"
    assert made.headers["location"] == f"/api/v1{path}"
    assert made.json()["sign_in_name"] == "bob"
    assert "password" not in made.text
    changed = ada.patch(path, json={"email_address": None}, headers=etag(ada, path))
    assert changed.json()["email_address"] is None
    assert ada.patch(path, json={"display_name": "R"}).status_code == 428
    stale = ada.patch(path, json={"display_name": "R"}, headers={"if-match": '"99"'})
    assert stale.status_code == 412
    gone = ada.post(f"{path}/disable", headers=etag(ada, path))
    assert gone.json()["is_active"] is False
    taken = {"sign_in_name": "BOB", "display_name": "B", "department_id": department}
    assert ada.post("/users", json=taken).status_code == 409
    names = [each["sign_in_name"] for each in ada.get("/users?is_active=false").json()["items"]]
    assert names == ["bob"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sign_in_name", "two words"),
        ("display_name", "line\nbreak"),
        ("department_id", 99),
        ("email_address", "no-address"),
    ],
)
def test_what_is_wrong_with_a_new_user_is_named(
    house: House, ada: TestClient, field: str, value: object
) -> None:
    department = house.place.department_id
    said = {"sign_in_name": "bob", "display_name": "Bob", "department_id": department}
    answer = ada.post("/users", json=said | {field: value})
    assert answer.status_code == 422
    assert error_fields(answer) == [field]


def test_s08_another_departments_users_are_not_there(
    house: House, mona: TestClient, elsewhere: int
) -> None:
    foreign = house.person("olga", "agent", department_id=elsewhere)
    assert "olga" not in mona.get("/users?count=true").text
    one = {"if-match": "*"}
    answers = [
        mona.get(f"/users/{key}{rest}")
        for key in (foreign, 99999)
        for rest in ("", "/roles", "/roles/1", "/roles/1/queues")
    ]
    answers += [
        getattr(mona, method)(
            f"/users/{key}{rest}", headers=one, **({"json": body} if body else {})
        )
        for key in (foreign, 99999)
        for method, rest, body in (
            ("patch", "", {"display_name": "Taken"}),
            ("post", "/disable", None),
            ("post", "/link", None),
            ("delete", "/second-factor", None),
            ("delete", "/sessions", None),
            ("delete", "/roles/1", None),
            (
                "post",
                "/roles",
                {"role_id": role_key(house, "agent"), "department_id": house.place.department_id},
            ),
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) <= 2, {answer.text for answer in answers}
    created = {"sign_in_name": "x", "display_name": "X", "department_id": elsewhere}
    refused = mona.post("/users", json=created)
    assert (refused.status_code, error_fields(refused)) == (422, ["department_id"])
    assert "Elsewhere" not in refused.text


def test_s08_nobody_grants_what_they_do_not_hold_there(
    house: House, mona: TestClient, elsewhere: int
) -> None:
    home, grace = house.place.department_id, house.person("grace", "agent")
    path = f"/users/{grace}/roles"
    for role in ("supervisor", "administrator"):
        said = {"role_id": role_key(house, role), "department_id": home}
        assert code_of(mona.post(path, json=said)) == "forbidden"
    manager = {"role_id": role_key(house, "manager"), "department_id": elsewhere}
    assert error_fields(mona.post(path, json=manager)) == ["department_id"]
    granted = mona.post(path, json={**manager, "department_id": home})
    assert granted.status_code == 201, granted.text
    again = mona.post(path, json={**manager, "department_id": home})
    assert again.status_code == 409
    place = granted.headers["location"].removeprefix("/api/v1")
    assert mona.delete(place, headers=etag(mona, place)).status_code == 204
    assert mona.get(place).status_code == 404


def test_s08_nobody_touches_who_may_more_here_or_elsewhere(
    house: House, mona: TestClient, elsewhere: int
) -> None:
    above = house.person("boss", "administrator")
    aside = house.person("grace", "agent")
    grant_role(
        house.lodge, aside, role="administrator", department_id=elsewhere, by="test", now=NINE
    )
    for user_id in (above, aside):
        path = f"/users/{user_id}"
        headers = etag(mona, path)
        for method, rest, body in (
            ("patch", "", {"display_name": "Taken"}),
            ("patch", "", {"email_address": "mine@example.org"}),
            ("post", "/disable", None),
            ("post", "/link", None),
            ("delete", "/second-factor", None),
            ("delete", "/sessions", None),
        ):
            given = {"json": body} if body else {}
            answer = getattr(mona, method)(path + rest, headers=headers, **given)
            assert code_of(answer) == "forbidden", (rest, answer.text)
    [grant] = mona.get(f"/users/{above}/roles").json()["items"]
    place = f"/users/{above}/roles/{grant['user_role_id']}"
    assert code_of(mona.delete(place, headers=etag(mona, place))) == "forbidden"
    assert len(mona.get(f"/users/{aside}/roles").json()["items"]) == 1


def test_s08_nobody_disables_or_demotes_themselves(house: House, ada: TestClient) -> None:
    path = f"/users/{house.people['ada']}"
    assert ada.post(f"{path}/disable", headers=etag(ada, path)).status_code == 422
    [grant] = ada.get(f"{path}/roles").json()["items"]
    place = f"{path}/roles/{grant['user_role_id']}"
    assert ada.delete(place, headers=etag(ada, place)).status_code == 422


def test_a_role_is_narrowed_to_queues_of_its_department(house: House, ada: TestClient) -> None:
    grace, refunds = house.person("grace"), house.place.queues["Refunds"]
    said = {
        "role_id": role_key(house, "agent"),
        "department_id": house.place.department_id,
        "queue_ids": [refunds],
    }
    wrong = ada.post(f"/users/{grace}/roles", json=said | {"queue_ids": [refunds, 999]})
    assert error_fields(wrong) == ["queue_ids"]
    made = ada.post(f"/users/{grace}/roles", json=said)
    assert made.status_code == 201, made.text
    place = made.headers["location"].removeprefix("/api/v1")
    queues = ada.get(f"{place}/queues").json()["items"]
    assert [each["queue_id"] for each in queues] == [refunds]
    assert house.reader("grace").queues_with(
        next(iter(house.reader("grace").queue_rights[refunds]))
    )
    assert ada.delete(place, headers=etag(ada, place)).status_code == 204


def test_an_account_at_a_provider_is_linked_and_unlinked(house: House, ada: TestClient) -> None:
    with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
        provider = IdentityProvider(
            name="staff",
            display_name="Staff account",
            issuer="https://id.example.org",
            client_id="lodge",
            client_secret_name="staff_oidc",
        )
        session.add(provider)
        session.flush()
        provider_id = provider.identity_provider_id
    grace, alan = house.person("grace", "agent"), house.person("alan", "agent")
    path = f"/users/{grace}/identities"
    said = {"identity_provider_id": provider_id, "subject": "s-1"}
    wrong = ada.post(path, json=said | {"identity_provider_id": 99})
    assert error_fields(wrong) == ["identity_provider_id"]
    made = ada.post(path, json=said)
    assert made.status_code == 201, made.text
    assert ada.post(f"/users/{alan}/identities", json=said).status_code == 409
    key = made.json()["user_identity_id"]
    foreign = f"/users/{alan}/identities/{key}"
    assert ada.delete(foreign, headers={"if-match": "*"}).status_code == 404
    place = f"{path}/{key}"
    assert ada.delete(place, headers=etag(ada, place)).status_code == 204
    assert ada.get(path).json()["items"] == []
