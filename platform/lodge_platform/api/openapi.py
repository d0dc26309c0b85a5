"""The OpenAPI 3.1 document, made from the declarations that requests are checked against."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import XML
from lodge_platform.api.call import BASE
from lodge_platform.api.openapi_links import links_of
from lodge_platform.api.openapi_parameters import parameters_of
from lodge_platform.api.openapi_schemas import (
    HEADERS,
    PROBLEM_SCHEMA,
    REF,
    Values,
    name_of,
    name_of_struct,
    problem_response,
    ref,
    thing_schema,
)
from lodge_platform.api.openapi_xml import xml_answer, xml_name, xml_schemas
from lodge_platform.api.operation import Api, Operation
from lodge_platform.api.problem_types import BY_STATUS, ProblemType
from lodge_platform.api.taking import offered_media, taken_media
from lodge_platform.api.xml_words import body_of
from lodge_platform.errors import SetUpError
from lodge_platform.identity.actions import Action

_INTRODUCTION = """
Everything that Lodge does can be asked for here. Authenticate with an API key as a bearer token, or
with the console's session. Errors are problem details (RFC 9457); their `type` is the address of a
page that says what to do. A change names the version it changes in `If-Match`; a POST may carry an
`Idempotency-Key` and is then done once however often it is sent. Lists come in pages: hand `after`
back as it is. What you may not see is answered like what does not exist.
"""


def openapi_document(apis: Sequence[Api]) -> Values:
    """The whole document, as plain values."""
    operations = [operation for api in apis for operation in api.operations]
    structs = _structs(operations)
    _, schemas = msgspec.json.schema_components(structs, ref_template=REF)
    paths: dict[str, Values] = {}
    for operation in operations:
        path = paths.setdefault(f"{BASE}{operation.path}", {})
        said = path[operation.method.lower()] = _operation(operation)
        if links := links_of(operation, operations):
            said["responses"][str(operation.status)]["links"] = links
    collections = _collections(operations)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lodge",
            "version": "1",
            "description": _INTRODUCTION.strip(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server."}],
        "security": [{"key": []}, {"session": []}],
        "tags": [{"name": api.tag, "description": api.description} for api in apis],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "lodge_session",
                    "description": "The console's session; a change then needs X-Forgery-Token.",
                },
            },
            "schemas": {
                **schemas,
                **xml_schemas(schemas, _xml_bodies(operations)),
                **collections,
                "Problem": PROBLEM_SCHEMA,
            },
            "responses": {kind.code: problem_response(kind) for kind in BY_STATUS.values()},
            "headers": HEADERS,
        },
    }


def statuses_of(operation: Operation) -> list[ProblemType]:
    """Every problem that the operation can answer with."""
    found = {types.NOT_ACCEPTABLE, types.ADDRESS_TOO_LONG, types.TOO_MANY_REQUESTS}
    found |= {types.BROKEN, types.TRY_AGAIN, types.INVALID_QUERY}
    if operation.action is not Action.PUBLIC:
        found |= {types.NOT_SIGNED_IN, types.FORBIDDEN}
    if operation.parameters:
        found.add(types.NOT_FOUND)
    if operation.method != "GET":
        found |= {types.BODY_TOO_LARGE, types.INVALID_BODY, types.MALFORMED_BODY}
    if operation.body is not None:
        found |= {types.UNSUPPORTED_MEDIA_TYPE, types.NOT_FOUND}
    if operation.method in ("POST", "PUT", "PATCH", "DELETE"):
        found.add(types.CONFLICT)
    if operation.needs_match:
        found |= {types.STALE, types.PRECONDITION_REQUIRED}
    found |= {types.PROBLEM_TYPES[code] for code in operation.refusals}
    return sorted({BY_STATUS[kind.status] for kind in found}, key=lambda kind: kind.status)


def _operation(operation: Operation) -> Values:
    said: Values = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _described(operation),
        "parameters": parameters_of(operation),
        "responses": _responses(operation),
        "x-action": operation.action.value,
    }
    if operation.action is Action.PUBLIC:
        said["security"] = []
    if operation.deprecated_on is not None:
        said["deprecated"] = True
    if operation.body == "binary":
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        said["requestBody"] = {"required": False, "content": content}  # a file may be empty
    elif operation.body is not None:
        media: Values = {"schema": ref(name_of_struct(operation.body))}
        if operation.example is not None:
            media["example"] = msgspec.to_builtins(operation.example)
        content = dict.fromkeys(taken_media(operation), media)
        if XML in content:
            content[XML] = {"schema": ref(xml_name(name_of_struct(operation.body)))}
        said["requestBody"] = {"required": True, "content": content}
    return said


def _described(operation: Operation) -> str:
    right = (
        "Open to everybody."
        if operation.action is Action.PUBLIC
        else f"Needs the right `{operation.action.value}`."
    )
    return "\n\n".join(part for part in (operation.description, right) if part)


def _responses(operation: Operation) -> Values:
    found: Values = {str(operation.status): _success(operation)}
    if operation.handler is None and not operation.is_list:
        found["304"] = {"description": "The caller has this version already."}
    for kind in statuses_of(operation):
        found[str(int(kind.status))] = {"$ref": f"#/components/responses/{kind.code}"}
    return found


def _success(operation: Operation) -> Values:
    said: Values = {"description": "As asked.", "headers": {}}
    for name in _headers_of(operation):
        said["headers"][name] = {"$ref": f"#/components/headers/{name}"}
    if operation.status == 204:
        return said
    content: Values = {}
    for media in offered_media(operation):
        if media == "*/*":
            continue
        if media == XML and operation.collection is not None:
            content[media] = xml_answer(operation.collection, is_list=operation.is_list)
        elif media == XML or media.startswith("text/") or operation.answer == "binary":
            content[media] = {"schema": {"type": "string"}}
        else:
            content[media] = {"schema": _answer_schema(operation)}
    return said | {"content": content}


def _headers_of(operation: Operation) -> list[str]:
    found = ["RateLimit", "RateLimit-Policy"]
    is_thing = operation.collection is not None and not operation.is_list
    if is_thing:
        found.append("ETag")
    if operation.status == 201 and is_thing:
        found.append("Location")
    if operation.is_list:
        found.append("Link")
    return found


def _answer_schema(operation: Operation) -> Values:
    collection = operation.collection
    if collection is not None:
        one = ref(name_of(collection))
        if not operation.is_list:
            return one
        return {
            "type": "object",
            "required": ["items", "after"],
            "properties": {
                "items": {"type": "array", "items": one},
                "after": {"type": ["string", "null"], "description": "Cursor of the next page."},
                "total": {"type": "integer", "description": "How many there are in all."},
            },
        }
    if isinstance(operation.answer, type) and issubclass(operation.answer, Struct):
        return ref(name_of_struct(operation.answer))
    return {}


def _xml_bodies(operations: Iterable[Operation]) -> dict[str, str]:
    """Names of the bodies that are also taken in XML, with their elements there."""
    bodies = (one.body for one in operations if one.is_xml)
    return {kind.__name__: body_of(kind) for kind in bodies if isinstance(kind, type)}


def _collections(operations: Iterable[Operation]) -> dict[str, Values]:
    """The schema of every kind of thing, by name."""
    found: dict[str, Values] = {}
    for operation in operations:
        if (collection := operation.collection) is not None:
            schema = thing_schema(collection)
            if found.setdefault(name_of(collection), schema) != schema:
                raise SetUpError(f"two kinds of thing of the API are called {collection.one!r}")
    return found


def _structs(operations: Iterable[Operation]) -> list[type[Struct]]:
    """Every struct that is a body or an answer, each once."""
    found: dict[str, type[Struct]] = {}
    for operation in operations:
        for kind in (operation.body, operation.answer):
            if not isinstance(kind, type) or not issubclass(kind, Struct):
                continue
            if found.setdefault(kind.__name__, kind) is not kind:
                raise SetUpError(f"two structs of the API are called {kind.__name__}")
    return list(found.values())
