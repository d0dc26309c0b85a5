"""Who asks: keys and sessions of the living only, at once; a session's changes from our pages."""

import threading
from datetime import timedelta

import httpx
import pytest
from fastapi.testclient import TestClient

from api import odd_api, small_api
from api.house import API, House, code_of, house_of
from fixtures.workplace import Workplace
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import Action, disable_user, end_session, grant_role, revoke_role
from lodge_platform.identity.sessions import start_session
from lodge_platform.schema.master import ApiKey, Department
from lodge_platform.web.forgery import forgery_token

BODY = {"subject": "Refund", "customer_id": 1}
OURS = {"origin": "http://lodge.test", "sec-fetch-site": "same-origin"}


def session_of(house: House, name: str, hours: int = 12) -> str:
    """A session of this person; its token."""
    with house.lodge.stores.master.write() as connection:
        return start_session(connection, house.people[name], hours=hours, now=utc_now())


def browser(house: House, token: str) -> TestClient:
    """A browser with that session's cookie."""
    return TestClient(house.application, base_url=API, cookies={"lodge_session": token})


def test_strangers_get_401_and_are_told_how_to_ask(house: House) -> None:
    house.person("sue", "supervisor")
    key = house.key("sue")
    stranger = house.program()
    for sent in (
        "",
        "Bearer",
        "Bearer ",
        f"Basic {key}",
        key,
        f"Bearer {key}x",
        f"Bearer {key[:-1]}",
        f"Bearer {key.upper()}",
        f"Bearer {key} {key}",
        "Bearer lodge_" + "0" * 64,
        "Bearer " + "x" * 5000,
        "Bearer lodge_' or 1=1 --",
        b"Bearer \xff\xfe",
    ):
        answer = stranger.get("/cases", headers={"authorization": sent})
        assert (answer.status_code, code_of(answer)) == (401, "not-signed-in"), sent
        assert answer.headers["www-authenticate"] == 'Bearer realm="Lodge"'
    for sent in (f"Bearer {key}", f"bearer {key}", f"Bearer  {key}"):
        assert stranger.get("/cases", headers={"authorization": sent}).status_code == 200, sent
    two = [("authorization", f"Bearer {key}"), ("authorization", f"Bearer {key}")]
    assert stranger.get("/cases", headers=two).status_code == 401


def test_s20_a_key_ends_when_it_expires_is_revoked_or_loses_its_rights(house: House) -> None:
    house.person("sue", "supervisor")
    now = utc_now()
    short = house.program(house.key("sue", expires_in=timedelta(seconds=2)))
    assert short.get("/cases").status_code == 200
    while utc_now() < now + timedelta(seconds=2.1):
        pass
    assert short.get("/cases").status_code == 401

    def changed(**values: object) -> None:
        with change_configuration(house.lodge.stores.master, by="test", now=utc_now()) as session:
            for row in session.query(ApiKey):
                for name, value in values.items():
                    setattr(row, name, value)

    key = house.program(house.key("sue"))
    assert key.get("/cases").status_code == 200
    changed(revoked_at=now)
    assert key.get("/cases").status_code == 401
    changed(revoked_at=None)
    assert key.get("/cases").status_code == 200
    given = {"role": "supervisor", "department_id": house.place.department_id}
    revoke_role(house.lodge, house.people["sue"], **given, by="test", now=now)
    assert key.get("/cases").status_code in (401, 403)
    grant_role(house.lodge, house.people["sue"], **given, by="test", now=now)
    assert key.get("/cases").status_code == 200
    with change_configuration(house.lodge.stores.master, by="test", now=now) as session:
        session.get_one(Department, house.place.department_id).is_active = False
    assert key.get("/cases").status_code in (401, 403)
    with change_configuration(house.lodge.stores.master, by="test", now=now) as session:
        session.get_one(Department, house.place.department_id).is_active = True
    assert key.get("/cases").status_code == 200
    disable_user(house.lodge, house.people["sue"], by="test", now=now)
    assert key.get("/cases").status_code == 401


def test_s20_nothing_is_let_in_after_the_end_inside_busy_connections(house: House) -> None:
    house.person("sue", "supervisor")
    key = house.key("sue")
    house.case()
    ended = threading.Event()
    late: list[int] = []
    counted: list[int] = []

    def ask(address: str) -> None:
        with httpx.Client(base_url=address, headers={"authorization": f"Bearer {key}"}) as client:
            while True:
                is_late = ended.is_set()
                status = client.get("/cases?limit=1").status_code
                counted.append(status)
                if is_late:
                    late.append(status)
                    return

    with house.served() as client:
        threads = [threading.Thread(target=ask, args=(str(client.base_url),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        while len(counted) < 80:
            pass
        disable_user(house.lodge, house.people["sue"], by="test", now=utc_now())
        ended.set()
        for thread in threads:
            thread.join()
    assert counted[:40] == [200] * 40
    assert late == [401] * 8


def test_a_key_does_what_it_was_made_for(house: House) -> None:
    house.person("sue", "supervisor")
    sales = house.department("Sales")
    grant = {"role": "supervisor", "department_id": sales, "by": "test", "now": utc_now()}
    grant_role(house.lodge, house.people["sue"], **grant)
    house.case()
    reading = house.program(house.key("sue", actions=[Action.ACTIVITY_READ]))
    assert reading.get("/cases/1").json()["withheld"] == [
        "subject",
        "description",
        "solution",
        "attributes",
    ]
    for answer in (
        reading.post("/cases", json=BODY),
        reading.delete("/cases/1", headers={"if-match": "*"}),
        reading.get("/echo"),
        reading.get("/skill-groups"),
    ):
        assert (answer.status_code, code_of(answer)) == (403, "forbidden")
    elsewhere = house.program(house.key("sue", department_ids=[sales]))
    assert elsewhere.get("/cases/1").status_code == 404
    assert elsewhere.get("/cases?count=true").json()["total"] == 0


def test_s33_a_session_changes_things_only_from_our_own_pages(house: House) -> None:
    house.person("sue", "supervisor")
    house.case()
    token = session_of(house, "sue")
    page = browser(house, token)
    forgery = {"x-forgery-token": forgery_token(token)}
    assert page.get("/cases/1").status_code == 200
    for headers in (
        {},
        OURS,
        {"x-forgery-token": "0" * 64},
        {"x-forgery-token": forgery_token("other")},
        forgery | {"origin": "http://evil.test"},
        forgery | {"origin": "null"},
        forgery | {"origin": "http://lodge.test.evil.test"},
        forgery | {"origin": "http://lodge.test", "sec-fetch-site": "cross-site"},
        forgery | {"sec-fetch-site": "same-site"},
    ):
        answer = page.post("/cases", json=BODY, headers=headers)
        assert (answer.status_code, code_of(answer)) == (403, "forbidden"), headers
    for media in (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
    ):
        for origin in ({}, {"origin": "http://evil.test"}, OURS):
            sent = {"content-type": media} | origin
            content = f"forgery_token={forgery_token(token)}"
            answer = page.post("/cases", content=content, headers=sent)
            assert answer.status_code == 403, sent
    assert page.post("/cases", json=BODY, headers=forgery | OURS).status_code == 201
    assert page.get("/cases", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    with_key = {"authorization": "Bearer wrong"} | forgery | OURS
    assert page.post("/cases", json=BODY, headers=with_key).status_code == 401
    end_session(house.lodge, token, utc_now())
    assert page.get("/cases/1").status_code == 401


def test_a_session_token_is_no_key_and_a_key_is_no_session(house: House) -> None:
    house.person("sue", "supervisor")
    token, key = session_of(house, "sue"), house.key("sue")
    assert house.program(token).get("/cases").status_code == 401
    assert browser(house, key).get("/cases").status_code == 401
    assert browser(house, "").get("/cases").status_code == 401


def test_s23_an_address_is_believed_only_of_listed_proxies(sqlite_workplace: Workplace) -> None:
    place = sqlite_workplace
    house = house_of(place, [small_api.api], api_strangers_a_minute=3, trusted_proxies="192.0.2.7")
    proxy = TestClient(house.application, base_url=API, client=("192.0.2.7", 1))
    liar = TestClient(house.application, base_url=API, client=("192.0.2.8", 1))

    def statuses(client: TestClient, *claims: str) -> list[int]:
        return [
            client.get("/cases", headers={"x-forwarded-for": claim}).status_code for claim in claims
        ]

    assert statuses(proxy, *["198.51.100.1"] * 4, "198.51.100.2") == [401] * 3 + [429, 401]
    assert statuses(liar, *[f"198.51.100.{n}" for n in range(10, 14)]) == [401] * 3 + [429]


@pytest.mark.parametrize("apis", [[small_api.api, odd_api.api]])
def test_a_caller_is_told_what_is_left_and_when_to_come_again(
    sqlite_workplace: Workplace, apis: list[object]
) -> None:
    house = house_of(sqlite_workplace, apis, api_requests_a_minute=5, api_strangers_a_minute=2)  # pyright: ignore[reportArgumentType]
    sue, alan = house.asker("sue", "supervisor"), house.asker("alan", "supervisor")
    left = []
    for _ in range(5):
        answer = sue.get("/cases?limit=1")
        assert answer.headers["ratelimit-policy"] == '"minute";q=5;w=60'
        left.append(answer.headers["ratelimit"].split(";")[1])
    assert left == ["r=4", "r=3", "r=2", "r=1", "r=0"]
    refused = sue.get("/cases")
    assert (refused.status_code, code_of(refused)) == (429, "too-many-requests")
    assert refused.headers["retry-after"] == "12"
    assert refused.headers["ratelimit"].startswith('"minute";r=0;t=')
    assert sue.post("/cases", json=BODY).status_code == 429
    assert alan.get("/cases").status_code == 200
    stranger = house.program()
    assert [stranger.get("/cases").status_code for _ in range(3)] == [401, 401, 429]
    assert stranger.get("/problems/stale").status_code == 429
    assert alan.get("/cases").status_code == 200, "strangers cost nobody their own share"
