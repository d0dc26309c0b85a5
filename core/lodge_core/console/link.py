"""A link that sets a password: an invitation or a reset, handed over by an administrator."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Form, Request, Response

from lodge_core.console.router import go_to, router
from lodge_core.console.sign_in import before_sign_in, told
from lodge_platform.clock import utc_now
from lodge_platform.errors import RefusedError
from lodge_platform.identity import Action, SpentTokenError
from lodge_platform.identity.own_account import redeem_link, whose_link
from lodge_platform.web.rights import SIGN_IN_PATH, lodge_of, right

_OVER = "This link is over: it was used, it ended, or it never was. Ask for another one."


@router.get("/link/{token}", dependencies=[right(Action.PUBLIC)])
def link_page(request: Request, token: str) -> Response:
    """The form for a new password, or that the link is over."""
    try:
        name = whose_link(lodge_of(request), token, utc_now())
    except SpentTokenError:
        return _form(request, token, name=None, error=_OVER, status=HTTPStatus.GONE)
    return _form(request, token, name=name)


@router.post("/link/{token}", dependencies=[right(Action.PUBLIC)])
def take_link(
    request: Request,
    token: str,
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Set the password; whoever did so signs in with it next."""
    lodge, now = lodge_of(request), utc_now()
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        name = whose_link(lodge, token, now)
        if password != again:
            said = "The two passwords differ."
            return _form(request, token, name=name, error=said, status=status)
        redeem_link(lodge, token, password=password, now=now)
    except SpentTokenError:
        return _form(request, token, name=None, error=_OVER, status=HTTPStatus.GONE)
    except RefusedError as error:
        name = whose_link(lodge, token, now)
        return _form(request, token, name=name, error=told(error), status=status)
    return go_to(SIGN_IN_PATH, notice="password")


def _form(
    request: Request,
    token: str,
    *,
    name: str | None,
    error: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    values: dict[str, object] = {
        "title": "Set your password",
        "name": name,
        "token": token,
        "error": error,
    }
    return before_sign_in(request, "link.html", values, status)
