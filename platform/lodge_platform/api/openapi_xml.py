"""XML in the OpenAPI document: bodies with the shape that XML has, answers with an example each.

The whole truth about the XML is its schema, at `/api/v1/schema.xsd`; OpenAPI has no word for nil,
for typed values, nor for the entries of a map.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from lodge_platform.api.collection import Collection, Field
from lodge_platform.api.openapi_schemas import REF, Values
from lodge_platform.api.xml_form import xml_of
from lodge_platform.api.xml_words import NAMESPACE

SCHEMA_PATH = "/schema.xsd"
_SUFFIX = "Xml"
# Names that can be elements; any other name stands in <entry name="...">.
_NAME = "^[A-Za-z][A-Za-z0-9_]*$"
# Text as XML can hold it; what it cannot hold is escaped, as the XML Schema says.
_TEXT = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]*$"
_LIKELY: dict[str, Any] = {
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "instant": "2026-01-05T09:00:00Z",
    "text": "text",
    "json": {"colour": "red", "floors": 3},
}


def xml_answer(collection: Collection, *, is_list: bool) -> Values:
    """What an answer in XML is, with an example that the XML Schema takes."""
    thing = {field.name: _example(collection, field) for field in collection.fields.values()}
    value = {"items": [thing], "after": None} if is_list else thing
    return {
        "schema": {
            "type": "string",
            "description": f"A document of the schema /api/v1{SCHEMA_PATH}.",
        },
        "example": xml_of(collection, orjson.dumps(value), is_list=is_list).decode(),
    }


def xml_name(name: str) -> str:
    """Name of the schema for the XML of the schema called `name`."""
    return name + _SUFFIX


def xml_schemas(schemas: Mapping[str, Values], roots: Mapping[str, str]) -> dict[str, Values]:
    """For each body in `roots`, and what it refers to, the schema of its XML: without null, lists
    as `item` elements. `roots` gives the name of each body's element."""
    found: dict[str, Values] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if xml_name(name) in found:
            continue
        said = _as_xml(schemas[name], waiting)
        if name in roots:
            said["xml"] = {"name": roots[name], "namespace": NAMESPACE}
        found[xml_name(name)] = said
    return found


def _as_xml(schema: Any, waiting: list[str]) -> Any:
    if isinstance(schema, list):
        return [_as_xml(one, waiting) for one in schema if one != {"type": "null"}]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]  # pyright: ignore[reportUnknownArgumentType]
        waiting.append(name)
        return {"$ref": REF.format(name=xml_name(name))}
    found: Values = {str(key): _as_xml(value, waiting) for key, value in schema.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if len(found.get("anyOf", ())) == 1:
        [only] = found.pop("anyOf")
        found = {**only, **{key: value for key, value in found.items() if key != "default"}}
    if isinstance(found.get("enum"), list):
        found["enum"] = [word for word in found["enum"] if word is not None]
    if found.get("type") == "array":
        found["xml"] = {"wrapped": True}
        if "items" in found and "$ref" not in found["items"]:
            found["items"] = {**found["items"], "xml": {"name": "item"}}
        elif "items" in found:
            found["items"] = {"allOf": [found["items"]], "xml": {"name": "item"}}
    if found.get("type") == "object" and "properties" not in found:
        found["additionalProperties"] = found.get("additionalProperties") or {"type": "string"}
        found["propertyNames"] = {"pattern": _NAME}
    if found.get("type") == "string" and not found.keys() & {"pattern", "enum", "format"}:
        found["pattern"] = _TEXT
    if found.get("default", ...) is None:
        del found["default"]
    return found


def _example(collection: Collection, field: Field) -> Any:
    if field.name in collection.examples:
        return collection.examples[field.name]
    if field.words:
        return field.words[0]
    if field.is_nullable and field.kind != "json":
        return None
    if field.name.endswith("_ids"):
        return [1]
    if field.kind == "text" and field.term.example:
        return field.term.example
    return _LIKELY[field.kind]
