"""Links in the OpenAPI document: from a new thing to the operations on it."""

from collections.abc import Iterable

from lodge_platform.api.collection import Collection
from lodge_platform.api.openapi_schemas import Values
from lodge_platform.api.operation import Operation


def links_of(operation: Operation, operations: Iterable[Operation]) -> Values:
    """By name, what can be asked next of the thing that the operation made."""
    collection = operation.collection
    if collection is None or operation.is_list or operation.status != 201:
        return {}
    known = {collection.key, *operation.parameters}
    return {
        other.name: _link(other, collection)
        for other in operations
        if other.path.startswith(collection.item_path) and set(other.parameters) <= known
    }


def _link(other: Operation, collection: Collection) -> Values:
    parameters = {name: f"$request.path.{name}" for name in other.parameters}
    parameters[collection.key] = f"$response.body#/{collection.key}"
    if other.needs_match:
        parameters["header.If-Match"] = "$response.header.ETag"
    return {"operationId": other.name, "parameters": parameters}
