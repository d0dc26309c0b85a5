"""Nothing of another department is read, counted, found or inferred, wherever one asks."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Table, insert, select

from api.house import House
from lodge_platform.api.collection import Collection
from lodge_platform.api.filters import operators_of
from lodge_platform.api.operation import Operation
from lodge_platform.identity import Action
from lodge_platform.schema import ActiveBase
from rights.test_rights_by_role import is_of_the_house
from rights.two import (
    MISSING,
    OPERATIONS,
    OTHER,
    OWN,
    ask,
    has,
    minimal_body,
    name_of,
    path_of,
    told,
)

LISTS = [one for one in OPERATIONS if one.is_list and not is_of_the_house(one)]
OTHER_WORDS = re.compile(rb"sales|\b2001\b")


@pytest.mark.parametrize(
    ("engine", "role"),
    [
        ("sqlite", "agent"),
        ("sqlite", "supervisor"),
        ("sqlite", "integrator"),
        ("sqlite", "administrator"),
        ("postgresql", "administrator"),
    ],
)
def test_s35_no_answer_holds_a_word_or_key_of_the_other_department(
    request: pytest.FixtureRequest, engine: str, role: str
) -> None:
    house: House = request.getfixturevalue(f"{engine}_house")
    program = house.program(house.key(role))
    told_something = 0
    for operation in OPERATIONS:
        if operation.method != "GET" or not has(role, operation.action):
            continue
        # What the house shares has its own numbers, and the dictionary its examples.
        is_shared = operation.path in ("/configuration", "/dictionary")
        if is_of_the_house(operation) or is_shared or operation.action is Action.PUBLIC:
            continue
        answer = ask(program, operation, OWN)
        found = OTHER_WORDS.search(answer.content)
        assert found is None, (name_of(operation), answer.text[found.start() - 200 :][:300])
        told_something += b"care" in answer.content
    assert told_something > 15


def questions(operation: Operation) -> Iterator[tuple[str, str]]:
    """Two query strings for each filter: about the other department's things, and about nothing."""
    collection: Collection = operation.collection  # pyright: ignore[reportAssignmentType]
    for field in collection.filterable.values():
        for name in operators_of(field):
            operator = name.partition(".")[2]
            if field.kind == "integer" and not operator:
                yield f"{name}={OTHER}", f"{name}={MISSING}"
            if field.kind == "integer" and operator == "from":
                yield f"{name}={OTHER}", f"{name}={OTHER + 1}"
            if field.kind == "text" and not field.words and operator == "contains":
                yield f"{name}=sales", f"{name}=nothing"
            if operator == "has":
                yield f"{name}={OTHER}", f"{name}={MISSING}"


def test_s09_no_filter_count_or_order_tells_of_the_other_department(house: House) -> None:
    program = house.program(house.key("administrator"))
    asked = 0
    for operation in LISTS:
        path = path_of(operation, OWN)
        whole = program.get(f"{path}?count=true&limit=200").json()
        assert whole["total"] == len(whole["items"]), name_of(operation)
        for about, nothing in questions(operation):
            asked += 1
            found, empty = (program.get(f"{path}?count=true&{q}").json() for q in (about, nothing))
            assert found == empty, (name_of(operation), about, found)
        collection: Any = operation.collection
        for order in collection.sortable:
            answer = program.get(f"{path}?sort=-{order}&limit=1")
            assert OTHER_WORDS.search(answer.content) is None, (name_of(operation), order)
    assert asked > 60


def test_s12_what_a_body_names_of_the_other_department_is_not_there(house: House) -> None:
    program = house.program(house.key("administrator"))
    wrong: list[object] = []
    asked = 0
    for operation in OPERATIONS:
        fields = getattr(operation.body, "__struct_fields__", ())
        if operation.needs_match or operation.path.startswith("/configuration/"):
            continue
        for field in (name for name in fields if name.endswith(("_id", "_ids"))):
            if field in (
                "media_routing_domain_id",
                "role_id",
                "identity_provider_id",
            ):  # the house shares them
                continue
            asked += 1
            answers = []
            for key in (OTHER, MISSING):
                said = 2 if field == "department_id" and key == OTHER else key
                value = [said] if field.endswith("_ids") else said
                body = minimal_body(operation) | {field: value}
                answer = ask(program, operation, OWN, body)
                text = re.sub(rf"\b{said}\b", "KEY", answer.text)
                answers.append((answer.status_code, text))
            if answers[0] != answers[1] or answers[0][0] < 400:
                wrong.append((name_of(operation), field, answers))
    assert not wrong, wrong
    assert asked > 25


def test_s12_nobody_says_who_they_are_in_a_body(sqlite_house: House) -> None:
    house = sqlite_house
    program = house.program(house.key("administrator"))
    claims = ("user_id", "author_id", "actor_id", "created_by", "api_key_id", "reader", "rights")
    for operation in OPERATIONS:
        fields = getattr(operation.body, "__struct_fields__", ())
        if not fields:
            continue
        for claim in claims:
            if claim in fields:
                continue
            body = minimal_body(operation)
            if not isinstance(body, dict):
                continue
            answer = ask(program, operation, OWN, {claim: 1} | body)
            assert answer.status_code == 422, (name_of(operation), claim, answer.text)
            assert claim in answer.json()["errors"][0]["field"]


APART = ("customers", "contact_points", "cases", "activities", "emails", "notes", "attachments")
KEYS = {f"{name.removesuffix('s').replace('activitie', 'activity')}_id" for name in APART}
KEYS |= {"queue_id"}
ELSEWHERE = 1501


def copy_into_another_queue(house: House) -> None:
    """Everything of Customer care's activity once more, in a queue of the department's own."""
    with house.lodge.stores.active.write() as connection:
        for name in APART:
            table: Table = ActiveBase.metadata.tables[name]
            [row] = connection.execute(
                select(table).where(next(iter(table.primary_key.columns)) == OWN)
            ).mappings()
            values = {key: ELSEWHERE if key in KEYS else row[key] for key in row}
            values |= {"article_id": None} if "article_id" in values else {}
            values |= {"raw_sha256": "e" * 64} if "raw_sha256" in values else {}
            values |= {"address_key": "elsewhere"} if "address_key" in values else {}
            connection.execute(insert(table).values(values))


def test_s08_who_has_one_queue_sees_its_work_alone(house: House) -> None:
    copy_into_another_queue(house)
    house.person("nina")
    house.narrow("nina", "supervisor", "General")
    nina = house.program(house.key("nina"))
    sue = house.program(house.key("supervisor"))
    seen = 0
    for operation in OPERATIONS:
        is_work = operation.path.split("/")[1] in (
            "customers",
            "cases",
            "activities",
            "emails",
            "notes",
            "attachments",
        )
        if not is_work or not operation.parameters or not has("supervisor", operation.action):
            continue
        apart, missing = (ask(nina, operation, key) for key in (ELSEWHERE, MISSING))
        if operation.path.startswith("/customers"):
            continue
        assert told(apart) == told(missing), (name_of(operation), apart.text)
        if operation.method == "GET":
            whole, narrow = ask(sue, operation, OWN), ask(nina, operation, OWN)
            seen += whole.status_code == 200
            assert narrow.status_code == whole.status_code, (name_of(operation), narrow.text)
            assert str(ELSEWHERE).encode() not in narrow.content, name_of(operation)
    assert seen > 10
    for path in ("/activities", "/cases", "/emails", "/notes", "/attachments"):
        whole = sue.get(f"{path}?count=true").json()["total"]
        narrow = nina.get(f"{path}?count=true").json()
        assert narrow["total"] == len(narrow["items"]) < whole, path
        assert str(ELSEWHERE) not in str(narrow)


def test_s08_a_thing_is_found_under_its_own_owner_alone(sqlite_house: House) -> None:
    copy_into_another_queue(sqlite_house)
    program = sqlite_house.program(sqlite_house.key("chief"))
    asked = 0
    for operation in OPERATIONS:
        if sum(name.endswith("_id") for name in operation.parameters) < 2:
            continue
        last = operation.parameters[-1]
        is_struct = operation.body not in (None, "binary")
        body = minimal_body(operation) if is_struct else None
        answers = []
        for key in (ELSEWHERE, MISSING):
            path = operation.path.replace(f"{{{last}}}", str(key))
            answers.append(told(ask(program, replace(operation, path=path), OWN, body)))
        assert answers[0] == answers[1], (name_of(operation), answers[0][:2])
        asked += answers[0][0] == 404
    assert asked > 10
