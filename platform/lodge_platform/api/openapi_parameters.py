"""Parameters in the OpenAPI document: of the path, the query string, and headers."""

import msgspec
from msgspec import Struct

from lodge_platform.api.bodies import GREATEST_KEY
from lodge_platform.api.collection import Collection, Field
from lodge_platform.api.filters import GREATEST_LIMIT, LEAST_LIMIT, USUAL_LIMIT, operators_of
from lodge_platform.api.openapi_schemas import REF, SCHEMAS, Values, name_of_struct
from lodge_platform.api.operation import Operation
from lodge_platform.api.requests import GREATEST_WORD

_KEY: Values = {"type": "integer", "minimum": 1, "maximum": GREATEST_KEY}


def parameters_of(operation: Operation) -> list[Values]:
    """Every parameter of an operation."""
    found = [_path_parameter(name) for name in operation.parameters]
    if operation.is_list and operation.collection is not None:
        found += _list_parameters(operation.collection)
    if operation.query is not None:
        found += _query_parameters(operation.query)
    if operation.needs_match:
        found.append(
            _parameter(
                "If-Match",
                "header",
                {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}(-[A-Za-z0-9_.]{1,40})?")$'},
                "The ETag of the version that is changed; `*` for whichever it is.",
                is_required=True,
            )
        )
    if operation.method == "POST" and operation.writes is not None:
        found.append(
            _parameter(
                "Idempotency-Key",
                "header",
                {"type": "string", "pattern": "^[!-~]{1,200}$"},
                "A fresh word for this request; sent again with it, nothing is done twice.",
            )
        )
    return found


def _path_parameter(name: str) -> Values:
    schema = (
        _KEY
        if name.endswith("_id")
        else {
            "type": "string",
            "minLength": 1,
            "maxLength": GREATEST_WORD,
        }
    )
    said = f"Key of the {name.removesuffix('_id').replace('_', ' ')}."
    if not name.endswith("_id"):
        said = f"The {name.replace('_', ' ')}."
    return _parameter(name, "path", schema, said, is_required=True)


def _list_parameters(collection: Collection) -> list[Values]:
    found = [
        _parameter(name, "query", _filter_schema(field, name), _filter_words(field, name))
        for field in collection.filterable.values()
        for name in operators_of(field)
    ]
    orders = [word for name in collection.sortable for word in (name, f"-{name}")]
    limit: Values = {"type": "integer", "minimum": LEAST_LIMIT, "maximum": GREATEST_LIMIT}
    names = "|".join(collection.fields)
    return [
        *found,
        _parameter("sort", "query", {"type": "string", "enum": orders}, "Order; `-` turns it."),
        _parameter(
            "fields",
            "query",
            {"type": "string", "pattern": f"^({names})(,({names}))*$"},
            "Fields wanted, separated by commas; the key always comes along.",
        ),
        _parameter("limit", "query", limit | {"default": USUAL_LIMIT}, "Things on a page."),
        _parameter(
            "count", "query", {"type": "string", "enum": ["true", "false"]}, "Give the total too."
        ),
        _parameter(
            "after",
            "query",
            {"type": "string", "minLength": 1, "maxLength": 4000},
            "Cursor out of the page before.",
        ),
    ]


def _filter_schema(field: Field, name: str) -> Values:
    operator = name.partition(".")[2]
    if operator == "is":
        return {"type": "string", "enum": ["empty", "given"]}
    if operator == "contains":
        return {"type": "string", "maxLength": 200}
    if operator == "has" or (operator and field.kind == "integer"):
        return {"type": "integer", "minimum": -GREATEST_KEY, "maximum": GREATEST_KEY}
    if operator in ("from", "before"):
        return SCHEMAS[field.kind]
    if field.words:
        words = "|".join(field.words)
        return {"type": "string", "pattern": f"^({words})(,({words}))*$"}
    if field.kind == "integer":
        return {"type": "string", "pattern": r"^-?[0-9]{1,18}(,-?[0-9]{1,18})*$"}
    if field.kind == "boolean":
        return {"type": "string", "pattern": "^(true|false)(,(true|false))*$"}
    return {"type": "string", "maxLength": 200}


_OPERATORS = {
    "from": "At or after this",
    "before": "Before this",
    "contains": "Holding this text, in any case",
    "has": "Listing this key",
    "is": "Empty or given",
    "": "Exactly this, or one of several separated by commas",
}


def _filter_words(field: Field, name: str) -> str:
    return f"{_OPERATORS[name.partition('.')[2]]}: {field.term.meaning}"


def _query_parameters(query: type[Struct]) -> list[Values]:
    _, schemas = msgspec.json.schema_components([query], ref_template=REF)
    schema = schemas[name_of_struct(query)]
    required = schema.get("required", [])
    return [
        _parameter(
            name,
            "query",
            {key: value for key, value in inner.items() if key != "description"},
            inner.get("description", ""),
            is_required=name in required,
        )
        for name, inner in schema["properties"].items()
    ]


def _parameter(
    name: str, place: str, schema: Values, description: str, *, is_required: bool = False
) -> Values:
    said: Values = {"name": name, "in": place, "schema": schema, "description": description}
    return said | ({"required": True} if is_required else {})
