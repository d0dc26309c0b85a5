"""What the REST API is declared by; rooms declare their resources, the platform serves them."""

from lodge_platform.api.answers import Answer
from lodge_platform.api.bodies import Body, ObjectKey, Query
from lodge_platform.api.call import Call
from lodge_platform.api.collection import Collection
from lodge_platform.api.matching import refuse_stale
from lodge_platform.api.operation import Api, Operation

__all__ = [
    "Answer",
    "Api",
    "Body",
    "Call",
    "Collection",
    "ObjectKey",
    "Operation",
    "Query",
    "refuse_stale",
]
