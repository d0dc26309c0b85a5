"""Fields that need a right: empty and named for who lacks it, and no way around by lists."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import update

from api.house import House, code_of, error_fields
from lodge_platform.identity import Action
from lodge_platform.schema.active import Case, Customer

CONTENT = ["subject", "description", "solution", "attributes"]
READING = [Action.ACTIVITY_READ, Action.CUSTOMER_READ, Action.CASE_WORK, Action.CUSTOMER_WORK]


def programs(house: House) -> dict[str, TestClient]:
    """Who sees everything, who no content, who nothing personal, who neither."""
    house.person("ada", "administrator")
    more = {
        "all": [Action.CONTENT_READ, Action.PERSONAL_READ],
        "no content": [Action.PERSONAL_READ],
        "nothing personal": [Action.CONTENT_READ],
        "neither": [],
    }
    with house.lodge.stores.active.write() as connection:
        connection.execute(update(Case).values(attributes={"word": "Ada's"}))
        connection.execute(update(Customer).values(attributes={"word": "Ada's"}))
    return {
        who: house.program(house.key("ada", actions=[*READING, *actions]))
        for who, actions in more.items()
    }


def hidden(thing: dict[str, Any]) -> list[str]:
    """What is withheld; each of it is empty."""
    names = thing.get("withheld", [])
    assert [thing[name] for name in names] == [None] * len(names)
    return names


def test_what_may_not_be_seen_is_empty_and_named(everything: House) -> None:
    who = programs(everything)
    for place in ("/cases/1", "/cases"):
        things = {name: one.get(place).json() for name, one in who.items()}
        cases = {name: said.get("items", [said])[0] for name, said in things.items()}
        assert hidden(cases["all"]) == []
        assert cases["all"]["attributes"] == {"word": "Ada's"}
        assert hidden(cases["no content"]) == CONTENT
        assert hidden(cases["nothing personal"]) == ["attributes"]
        assert hidden(cases["neither"]) == CONTENT
    customers = {name: one.get("/customers/1").json() for name, one in who.items()}
    assert hidden(customers["all"]) == []
    assert "name" in hidden(customers["nothing personal"])
    assert "attributes" in hidden(customers["nothing personal"])
    assert "name" in hidden(customers["neither"])


def test_what_may_not_be_seen_cannot_be_asked_after(everything: House) -> None:
    who = programs(everything)
    for query, name in (
        ("subject=Case 1", "subject"),
        ("subject.contains=Case", "subject.contains"),
        ("attributes.word=x", "attributes.word"),
    ):
        assert who["all"].get(f"/cases?{query}").status_code == 200
        refused = who["no content"].get(f"/cases?{query}")
        assert (refused.status_code, code_of(refused)) == (400, "invalid-query"), query
        assert error_fields(refused) == [name]
        assert "subject" not in refused.json()["detail"].partition(":")[2]
    assert who["nothing personal"].get("/cases?attributes.word=x").status_code == 400
    assert who["nothing personal"].get("/customers?name.contains=a").status_code == 400
    assert who["nothing personal"].get("/customers?sort=name").status_code == 400
    [case, *_] = who["no content"].get("/cases?fields=subject,status").json()["items"]
    assert case == {"case_id": 1, "subject": None, "status": "open", "withheld": ["subject"]}


def test_an_answer_to_a_change_shows_no_more_than_reading(everything: House) -> None:
    who = programs(everything)
    for name in ("no content", "neither"):
        body = {"customer_id": 1, "subject": "Secret plan"}
        made = who[name].post("/cases", json=body)
        assert made.status_code == 201, made.text
        assert "Secret plan" not in made.text
        assert hidden(made.json()) == CONTENT
        again = who[name].get(f"/cases/{made.json()['case_id']}")
        assert (again.json(), again.headers["etag"]) == (made.json(), made.headers["etag"])
        close = who[name].post(
            f"/cases/{made.json()['case_id']}/close",
            json={},
            headers={"if-match": made.headers["etag"]},
        )
        assert close.status_code == 200, close.text
        assert "Secret plan" not in close.text
    xml = who["neither"].get("/cases/1", headers={"accept": "application/xml"})
    assert b"Case" not in xml.content
