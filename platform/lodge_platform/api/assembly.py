"""The operations of the API, assembled from the entry points `lodge.api`."""

from collections.abc import Iterable
from importlib.metadata import entry_points

from lodge_platform.api.operation import Api, Operation
from lodge_platform.errors import SetUpError
from lodge_platform.identity.rights import RightsRow, row


def registered_apis() -> list[Api]:
    """What every room brings, in order of the entry points' names."""
    found: list[Api] = []
    for point in sorted(entry_points(group="lodge.api"), key=lambda point: point.name):
        api = point.load()
        if not isinstance(api, Api):
            raise SetUpError(f"entry point {point.value} is no lodge_platform.api.Api")
        found.append(api)
    return found


def operations_of(apis: Iterable[Api]) -> list[Operation]:
    """Every operation. Raises SetUpError for two of one name: clients could not tell them apart."""
    operations = [operation for api in apis for operation in api.operations]
    names = [operation.name for operation in operations]
    for name in names:
        if names.count(name) > 1:
            raise SetUpError(f"operation {name!r} is there twice")
    return operations


def operation_rows(operations: Iterable[Operation]) -> list[RightsRow]:
    """A row of the rights matrix for each operation."""
    return [
        row("route", f"{operation.method} /api/v1{operation.path}", operation.action)
        for operation in operations
    ]
