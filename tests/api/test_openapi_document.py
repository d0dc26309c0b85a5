"""The OpenAPI document: valid, whole, and bounded wherever a request says something."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from lodge_platform.api.assembly import operations_of, registered_apis
from lodge_platform.api.documents import own_apis
from lodge_platform.api.openapi import openapi_document

DIALECT = "https://json-schema.org/draft/2020-12/schema"
APIS = registered_apis()
OPERATIONS = operations_of([*APIS, *own_apis(APIS)])


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of everything that is registered."""
    return openapi_document([*APIS, *own_apis(APIS)])


def schemas_in(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a value, with where it is."""
    if isinstance(value, dict):
        if "type" in value or "enum" in value:
            yield path, value
        for key, inner in value.items():
            if key not in ("examples", "example", "default"):
                yield from schemas_in(inner, f"{path}.{key}")
    if isinstance(value, list):
        for inner in value:
            yield from schemas_in(inner, path)


def said_in_requests(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a body or a parameter."""
    bodies = {kind.__name__ for one in OPERATIONS if isinstance(kind := one.body, type)}
    for name in bodies:
        yield from schemas_in(document["components"]["schemas"][name], name)
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            for parameter in said["parameters"]:
                yield from schemas_in(parameter["schema"], f"{method} {path} {parameter['name']}")


def test_every_operation_and_status_is_in_the_document(document: dict[str, Any]) -> None:
    for operation in OPERATIONS:
        said = document["paths"][f"/api/v1{operation.path}"][operation.method.lower()]
        assert said["operationId"] == operation.name
        assert said["summary"], operation.name
        assert str(operation.status) in said["responses"]
        for response in said["responses"].values():
            if "$ref" in response:
                name = response["$ref"].rsplit("/", 1)[1]
                assert name in document["components"]["responses"]
    names = [one.name for one in OPERATIONS]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        if isinstance(value, list):
            for inner in value:
                yield from references(inner)

    found = set(references(document))
    assert len(found) > 50
    for reference in found:
        at: Any = document
        for word in reference.removeprefix("#/").split("/"):
            at = at[word.replace("~1", "/")]


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    wrong = [
        name
        for name, schema in schemas.items()
        if not jsonschema_rs.meta.is_valid({"$schema": DIALECT} | schema)
    ]
    assert wrong == []
    assert len(schemas) > 100


def test_whole_numbers_and_parameters_have_bounds(document: dict[str, Any]) -> None:
    unbounded = []
    for place, schema in said_in_requests(document):
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "enum" in schema or "const" in schema:
            continue
        if "integer" in kinds and not {"minimum", "maximum"} <= schema.keys():
            unbounded.append(place)
        is_text = "string" in kinds and schema.get("format") not in ("date-time", "date")
        is_bounded = "maxLength" in schema or "pattern" in schema
        if is_text and " " in place and not is_bounded:
            unbounded.append(place)
    assert unbounded == []


def test_instants_of_requests_have_an_offset() -> None:
    naive = []
    for operation in OPERATIONS:
        for kind in (operation.body, operation.query):
            if not isinstance(kind, type):
                continue
            for field in msgspec.inspect.type_info(kind).fields:  # pyright: ignore[reportAttributeAccessIssue]
                members = getattr(field.type, "types", [field.type])
                naive += [
                    f"{kind.__name__}.{field.name}"
                    for member in members
                    if isinstance(member, msgspec.inspect.DateTimeType) and member.tz is not True
                ]
    assert naive == []
