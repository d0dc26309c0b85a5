"""Versions of things: the ETag of a row, and the If-Match that a change must name."""

import re
from typing import Any

from sqlalchemy import Row

from lodge_platform.api import problem_types as types
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.errors import StaleError

_TAG = re.compile(r'"(?P<version>\d{1,18})(?:-[\w.]{1,40})?"')


def etag_of(version: int, form: str = "") -> str:
    """The strong ETag of a row's version; `form` tells apart its representations."""
    return f'"{version}-{form}"' if form else f'"{version}"'


def expected_version(if_match: str | None) -> int | None:
    """The version that If-Match names; None for `*`, which asks for any.

    Raises ApiProblem: 428 without the header, 400 for what is no ETag of ours.
    """
    if if_match is None:
        raise ApiProblem(
            types.PRECONDITION_REQUIRED, "Send the thing's ETag in the header If-Match."
        )
    given = if_match.strip()
    if given == "*":
        return None
    found = _TAG.fullmatch(given)
    if found is None:
        detail = "If-Match is one strong ETag as this API gives it, or *."
        raise ApiProblem(
            types.INVALID_QUERY, detail, errors=[field_error("header If-Match", detail)]
        )
    return int(found["version"])


def refuse_stale(row: Row[Any] | Any, expected: int | None) -> None:
    """Raise StaleError when a locked row is not of the version its changer read.

    `row` has `change_no` (active) or `version_no` (master); None expects nothing.
    """
    if expected is None:
        return
    version = row.version_no if hasattr(row, "version_no") else row.change_no
    if version != expected:
        raise StaleError("it changed since you read it; read it again")


def is_unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether the caller has this representation already."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
