"""Errors as answers: RFC 9457 problem details for programs, a plain page for people, no traces."""

import logging
from http import HTTPStatus
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from lodge_platform.errors import (
    ConflictError,
    ForbiddenError,
    LodgeError,
    NotFoundError,
    RefusedError,
    TryAgainError,
)
from lodge_platform.identity import TooManyAttemptsError
from lodge_platform.web.pages import page
from lodge_platform.web.rights import NotSignedInError, sign_in_address

_LOG = logging.getLogger(__name__)
_STATUSES: tuple[tuple[type[LodgeError], HTTPStatus], ...] = (
    (NotSignedInError, HTTPStatus.UNAUTHORIZED),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (RefusedError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TooManyAttemptsError, HTTPStatus.TOO_MANY_REQUESTS),
    (TryAgainError, HTTPStatus.SERVICE_UNAVAILABLE),
)
_RETRY_AFTER_SECONDS = 5
# The same words for a thing that is not there and one that the reader may not see.
_NOT_FOUND = "There is nothing here that you may see."


def answer_errors(application: FastAPI) -> None:
    """Let `application` answer every error by this module; `guards` has the rest."""
    application.exception_handler(LodgeError)(_lodge_error)
    application.exception_handler(HTTPException)(_http_error)
    application.exception_handler(RequestValidationError)(_unreadable)
    application.exception_handler(SQLAlchemyError)(mistake)


def status_of(error: LodgeError) -> HTTPStatus:
    """The HTTP status that says what `error` says."""
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(
    request: Request, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
) -> Response:
    """The answer for an error: a page where a browser asked, else problem details."""
    if wants_page(request):
        answer = page(
            request,
            "error.html",
            {"title": status.phrase.capitalize(), "status": status.value, "detail": detail},
            status=status,
        )
        answer.headers.update(headers or {})
        return answer
    body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def wants_page(request: Request) -> bool:
    """Whether the sender reads HTML; what lies under /api/ never does."""
    is_api = request.url.path.startswith("/api/")
    return not is_api and "text/html" in request.headers.get("accept", "")


async def _lodge_error(request: Request, error: LodgeError) -> Response:
    if isinstance(error, NotSignedInError) and wants_page(request):
        return RedirectResponse(sign_in_address(_where_to_return(request)), HTTPStatus.SEE_OTHER)
    status = status_of(error)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return await mistake(request, error)
    if status is HTTPStatus.NOT_FOUND:
        return problem(request, status, _NOT_FOUND)
    if isinstance(error, TryAgainError):
        seconds = getattr(error, "retry_after_seconds", _RETRY_AFTER_SECONDS)
        _LOG.warning("%s %s: %s", request.method, request.url.path, error)
        return problem(request, status, _sentence(error), {"Retry-After": str(seconds)})
    return problem(request, status, _sentence(error))


async def _http_error(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    detail = _NOT_FOUND if status is HTTPStatus.NOT_FOUND else f"{status.description}."
    headers: Any = error.headers
    return problem(request, status, detail, dict(headers) if headers else None)


async def _unreadable(request: Request, error: RequestValidationError) -> Response:
    places = {".".join(str(part) for part in line["loc"][1:]) for line in error.errors()}
    if "path" in {line["loc"][0] for line in error.errors()}:
        return problem(request, HTTPStatus.NOT_FOUND, _NOT_FOUND)
    wrong = ", ".join(sorted(filter(None, places))) or "the request"
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"Missing or unreadable: {wrong}.")


async def mistake(request: Request, error: Exception) -> Response:
    """The answer for what should not happen: a number that finds it in the log, nothing else."""
    number = token_hex(4)
    _LOG.error("mistake %s at %s %s", number, request.method, request.url.path, exc_info=error)
    return problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"Something is broken in Lodge. The log has it under {number}.",
    )


def _where_to_return(request: Request) -> str:
    """The page itself, or for a form that was sent, the page that the form stood on."""
    if request.method == "GET":
        return request.url.path
    came_from = urlsplit(request.headers.get("referer", ""))
    return came_from.path if came_from.netloc == request.headers.get("host") else "/"


def _sentence(error: LodgeError) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith('.') else '.'}"
