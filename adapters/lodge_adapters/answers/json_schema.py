"""The JSON schema of a link's answers."""

from typing import Any

import orjson

from lodge_adapters.answers.fields import ALL, shown_fields
from lodge_adapters.language import Contract, Field, Link, Type
from lodge_platform.vocabulary import Sensitivity

_TYPES: dict[Type, dict[str, Any]] = {
    Type.TEXT: {"type": "string"},
    Type.INTEGER: {"type": "integer"},
    Type.DECIMAL: {"type": "number"},
    Type.BOOLEAN: {"type": "boolean"},
    Type.DATE: {"type": "string", "format": "date"},
    Type.INSTANT: {"type": "string", "format": "date-time"},
}


def json_schema_of(name: str, link: Link) -> bytes:
    """The schema document of link `name`."""
    row = _thing(link.answer.fields, is_loose=link.contract is Contract.EVOLVE)
    if link.contract is Contract.EVOLVE:
        row["properties"]["more"] = {
            "type": ["object", "null"],
            "additionalProperties": {"type": "string"},
        }
    end = {
        "type": "object",
        "properties": {
            "rows": {"type": "integer"},
            "discarded": {"type": "integer"},
            "truncated": {"type": "boolean"},
        },
        "required": ["rows", "discarded", "truncated"],
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name}: {link.title}",
        "description": link.term,
        "type": "object",
        "properties": {
            "link": {"const": name},
            "version": {"type": "string"},
            "source": {"type": "string"},
            "fetched_at": {"type": "string", "format": "date-time"},
            "from_cache": {"type": "boolean"},
            "stale": {"type": "boolean"},
            link.answer.root: {"type": "array", "items": row},
            "end": end,
            "error": {"type": "object"},
        },
        "required": ["link", "version", "source", "fetched_at", link.answer.root],
        "oneOf": [{"required": ["end"]}, {"required": ["error"]}],
    }
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2)


def _thing(fields: tuple[Field, ...], *, is_loose: bool) -> dict[str, Any]:
    shown = shown_fields(fields, ALL)
    required = [
        field.name
        for field in shown
        if field.required and field.sensitivity is Sensitivity.OPEN and not is_loose
    ]
    return {
        "type": "object",
        "properties": {field.name: _field(field, is_loose=is_loose) for field in shown},
        "required": required,
    }


def _field(field: Field, *, is_loose: bool) -> dict[str, Any]:
    kind = _thing(field.fields, is_loose=is_loose) if field.fields else dict(_TYPES[field.type])
    if field.is_list:
        kind = {"type": "array", "items": kind}
    elif not field.required or is_loose:
        kind["type"] = [kind["type"], "null"]
    return kind | {"description": field.term}
