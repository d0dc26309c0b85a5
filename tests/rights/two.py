"""The whole API over a house of two departments, with a row of each department in every table.

Keys of Customer care are 1001, those of Sales 2001, texts begin with `care` or `sales`: whatever
somebody of Customer care is told, no `sales` and no 2001 may be in it.
"""

import re
from dataclasses import replace
from typing import Any

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.house import House
from api.whole import UNLIMITED
from fixtures.two_departments import CARE, SALES, fill, key_of
from fixtures.workplace import NINE, Workplace
from lodge_platform.api.assembly import operations_of, registered_apis
from lodge_platform.api.documents import own_apis
from lodge_platform.api.openapi import openapi_document
from lodge_platform.api.operation import Operation
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import Action, grant_role, seed_roles
from lodge_platform.identity.actions import DEFAULT_ROLES
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Article
from lodge_platform.schema.master import CustomAttribute
from lodge_platform.web.assembly import create_application

OWN, OTHER, MISSING = key_of(CARE), key_of(SALES), 999_999
ROLES = tuple(DEFAULT_ROLES)
_APIS = registered_apis()
OPERATIONS = operations_of([*_APIS, *own_apis(_APIS)])


def house_of_two(lodge: Lodge) -> House:
    """The house, with somebody of each default role in Customer care, called as the role; and
    the chief, administrator of both departments."""
    fill(lodge.stores)
    with lodge.stores.master.write() as connection:
        connection.execute(update(CustomAttribute).values(choices=[]))
    with lodge.stores.active.write() as connection:
        newest = {"status": "published", "published_version_no": Article.article_id}
        connection.execute(update(Article).values(newest))
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
    lodge = replace(lodge, settings=replace(lodge.settings, **UNLIMITED))
    place = Workplace(lodge, department_id=CARE, queues={"General": OWN})
    house = House(place, create_application(lodge, [], _APIS))
    for role in ROLES:
        house.person(role, role)
    house.person("chief", "administrator")
    grant_role(
        lodge,
        house.people["chief"],
        role="administrator",
        department_id=SALES,
        by="test",
        now=NINE,
    )
    return house


def has(role: str, action: Action) -> bool:
    """Whether the matrix gives the action to the role."""
    everybody = (Action.PUBLIC, Action.SESSION_OWN)
    return action in everybody or action in DEFAULT_ROLES[role]


def name_of(operation: Operation) -> str:
    """How the matrix calls it."""
    return f"{operation.method} {operation.path}"


def path_of(operation: Operation, key: int) -> str:
    """The path, all of it about things of one department; words are such as never exist."""
    path = operation.path
    for name in operation.parameters:
        word = str(key) if name.endswith("_id") else "nothing"
        if name == "department_id" and key in (OWN, OTHER):
            word = str(key // 1000)
        path = path.replace(f"{{{name}}}", word)
    return path


def ask(client: TestClient, operation: Operation, key: int, body: Any = None) -> httpx.Response:
    """The request about the thing of that key, with a good body and a version long gone."""
    headers = {"if-match": '"1"'} if operation.needs_match else {}
    given: dict[str, Any] = {}
    if operation.body == "binary":
        given = {"content": b"x", "params": {"filename": "x.txt"}}
    elif operation.body is not None:
        given = {"json": minimal_body(operation) if body is None else body}
    elif operation.query is not None:
        given = {"params": QUERIES.get(name_of(operation), {})}
    return client.request(operation.method, path_of(operation, key), headers=headers, **given)


def told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All that an answer tells."""
    headers = {name: value for name, value in answer.headers.items() if name != "ratelimit"}
    return answer.status_code, answer.content, headers


def minimal_body(operation: Operation) -> Any:
    """The least that the operation's schema takes."""
    if (given := BODIES.get(name_of(operation))) is not None:
        return given
    document = _document()
    schema = document["paths"][f"/api/v1{operation.path}"][operation.method.lower()]
    return _least(schema["requestBody"]["content"]["application/json"]["schema"], document)


# Where the least that the schema takes would do too much, or nothing.
BODIES: dict[str, Any] = {
    "POST /configuration/rollback": {"version": 1, "expect": 0},
    "POST /configuration/apply": {"document": "queues: []", "expect": 0},
}
QUERIES: dict[str, Any] = {
    "GET /customers/at": {"kind": "email", "address": "nobody@example.org"},
    "GET /search": {"q": "sales"},
}
_kept: dict[str, Any] = {}


def _document() -> dict[str, Any]:
    if not _kept:
        _kept.update(openapi_document([*_APIS, *own_apis(_APIS)]))
    return _kept


def _least(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _least(document["components"]["schemas"][name], document)
    if "anyOf" in schema:
        return _least(schema["anyOf"][0], document)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: _least(properties[name], document) for name in schema.get("required", [])}
        case "array":
            return [_least(schema["items"], document)] * schema.get("minItems", 0)
        case "integer":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "string" if schema.get("format") == "date-time":
            return "2026-01-05T09:00:00Z"
        case "string":
            word = "x" * max(1, schema.get("minLength", 1))
            words = (word, "x@example.org", "https://example.org", "1", "")
            return next(one for one in words if re.search(schema.get("pattern", ""), one))
        case _:
            return 1
