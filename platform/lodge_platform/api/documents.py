"""What the API says of itself: its OpenAPI document and a page for every type of problem."""

from collections.abc import Iterable

import orjson

from lodge_platform.api.answers import XML, Answer
from lodge_platform.api.call import Call
from lodge_platform.api.openapi import openapi_document
from lodge_platform.api.openapi_xml import SCHEMA_PATH
from lodge_platform.api.operation import Api
from lodge_platform.api.problem_types import PROBLEM_TYPES
from lodge_platform.api.reference_page import declare_reference
from lodge_platform.api.xsd import schema_of
from lodge_platform.errors import NotFoundError
from lodge_platform.identity.actions import Action

_HTML = "text/html; charset=utf-8"
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>
<body><h1>{title}</h1><p>Status {status} · <code>{code}</code></p><p>{advice}</p></body></html>
"""


def own_apis(apis: Iterable[Api]) -> list[Api]:
    """The platform's own operations, which describe those of `apis` and themselves."""
    own = Api("reference", "What the API says of itself; open to everybody.")
    described = [*apis, own]
    kept: dict[str, bytes] = {}

    @own.get("/openapi.json", action=Action.PUBLIC, name="read_openapi")
    def openapi(_call: Call) -> Answer:
        """Read this document.

        OpenAPI 3.1, made from what the server checks requests against."""
        if "document" not in kept:
            kept["document"] = orjson.dumps(openapi_document(described))
        return Answer(content=kept["document"])

    @own.get("/problems/{code}", action=Action.PUBLIC, media=(_HTML,), name="read_problem_type")
    def problem_type(call: Call) -> Answer:
        """Read about a type of problem.

        The `type` of every problem is the address of such a page."""
        kind = PROBLEM_TYPES.get(call.word("code"))
        if kind is None:
            raise NotFoundError("no such type of problem")
        page = _PAGE.format(
            title=kind.title, status=int(kind.status), code=kind.code, advice=kind.advice
        )
        return Answer(content=page.encode(), media=_HTML)

    @own.get(SCHEMA_PATH, action=Action.PUBLIC, media=(XML,), name="read_xml_schema")
    def xml_schema(_call: Call) -> Answer:
        """Read the schema of the XML.

        For the resources that are also given and taken as `application/xml`."""
        if "schema" not in kept:
            kept["schema"] = schema_of(described)
        return Answer(content=kept["schema"], media=XML)

    declare_reference(own)
    _ = openapi, problem_type, xml_schema
    return [own]
