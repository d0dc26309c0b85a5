"""Signing in and out of the console: a password, and a code where one is asked for."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from lodge_core.agents import desk
from lodge_core.console.arriving import FRONT, after, arrive
from lodge_core.console.router import router, show
from lodge_platform.clock import utc_now
from lodge_platform.errors import RefusedError
from lodge_platform.identity import (
    Action,
    CodeWantedError,
    NoSeatError,
    SpentTokenError,
    TooManyAttemptsError,
    end_session,
    sign_in,
    sign_in_with_code,
    who_is,
)
from lodge_platform.identity.providers import offered_providers
from lodge_platform.web.client_address import client_address
from lodge_platform.web.forgery import keep_before_sign_in, token_for_form
from lodge_platform.web.rights import (
    SESSION_COOKIE,
    SIGN_IN_PATH,
    Reader,
    lodge_of,
    right,
    session_token,
)

STEP_COOKIE = "lodge_step"
_STEP_PATH = f"{SIGN_IN_PATH}/code"
_NOTICES = {
    "password": "Your password is set. Sign in with it now.",
    "step": "That took too long, or too many codes were wrong. Begin again with your password.",
}


@router.get("/sign-in", dependencies=[right(Action.PUBLIC)])
def sign_in_page(request: Request, next: str = FRONT, notice: str = "") -> Response:
    """The form, or straight on for somebody who is signed in."""
    if who_is(lodge_of(request), session_token(request), utc_now(), is_background=True):
        return RedirectResponse(after(next), HTTPStatus.SEE_OTHER)
    return _form(request, next=next, told=_NOTICES.get(notice))


@router.post("/sign-in", dependencies=[right(Action.PUBLIC)])
def take_sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=500)] = FRONT,
) -> Response:
    """Sign in, or say in the same words for every reason that it was not right."""
    lodge = lodge_of(request)
    address = client_address(request, lodge.settings)
    try:
        token = sign_in(lodge, name, password, address, utc_now())
    except CodeWantedError as wanted:
        return _ask_for_code(request, wanted.step_token, next)
    except TooManyAttemptsError as error:
        return _wait(_form(request, next=next, name=name, error=TOO_MANY), error)
    except NoSeatError as error:
        return _form(request, next=next, name=name, error=told(error), status=HTTPStatus.CONFLICT)
    except RefusedError:
        said = "This name and password do not sign in."
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form(request, next=next, name=name, error=said, status=status)
    return arrive(request, token, next)


@router.get("/sign-in/code", dependencies=[right(Action.PUBLIC)])
def code_page(request: Request, next: str = FRONT) -> Response:
    """The second step's form; back to the first for who did not come from there."""
    if STEP_COOKIE not in request.cookies:
        return RedirectResponse(SIGN_IN_PATH, HTTPStatus.SEE_OTHER)
    return _form(request, "second_step.html", next=next)


@router.post("/sign-in/code", dependencies=[right(Action.PUBLIC)])
def take_code(
    request: Request,
    code: Annotated[str, Form(max_length=100)] = "",
    next: Annotated[str, Form(max_length=500)] = FRONT,
) -> Response:
    """Sign in with a code, or say that it is not right."""
    lodge, step = lodge_of(request), request.cookies.get(STEP_COOKIE, "")
    address = client_address(request, lodge.settings)
    page, status = "second_step.html", HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        token = sign_in_with_code(lodge, step, code, address, utc_now())
    except SpentTokenError:
        query = urlencode({"notice": "step", "next": after(next)})
        answer = RedirectResponse(f"{SIGN_IN_PATH}?{query}", HTTPStatus.SEE_OTHER)
        answer.delete_cookie(STEP_COOKIE, path=_STEP_PATH)
        return answer
    except TooManyAttemptsError as error:
        return _wait(_form(request, page, next=next, error=TOO_MANY), error)
    except NoSeatError as error:
        return _form(request, page, next=next, error=told(error), status=HTTPStatus.CONFLICT)
    except RefusedError as error:
        return _form(request, page, next=next, error=told(error), status=status)
    answer = arrive(request, token, next)
    answer.delete_cookie(STEP_COOKIE, path=_STEP_PATH)
    return answer


@router.post("/sign-out", dependencies=[right(Action.SESSION_OWN)])
def sign_out(request: Request, reader: Reader) -> Response:
    """End the session; an agent is signed out of every domain, so that nothing more is pushed."""
    lodge, now = lodge_of(request), utc_now()
    if reader.may(Action.ACTIVITY_WORK):
        desk.sign_out(lodge, reader.user_id, now=now)
    end_session(lodge, session_token(request) or "", now)
    answer = RedirectResponse(SIGN_IN_PATH, HTTPStatus.SEE_OTHER)
    answer.delete_cookie(SESSION_COOKIE)
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


TOO_MANY = "Too many failed tries. Wait a quarter of an hour, then try again."


def told(error: Exception) -> str:
    """An error's words as a sentence."""
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith('.') else '.'}"


def before_sign_in(
    request: Request, template: str, values: dict[str, object], status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """A page with a form for somebody who is not signed in."""
    token, fresh = token_for_form(request, session_token(request))
    answer = show(request, template, {"forgery_token": token} | values, status=status)
    if fresh:
        keep_before_sign_in(answer, fresh, is_https=lodge_of(request).settings.is_https)
    return answer


def _form(
    request: Request,
    template: str = "sign_in.html",
    *,
    next: str,
    name: str = "",
    error: str | None = None,
    told: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    values: dict[str, object] = {
        "title": "Sign in",
        "name": name,
        "next": after(next),
        "error": error,
        "told": told,
        "providers": offered_providers(lodge_of(request)),
    }
    return before_sign_in(request, template, values, status)


def _wait(answer: Response, error: TooManyAttemptsError) -> Response:
    answer.status_code = HTTPStatus.TOO_MANY_REQUESTS
    answer.headers["Retry-After"] = str(error.retry_after_seconds)
    return answer


def _ask_for_code(request: Request, step_token: str, wanted: str) -> Response:
    query = urlencode({"next": after(wanted)})
    answer = RedirectResponse(f"{_STEP_PATH}?{query}", HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        STEP_COOKIE,
        step_token,
        max_age=600,
        path=_STEP_PATH,
        httponly=True,
        samesite="strict",
        secure=lodge_of(request).settings.is_https,
    )
    return answer
