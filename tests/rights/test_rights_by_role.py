"""Every operation by every role: what the matrix gives, of one's own department, and no more."""

from collections import Counter

import pytest

from api.house import House
from lodge_platform.api.operation import Operation
from lodge_platform.identity import Action
from rights.two import MISSING, OPERATIONS, OTHER, OWN, ROLES, ask, has, name_of, told

# What the whole house shares is read by everybody who may read it, and changed by those alone who
# may change it in every department; roles by those who hold what they allow wherever they count.
OF_EVERY_DEPARTMENT = ("/media-routing-domains", "/custom-attributes", "/identity-providers")
OF_THE_HOUSE = (*OF_EVERY_DEPARTMENT, "/roles", "/data-links")
# Of these things there is none in the house that a program could see: they are of one person, or
# have no bytes, or the word of their path names nothing.
NOT_THERE = (
    "/api-keys/{",
    "/sessions/{",
    "/agent-states/{",
    "/audit/changes/{",
    "/identity-providers/{",
    "/attachments/{attachment_id}/content",
    "/articles/{article_id}/attachments/{attachment_id}/content",
    "/cases/{case_id}/relations/{",
    "/sql/running/",
    "/dictionary/{",
    "/problems/{",
    "/reference/{",
    "/data-links/{",
)
# Departments are changed by those alone who may change the configuration of every one.
KEPT_FROM_ONE = ("PUT /departments/{", "PATCH /departments/{", "DELETE /departments/{")
# Programs make no keys; what is of all departments is made by who may in all of them.
REFUSED_TO_MOST = {"POST /api-keys", "POST /departments"}


def is_of_the_house(operation: Operation) -> bool:
    """Whether what it is about belongs to all departments."""
    return operation.path.startswith(OF_THE_HOUSE)


@pytest.mark.parametrize(
    ("engine", "role"),
    [("sqlite", role) for role in ROLES] + [("postgresql", "agent"), ("postgresql", "supervisor")],
)
def test_s08_a_role_does_what_the_matrix_says_in_its_department_alone(
    request: pytest.FixtureRequest, engine: str, role: str
) -> None:
    house: House = request.getfixturevalue(f"{engine}_house")
    program = house.program(house.key(role))
    wrong: list[object] = []
    seen: Counter[int] = Counter()
    for operation in OPERATIONS:
        own, other, missing = (ask(program, operation, key) for key in (OWN, OTHER, MISSING))
        statuses = (own.status_code, other.status_code, missing.status_code)
        seen[own.status_code] += 1
        if not has(role, operation.action):
            if statuses != (403, 403, 403) or not told(own) == told(other) == told(missing):
                wrong.append((name_of(operation), "lacks the right", statuses, other.text))
            continue
        if max(statuses) >= 500 or 401 in statuses:
            wrong.append((name_of(operation), "breaks", statuses, own.text))
        is_changed = operation.method != "GET"
        is_kept = operation.path.startswith(OF_EVERY_DEPARTMENT) and is_changed
        if is_kept and 403 not in statuses and not operation.path.startswith(NOT_THERE):
            wrong.append((name_of(operation), "is not for one department", statuses, own.text))
        if is_of_the_house(operation) or not operation.parameters:
            is_expected = is_kept or name_of(operation) in REFUSED_TO_MOST
            if own.status_code == 403 and not is_expected:
                wrong.append((name_of(operation), "is refused", statuses, own.text))
            continue
        if told(other) != told(missing):
            wrong.append((name_of(operation), "tells of the other", statuses, other.text))
        if other.status_code != 404:
            wrong.append((name_of(operation), "is there elsewhere", statuses, other.text))
        is_theirs = not operation.path.startswith(NOT_THERE)
        if own.status_code in (403, 404) and is_theirs:
            if own.status_code == 403 and name_of(operation).startswith(KEPT_FROM_ONE):
                continue
            wrong.append((name_of(operation), "is kept from its own", statuses, own.text))
    assert not wrong, wrong
    assert sum(seen.values()) == len(OPERATIONS) > 200
    lacking = sum(not has(role, operation.action) for operation in OPERATIONS)
    assert seen[403] >= lacking >= (0 if role == "administrator" else 40)
    assert seen[200] >= 40, "what may be read is there to be read"


def test_s08_the_chief_of_both_departments_does_everything_in_both(
    postgresql_house: House,
) -> None:
    house = postgresql_house
    program = house.program(house.key("chief"))
    wrong: list[object] = []
    for operation in OPERATIONS:
        for key in (OWN, OTHER):
            answer = ask(program, operation, key)
            is_there = not operation.path.startswith(NOT_THERE)
            refused = {401, 403, *((404,) if is_there and operation.parameters else ())}
            is_refused = answer.status_code in refused or answer.status_code >= 500
            if is_refused and name_of(operation) not in REFUSED_TO_MOST:
                wrong.append((name_of(operation), key, answer.status_code, answer.text))
    assert not wrong, wrong


def test_s08_a_stranger_is_let_into_nothing(sqlite_house: House) -> None:
    stranger = sqlite_house.program()
    for operation in OPERATIONS:
        if operation.action is Action.PUBLIC:
            continue
        answers = [told(ask(stranger, operation, key)) for key in (OWN, OTHER, MISSING)]
        assert answers[0][0] == 401, name_of(operation)
        assert answers[0] == answers[1] == answers[2], name_of(operation)


def test_s08_a_key_does_no_more_than_it_was_made_for(sqlite_house: House) -> None:
    house = sqlite_house
    narrow = house.program(house.key("chief", actions=[Action.ACTIVITY_READ]))
    elsewhere = house.program(house.key("chief", department_ids=[2]))
    everybody = (Action.PUBLIC, Action.SESSION_OWN)
    for operation in OPERATIONS:
        if operation.action not in (Action.ACTIVITY_READ, *everybody):
            assert ask(narrow, operation, OWN).status_code == 403, name_of(operation)
        if operation.parameters and not is_of_the_house(operation):
            own, missing = (ask(elsewhere, operation, key) for key in (OWN, MISSING))
            assert told(own) == told(missing), name_of(operation)
