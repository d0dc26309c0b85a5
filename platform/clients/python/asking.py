"""Short ways with the generated client: connect by a key, and take an answer or an error.

The rest of this package is generated; this module is written by hand and copied in.
"""

from typing import Any, TypeVar

import httpx
from lodge_client.client import AuthenticatedClient
from lodge_client.models import Problem
from lodge_client.types import Response

T = TypeVar("T")


class RefusedByLodge(Exception):
    """The server answered with a problem: `status`, and `problem` with what is wrong where."""

    def __init__(self, problem: Problem) -> None:
        fields = problem.errors if isinstance(problem.errors, list) else []
        said = "; ".join(f"{one.field}: {one.detail}" for one in fields)
        super().__init__(f"{problem.status} {problem.title}: {said or problem.detail}")
        self.status = problem.status
        self.problem = problem


def connect(url: str, key: str, *, timeout_seconds: float = 60) -> AuthenticatedClient:
    """A client of the Lodge at `url`, such as https://lodge.example, asking with an API key."""
    return AuthenticatedClient(
        base_url=url.rstrip("/"),
        token=key,
        timeout=httpx.Timeout(timeout_seconds),
        raise_on_unexpected_status=True,
    )


def done(answer: T | Problem | None) -> T:
    """What was asked for. Raises RefusedByLodge when the server answered with a problem."""
    if isinstance(answer, Problem):
        raise RefusedByLodge(answer)
    return answer  # type: ignore[return-value]  # None only where the answer has no content


def etag(response: Response[Any]) -> str:
    """The version of the thing in an answer, as `if_match` of its next change takes it."""
    return response.headers["etag"]
