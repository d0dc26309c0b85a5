"""Cursors of pages: where a list goes on, in a form that callers hand back and do not read."""

import base64
import hashlib
from typing import Any

import orjson

from lodge_platform.api import problem_types as types
from lodge_platform.api.problems import ApiProblem, field_error


def cursor_of(values: list[Any], about: str) -> str:
    """The cursor after a row with these sort values, of the list that `about` describes."""
    said = orjson.dumps([_mark(about), values], option=orjson.OPT_UTC_Z)
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def values_in(cursor: str, about: str) -> list[Any]:
    """The sort values in a cursor. Raises ApiProblem 400 for one that is not of this list."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        mark, values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        is_ours = mark == _mark(about) and isinstance(values, list)
    except (ValueError, TypeError):
        is_ours, values = False, []
    if not is_ours:
        detail = "This cursor is not of this list; begin without one."
        raise ApiProblem(types.INVALID_QUERY, detail, errors=[field_error("after", detail)])
    return values  # pyright: ignore[reportUnknownVariableType]


def _mark(about: str) -> str:
    return hashlib.sha256(about.encode()).hexdigest()[:8]
