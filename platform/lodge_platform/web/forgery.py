"""Requests that another site makes a browser send: refused on every route that changes anything.

Two conditions: the browser names our own origin, and the form or header carries a token that only
our own pages know. It follows from the session's token; before sign-in, from a cookie of its own.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.datastructures import FormData

from lodge_platform.errors import ForbiddenError

FIELD = "forgery_token"
HEADER = "x-forgery-token"
BEFORE_SIGN_IN_COOKIE = "lodge_form"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def forgery_token(session_token: str) -> str:
    """The token that forms of this session carry: 64 hexadecimal digits."""
    return hashlib.sha256(f"form:{session_token}".encode()).hexdigest()


async def refuse_forged(request: Request, session_token: str | None) -> None:
    """Raise ForbiddenError for a changing request that does not come from a page of ours."""
    if request.method in _SAFE:
        return
    _refuse_other_origins(request)
    secret = session_token or request.cookies.get(BEFORE_SIGN_IN_COOKIE)
    given = request.headers.get(HEADER) or await _in_form(request)
    _refuse_other_token(secret, given)


def refuse_forged_call(request: Request, session_token: str) -> None:
    """As `refuse_forged`, for a call that is no form: its header alone carries the token."""
    _refuse_other_origins(request)
    _refuse_other_token(session_token, request.headers.get(HEADER, ""))


def _refuse_other_token(secret: str | None, given: str) -> None:
    if not secret or not hmac.compare_digest(given.encode(), forgery_token(secret).encode()):
        raise ForbiddenError("this form is out of date; load the page again, then send it")


def token_for_form(request: Request, session_token: str | None) -> tuple[str, str | None]:
    """The token to put into a form, and the cookie value to set first when there is none yet."""
    kept = session_token or request.cookies.get(BEFORE_SIGN_IN_COOKIE)
    if kept:
        return forgery_token(kept), None
    fresh = secrets.token_urlsafe(32)
    return forgery_token(fresh), fresh


def keep_before_sign_in(response: Response, value: str, *, is_https: bool) -> None:
    """Set the cookie from which the sign-in form's token follows."""
    response.set_cookie(
        BEFORE_SIGN_IN_COOKIE,
        value,
        max_age=24 * 3600,
        httponly=True,
        samesite="strict",
        secure=is_https,
    )


def _refuse_other_origins(request: Request) -> None:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForbiddenError("this request comes from another site")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForbiddenError("this request comes from another site")


async def _in_form(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return ""
    form: FormData = await request.form()
    value = form.get(FIELD)
    return value if isinstance(value, str) else ""
