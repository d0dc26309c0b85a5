"""The JSON schema of link files, for editors: made of the language's own types."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import msgspec
import orjson

from lodge_adapters.language import Link

_SCALARS = ("string", "integer", "number", "boolean")
_TEXT = {"type": ["string", "number", "boolean"]}


@cache
def link_file_schema() -> bytes:
    """The schema document, 2020-12. It refuses unknown keys; what parts of a file say about each
    other is refused only when the file is read."""
    schema = msgspec.json.schema(Link)
    known = cast("dict[str, dict[str, Any]]", schema["$defs"])
    for definition in known.values():
        if "properties" in definition:
            definition["additionalProperties"] = False
            properties = cast("dict[str, dict[str, Any]]", definition["properties"])
            definition["properties"] = {
                name: _as_written(said, known) for name, said in properties.items()
            }
            definition.pop("title", None)
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A data link of Lodge",
        **schema,
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


def _as_written(said: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """A property as a file may write it: no null, one value for a list of one, any plain value in
    a mapping of texts."""
    said = {name: value for name, value in said.items() if name != "default"} | _default(said)
    if "anyOf" in said:
        rest = [one for one in said["anyOf"] if one != {"type": "null"}]
        if len(rest) == 1:
            said = rest[0] | {name: value for name, value in said.items() if name != "anyOf"}
    items = said.get("items")
    if said.get("type") == "array" and isinstance(items, dict):
        one = cast("dict[str, Any]", items)
        if _is_plain(one, known):
            return {"anyOf": [said, one]}
    if said.get("additionalProperties") == {"type": "string"}:
        said["additionalProperties"] = _TEXT
    return said


def _default(said: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults that say something to who writes a file."""
    default = said.get("default")
    return {"default": default} if isinstance(default, str | int | float) else {}


def _is_plain(said: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    named = str(said.get("$ref", "")).rpartition("/")[2]
    return "enum" in known.get(named, said) or said.get("type") in _SCALARS
