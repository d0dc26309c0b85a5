"""Errors as RFC 9457 problem details: which type an error is, and the bytes that say so."""

import logging
from collections.abc import Iterable, Sequence
from secrets import token_hex
from typing import Any

import orjson
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from lodge_platform.api import problem_types as types
from lodge_platform.api.problem_types import ProblemType
from lodge_platform.errors import (
    ConflictError,
    ForbiddenError,
    LodgeError,
    NotFoundError,
    RefusedError,
    StaleError,
    TryAgainError,
)

_LOG = logging.getLogger(__name__)
_RETRY_AFTER_SECONDS = 5
# The same words for a thing that is not there and one that the reader may not see.
_NOT_FOUND = "There is nothing here that you may see."
_TYPES: tuple[tuple[type[LodgeError], ProblemType], ...] = (
    (NotFoundError, types.NOT_FOUND),
    (StaleError, types.STALE),
    (ConflictError, types.CONFLICT),
    (ForbiddenError, types.FORBIDDEN),
    (RefusedError, types.REFUSED),
    (TryAgainError, types.TRY_AGAIN),
)


class ApiProblem(Exception):
    """An answer that is a problem, raised wherever it is noticed.

    `errors` are objects of `field`, `detail` and perhaps `allowed`; `headers` go with the answer.
    """

    def __init__(
        self,
        kind: ProblemType,
        detail: str,
        *,
        errors: Sequence[dict[str, Any]] = (),
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = list(errors)
        self.headers = list(headers)

    def body(self) -> bytes:
        """The problem details as JSON."""
        return orjson.dumps(self.values())

    def values(self) -> dict[str, Any]:
        """The problem details: type, title, status, detail, and errors where fields are named."""
        said: dict[str, Any] = {
            "type": self.kind.address,
            "title": self.kind.title,
            "status": int(self.kind.status),
            "detail": self.detail,
        }
        if self.errors:
            said["errors"] = self.errors
        return said


def field_error(field: str, detail: str, allowed: Iterable[str] = ()) -> dict[str, Any]:
    """One entry of `errors`: what is wrong with one field, and the values it may have."""
    said: dict[str, Any] = {"field": field, "detail": detail}
    if values := list(allowed):
        said["allowed"] = values
    return said


def problem_of(error: Exception, where: str) -> ApiProblem:
    """The problem that `error` is to the caller; `where` is for the log, never for the caller."""
    if isinstance(error, ApiProblem):
        return error
    if isinstance(error, IntegrityError):
        _LOG.warning("%s: %s", where, type(error.orig).__name__)
        detail = "Something that this needs is not there, or its name is taken already."
        return ApiProblem(types.CONFLICT, detail)
    kind = next((kind for error_type, kind in _TYPES if isinstance(error, error_type)), None)
    if kind is None or not isinstance(error, LodgeError | SQLAlchemyError):
        return _mistake(error, where)
    if kind is types.NOT_FOUND:
        return ApiProblem(kind, _NOT_FOUND)
    if kind is types.TRY_AGAIN:
        seconds = getattr(error, "retry_after_seconds", _RETRY_AFTER_SECONDS)
        _LOG.warning("%s: %s", where, error)
        detail = "A store or server that this needs is busy or away; nothing was changed."
        return ApiProblem(kind, detail, headers=[("Retry-After", str(seconds))])
    errors: list[dict[str, Any]] = []
    if isinstance(error, RefusedError) and error.field:
        errors = [field_error(error.field, str(error), error.allowed)]
    return ApiProblem(kind, sentence(error), errors=errors)


def sentence(error: Exception) -> str:
    """The error's message as a sentence."""
    said = str(error) or type(error).__name__
    return f"{said[:1].upper()}{ended(said[1:])}"


def ended(said: str) -> str:
    """Words with a full stop, unless they end as a sentence already."""
    return said if said.endswith((".", "?")) else f"{said}."


def _mistake(error: Exception, where: str) -> ApiProblem:
    number = token_hex(4)
    _LOG.error("mistake %s at %s", number, where, exc_info=error)
    return ApiProblem(types.BROKEN, f"Something is broken. The log has it under {number}.")
