"""Lists by filters: every operator and type answers what it says, and refuses what it is not."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.house import House, code_of, error_fields
from fixtures.workplace import NINE, at
from lodge_platform.configuration import change_configuration
from lodge_platform.schema.active import Activity
from lodge_platform.schema.master import CustomAttribute
from lodge_platform.vocabulary import AttributeType

ALL = ["Öl", "100% _x", "a,b"]
FINDS = {
    "": ALL,
    "status=open": ["Öl", "100% _x"],
    "status=open,closed": ALL,
    "subject=a,b": ["a,b"],
    "subject=A,B": [],
    "subject=%C3%96l": ["Öl"],
    "subject.contains=A,": ["a,b"],
    "subject.contains=%25": ["100% _x"],
    "subject.contains=_": ["100% _x"],
    "subject.contains=": ALL,
    "subject.contains=%5C": [],
    "closed_at.is=empty": ["Öl", "100% _x"],
    "closed_at.is=given": ["a,b"],
    "opened_at.from=2026-01-05T09:01:00Z": ["100% _x", "a,b"],
    "opened_at.before=2026-01-05T09:01:00Z": ["Öl"],
    "opened_at.from=2026-01-05T10:01:00%2B01:00": ["100% _x", "a,b"],
    "opened_at.from=2026-01-05T10:01:00+01:00": ["100% _x", "a,b"],
    "opened_at.from=2026-01-05T09:00:59.999999Z&status=open": ["100% _x"],
    "opened_at.from=0001-01-01T00:00:00Z": ALL,
    "opened_at.from=0900-01-01T00:00:00Z": ALL,
    "opened_at.before=0900-01-01T00:00:00Z": [],
    "opened_at.before=9999-12-31T23:59:59Z": ALL,
    "customer_id=1": ALL,
    "customer_id=-1": [],
    "customer_id=2,3,9223372036854775807": [],
    "reopened_count=0": ALL,
    "reopened_count.from=1": [],
    "reopened_count=9223372036854775807": [],
    "reopened_count.before=9223372036854775807": ALL,
    "reopened_count.from=-9223372036854775807": ALL,
    "sort=-opened_at": ["a,b", "100% _x", "Öl"],
    "sort=-opened_at&limit=1": ["a,b"],
    "sort=closed_at": ALL,
    "sort=-closed_at": ["a,b", "100% _x", "Öl"],
    "attributes.order=1842": ["a,b"],
    "attributes.order=1": [],
    "attributes.weight=7": ["a,b"],
    "attributes.weight=9223372036854775807": [],
    "attributes.share=0.5": ["a,b"],
    "attributes.share=1e300": [],
    "attributes.is_gift=true": ["a,b"],
    "attributes.is_gift=false": [],
}
REFUSED = {
    "stat=open": "stat",
    "status=opened": "status",
    "status=": "status",
    "status=open,": "status",
    "status.is=empty": "status.is",
    "status=open&status=closed": "status",
    "opened_at=2026-01-05T09:00:00Z": "opened_at",
    "opened_at.from=2026-01-05": "opened_at.from",
    "opened_at.from=2026-01-05T09:00:00": "opened_at.from",
    "opened_at.from=now": "opened_at.from",
    "opened_at.from=0001-01-01T00:00:00%2B01:00": "opened_at.from",
    "opened_at.from=9999-12-31T23:59:59-01:00": "opened_at.from",
    "opened_at.from=" + "9" * 400: "opened_at.from",
    "closed_at.is=maybe": "closed_at.is",
    "customer_id=": "customer_id",
    "customer_id=one": "customer_id",
    "customer_id=1.0": "customer_id",
    "customer_id=%D9%A1": "customer_id",
    "customer_id=1,,2": "customer_id",
    "customer_id=9223372036854775808": "customer_id",
    "customer_id=" + ",".join(["1"] * 101): "customer_id",
    "customer_id.from=1": "customer_id.from",
    "customer_id.contains=1": "customer_id.contains",
    "subject=" + "x" * 201: "subject",
    "subject=a%00b": "subject",
    "subject.contains=" + "%F0%9F%98%80" * 201: "subject.contains",
    "deleted_at.is=empty": "deleted_at.is",
    "change_no=1": "change_no",
    "attributes.order=" + "1" * 201: "attributes.order",
    "attributes.colour=red": "attributes.colour",
    "attributes.weight=heavy": "attributes.weight",
    "attributes.share=NaN": "attributes.share",
    "attributes.share=1e400": "attributes.share",
    "attributes.is_gift=1": "attributes.is_gift",
    "attributes.=1": "attributes.",
    "attributes=1": "attributes",
    "sort=subject": "sort",
    "sort=": "sort",
    "sort=--opened_at": "sort",
    "sort=opened_at,case_id": "sort",
    "fields=": "fields",
    "fields=case_id,": "fields",
    "fields=deleted_at": "fields",
    "fields=change_no": "fields",
    "limit=0": "limit",
    "limit=201": "limit",
    "limit=-1": "limit",
    "limit=many": "limit",
    "count=1": "count",
    "count=": "count",
    "after=": "after",
    "after=nonsense": "after",
    "after=" + quote("é"): "after",
    "=1": "",
}


@pytest.fixture
def sue(house: House) -> TestClient:
    """A supervisor; three cases, the last one closed and with custom attributes."""
    *_, key = [house.case(word, now=at(60 * n)) for n, word in enumerate(ALL)]
    with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
        for name, kind in (
            ("order", AttributeType.TEXT),
            ("weight", AttributeType.INTEGER),
            ("share", AttributeType.NUMBER),
            ("is_gift", AttributeType.BOOLEAN),
        ):
            session.add(
                CustomAttribute(
                    object_type="case", name=name, label=name, attribute_type=kind, choices=[]
                )
            )
    given = {"order": "1842", "weight": 7, "share": 0.5, "is_gift": True}
    house.change(key, status="closed", closed_at=NINE + timedelta(hours=1), attributes=given)
    return house.asker("sue", "supervisor")


def test_every_operator_finds_what_it_says(sue: TestClient) -> None:
    found: dict[str, object] = {}
    for query in FINDS:
        answer = sue.get(f"/cases?{query}")
        items = answer.json().get("items")
        found[query] = answer.text if items is None else [item["subject"] for item in items]
    assert found == FINDS


def test_what_no_list_takes_is_refused_by_name(sue: TestClient) -> None:
    found = {}
    for query, _name in REFUSED.items():
        answer = sue.get(f"/cases?{query}")
        found[query] = (answer.status_code, error_fields(answer))
        assert code_of(answer) == "invalid-query", query
    assert found == {query: (400, [name]) for query, name in REFUSED.items()}


def test_s16_a_query_string_that_cannot_be_read_is_refused(sue: TestClient) -> None:
    garbled = ["&", "status", "status=%zz", "status=%ff", "subject=%ED%A0%80", "%00=1", "a=1&&b=2"]
    garbled += ["&".join(f"x{n}=1" for n in range(101)), "status=open;status=closed", "\u00e9=1"]
    for query in garbled:
        answer = sue.get(f"/cases?{query}")
        assert (answer.status_code, code_of(answer)) == (400, "invalid-query"), query


def test_a_refused_word_comes_with_the_words_allowed(sue: TestClient) -> None:
    [error] = sue.get("/cases?status=opened").json()["errors"]
    assert error["allowed"] == ["open", "closed", "merged"]
    [error] = sue.get("/cases?sort=opened").json()["errors"]
    assert "did you mean 'opened_at'?" in error["detail"]
    [error] = sue.get("/cases?statu=open").json()["errors"]
    assert "did you mean 'status'?" in error["detail"]


def test_fields_are_the_ones_wanted_and_the_key(sue: TestClient) -> None:
    [first, *_] = sue.get("/cases?fields=subject,status").json()["items"]
    assert list(first) == ["case_id", "subject", "status"]


def test_the_count_is_of_all_pages_and_of_the_filter(sue: TestClient) -> None:
    assert "total" not in sue.get("/cases").json()
    assert sue.get("/cases?count=true&limit=1").json()["total"] == 3
    assert sue.get("/cases?count=true&limit=1&status=open").json()["total"] == 2
    assert "total" not in sue.get("/cases?count=false").json()


def test_what_lies_in_a_thing_is_filtered_by_lists_numbers_and_truth(
    house: House, sue: TestClient
) -> None:
    [activity] = sue.get("/cases/1/activities").json()["items"]
    table = Activity.__table__
    with house.lodge.stores.active.write() as connection:
        connection.execute(table.update().values(category_ids=[3, 18]))
    finds = {
        "category_ids.has=3": 1,
        "category_ids.has=18": 1,
        "category_ids.has=8": 0,
        "category_ids.has=-3": 0,
        "is_pinned=false": 1,
        "is_pinned=true": 0,
        "is_pinned=true,false": 1,
        "priority=4": 1,
        "priority=3,4": 1,
        "priority.from=5": 0,
        "priority.before=5": 1,
        "agent_id.is=empty": 1,
        "agent_id=7": 0,
    }
    found = {q: len(sue.get(f"/cases/1/activities?{q}").json()["items"]) for q in finds}
    assert found == finds
    for query in (
        "category_ids=3",
        "category_ids.has=x",
        "is_pinned=1",
        "is_pinned=",
        "is_pinned.is=empty",
    ):
        assert sue.get(f"/cases/1/activities?{query}").status_code == 400, query
    assert activity["category_ids"] == []


def test_a_list_under_what_is_not_there_is_not_there(sue: TestClient) -> None:
    for key in ("77", "0", "01", "-1", "9223372036854775808", "1.0", "%31%00", "x"):
        assert sue.get(f"/cases/{key}/activities").status_code == 404, key
