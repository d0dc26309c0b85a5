"""Signing in and out of the console."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from lodge_core.agents import desk
from lodge_core.agents.inbox import states_of
from lodge_core.console.router import router, show
from lodge_platform.clock import utc_now
from lodge_platform.errors import RefusedError
from lodge_platform.identity import (
    Action,
    SignedIn,
    TooManyAttemptsError,
    end_session,
    sign_in,
    who_is,
)
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import AgentStateCode
from lodge_platform.web.forgery import (
    BEFORE_SIGN_IN_COOKIE,
    keep_before_sign_in,
    token_for_form,
)
from lodge_platform.web.rights import (
    SESSION_COOKIE,
    SIGN_IN_PATH,
    Reader,
    local_path,
    lodge_of,
    right,
    session_token,
)

_FRONT = "/console/"


@router.get("/sign-in", dependencies=[right(Action.PUBLIC)])
def sign_in_page(request: Request, next: str = _FRONT) -> Response:
    """The form, or straight on for somebody who is signed in."""
    if who_is(lodge_of(request), session_token(request), utc_now(), is_background=True):
        return RedirectResponse(_after(next), HTTPStatus.SEE_OTHER)
    return _form(request, next=next)


@router.post("/sign-in", dependencies=[right(Action.PUBLIC)])
def take_sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=500)] = _FRONT,
) -> Response:
    """Sign in, or say in the same words for every reason that it was not right."""
    lodge, now = lodge_of(request), utc_now()
    address = request.client.host if request.client else ""
    try:
        token = sign_in(lodge, name, password, address, now)
    except TooManyAttemptsError as error:
        said = "Too many failed sign-ins. Wait a quarter of an hour, then try again."
        status = HTTPStatus.TOO_MANY_REQUESTS
        answer = _form(request, next=next, name=name, error=said, status=status)
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
        return answer
    except RefusedError:
        said = "This name and password do not sign in."
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form(request, next=next, name=name, error=said, status=status)
    reader = who_is(lodge, token, now)
    if reader is not None and reader.may(Action.ACTIVITY_WORK):
        _begin_not_ready(lodge, reader)
    answer = RedirectResponse(_after(next), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=lodge.settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=lodge.settings.is_https,
    )
    answer.delete_cookie(BEFORE_SIGN_IN_COOKIE)
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


def _form(
    request: Request,
    *,
    next: str,
    name: str = "",
    error: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    token, fresh = token_for_form(request, session_token(request))
    values: dict[str, object] = {
        "title": "Sign in",
        "name": name,
        "next": _after(next),
        "error": error,
        "forgery_token": token,
    }
    answer = show(request, "sign_in.html", values, status=status)
    if fresh:
        keep_before_sign_in(answer, fresh, is_https=lodge_of(request).settings.is_https)
    return answer


def _after(wanted: str) -> str:
    path = local_path(wanted)
    return _FRONT if path == "/" or path.startswith(SIGN_IN_PATH) else path


def _begin_not_ready(lodge: Lodge, reader: SignedIn) -> None:
    """An agent begins not ready: present, and nothing is pushed before they say so."""
    for line in states_of(lodge, reader.user_id):
        if line.state is AgentStateCode.SIGNED_OUT:
            desk.change_state(
                lodge,
                reader.user_id,
                line.media_routing_domain_id,
                state=AgentStateCode.NOT_READY,
                reason="signed in",
                now=utc_now(),
            )
