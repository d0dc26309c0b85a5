"""Schemas of the OpenAPI document: the things of collections, problems, and headers."""

import re
from typing import Any

from msgspec import Struct

from lodge_platform.api.answers import PROBLEM, PROBLEM_XML
from lodge_platform.api.collection import Collection
from lodge_platform.api.problem_types import ProblemType

Values = dict[str, Any]
REF = "#/components/schemas/{name}"


def thing_schema(collection: Collection) -> Values:
    """One thing of a collection."""
    properties: Values = {}
    for name, field in collection.fields.items():
        schema = dict(SCHEMAS[field.kind])
        is_empty = field.is_nullable or bool(field.sees)
        if field.words:
            schema["enum"] = [*field.words, *([None] if is_empty else [])]
        if is_empty and "type" in schema:
            schema["type"] = [schema["type"], "null"]
        schema["description"] = field.term.meaning
        if field.name in collection.examples:
            schema["examples"] = [collection.examples[field.name]]
        properties[name] = schema
    properties["withheld"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Fields that are empty here because the asker may not see them.",
    }
    return {
        "type": "object",
        "description": collection.sql_table.comment or "",  # pyright: ignore[reportAttributeAccessIssue]
        "required": [collection.key],
        "properties": properties,
        "additionalProperties": False,
    }


SCHEMAS: dict[str, Values] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "instant": {"type": "string", "format": "date-time"},
    "text": {"type": "string"},
    "json": {},
}

PROBLEM_SCHEMA: Values = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Page about it."},
        "title": {"type": "string", "description": "The type in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong with this request."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "Where in the request."},
                    "detail": {"type": "string", "description": "What is wrong there."},
                    "allowed": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Values it may have.",
                    },
                },
            },
        },
    },
}

HEADERS: Values = {
    "ETag": {"description": "Version of the thing.", "schema": {"type": "string"}},
    "Location": {"description": "Address of the new thing.", "schema": {"type": "string"}},
    "Link": {"description": "The next page, where there is one.", "schema": {"type": "string"}},
    "RateLimit": {
        "description": "Requests left, and seconds until none is missing.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {"description": "Requests a window.", "schema": {"type": "string"}},
}


def problem_response(kind: ProblemType) -> Values:
    """The answer that a type of problem is."""
    schema = {"$ref": "#/components/schemas/Problem"}
    said: Values = {
        "description": f"{kind.title}. {kind.advice}",
        "content": {PROBLEM: {"schema": schema}, PROBLEM_XML: {"schema": {"type": "string"}}},
    }
    return said


def ref(name: str) -> Values:
    """A reference to a schema."""
    return {"$ref": REF.format(name=name)}


def name_of(collection: Collection) -> str:
    """Name of the schema of a collection's things, such as `ContactPoint`."""
    words = re.split(r"[\s_-]+", collection.one)
    return "".join(word.capitalize() for word in words)


def name_of_struct(kind: type[Struct]) -> str:
    """Name of a struct's schema."""
    return kind.__name__
