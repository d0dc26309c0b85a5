"""S-25: secrets planted wherever one is kept come out nowhere: answers, errors, documents, logs."""

import base64
import logging
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from api.house import House
from fixtures.two_departments import CARE
from lodge_platform.clock import utc_now
from lodge_platform.identity import create_user, sign_in
from lodge_platform.schema import ActiveBase, MasterBase
from rights.two import MISSING, OPERATIONS, OTHER, OWN, ask, name_of

# Every column of a secret holds such a text in the house: see `fixtures.two_departments`.
PLANTED = re.compile(rb"(care|sales|house) secret [a-z_.]+")
PASSWORD = "planted-password-1842"


def rows(house: House) -> Iterator[str]:
    """Everything that both stores hold, as text."""
    for store, base in (
        (house.lodge.stores.active, ActiveBase),
        (house.lodge.stores.master, MasterBase),
    ):
        with store.read() as connection:
            for table in base.metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    yield f"{table.name} {row}"


def test_s25_no_answer_holds_what_a_secret_column_holds(sqlite_house: House) -> None:
    house = sqlite_house
    chief = house.program(house.key("chief"))
    kept = "\n".join(rows(house)).encode()
    assert len(set(PLANTED.findall(kept))) >= 1
    assert len(PLANTED.findall(kept)) > 10
    for operation in OPERATIONS:
        for key in (OWN, OTHER, MISSING):
            answer = ask(chief, operation, key)
            found = PLANTED.search(answer.content)
            assert found is None, (name_of(operation), found)
        if operation.is_xml and operation.method == "GET":
            path = operation.path
            for name in operation.parameters:
                path = path.replace(f"{{{name}}}", str(OWN))
            answer = chief.get(path, headers={"accept": "application/xml"})
            assert PLANTED.search(answer.content) is None, name_of(operation)


def test_s25_what_is_said_once_is_kept_and_told_nowhere_else(
    sqlite_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house = sqlite_house
    caplog.set_level(logging.DEBUG)
    create_user(
        house.lodge,
        "petra",
        display_name="Petra",
        department_id=CARE,
        password=PASSWORD,
        roles=["administrator"],
        by="test",
        now=utc_now(),
    )
    token = sign_in(house.lodge, "petra", PASSWORD, "192.0.2.1", utc_now())
    key = house.key("chief")
    chief = house.program(key)
    hook = {"name": "hook", "department_id": CARE, "url": "https://shop.example/hook"}
    made = chief.post("/webhooks", json=hook, headers={"idempotency-key": "one"})
    assert made.status_code == 201, made.text
    secret = made.json()["secret"]
    again = chief.post("/webhooks", json=hook, headers={"idempotency-key": "one"})
    assert again.status_code == 201
    assert secret not in again.text
    link = chief.post(f"/users/{house.people['agent']}/link", headers={"if-match": "*"})
    assert link.status_code == 200, link.text
    secrets = [PASSWORD, token, key, secret, link.json()["path"].rsplit("/", 1)[1]]

    basic = base64.b64encode(f"petra:{PASSWORD}".encode()).decode()
    answers = [
        house.program().get("/cases", headers={"authorization": f"Basic {basic}"}),
        house.program().get("/cases", headers={"authorization": f"Bearer {key}x"}),
        house.program().get("/cases", headers={"cookie": f"lodge_session={token}x"}),
        chief.get(f"/cases?limit={key}"),
        chief.get(f"/cases?api_key={key}"),
        chief.get(f"/cases?after={token}"),
        chief.post("/cases", json={"customer_id": key}),
        chief.post(
            "/cases",
            content=f'{{"subject": "{PASSWORD}"',
            headers={"content-type": "application/json"},
        ),
        chief.post("/users", json={"sign_in_name": "x", "password": PASSWORD}),
        chief.get(f"/webhooks/{made.json()['webhook_id']}"),
    ]
    answers += [ask(chief, one, OWN) for one in OPERATIONS if one.method == "GET"]
    for answer in answers:
        said = answer.text + str(answer.headers)
        assert [one for one in secrets if one in said] == [], (answer.url, said[:500])
    logged = [record for record in caplog.records if not record.name.startswith("http")]
    told = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in logged)
    assert [one for one in secrets if one in told] == []
    kept = list(rows(house))
    assert [row for row in kept for one in secrets if one in row] == []


def test_s25_the_settings_are_in_no_answer(sqlite_house: House) -> None:
    chief = sqlite_house.program(sqlite_house.key("chief"))
    home = str(sqlite_house.lodge.settings.home)
    for operation in OPERATIONS:
        for key in (OWN, MISSING):
            answer = ask(chief, operation, key)
            assert home not in answer.text, name_of(operation)
            assert "sqlite:///" not in answer.text, name_of(operation)
