"""One's own second factor: set up with a QR code, confirmed, recovered from, removed."""

from http import HTTPStatus
from typing import Annotated

import segno
from fastapi import Form, Request, Response
from markupsafe import Markup

from lodge_core.console.account import require_fresh, show_account
from lodge_core.console.arriving import ACCOUNT, keep_session
from lodge_core.console.router import go_to, router, show
from lodge_core.console.sign_in import told
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError
from lodge_platform.identity import Action, SignedIn, second_factor
from lodge_platform.identity.own_account import begin_again
from lodge_platform.web.forgery import forgery_token
from lodge_platform.web.rights import Reader, lodge_of, right

_PAGE = f"{ACCOUNT}/second-factor"


@router.post("/account/second-factor", dependencies=[right(Action.SESSION_OWN)])
def begin_factor(
    request: Request, reader: Reader, password: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    """Begin to set one up."""
    try:
        require_fresh(request, reader, password)
        second_factor.begin_enrolment(lodge_of(request), reader.user_id)
    except LodgeError as error:
        return show_account(request, reader, part="factor", error=error)
    return go_to(_PAGE)


@router.get("/account/second-factor", dependencies=[right(Action.SESSION_OWN)])
def factor_page(request: Request, reader: Reader) -> Response:
    """The QR code of the one that is being set up."""
    return _show(request, reader)


@router.post("/account/second-factor/confirm", dependencies=[right(Action.SESSION_OWN)])
def confirm_factor(
    request: Request, reader: Reader, code: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """The first right code: from now on codes are asked for."""
    lodge, now = lodge_of(request), utc_now()
    try:
        codes = second_factor.confirm(lodge, reader.user_id, code, by=reader.name, now=now)
    except LodgeError as error:
        return _show(request, reader, error=error)
    token = begin_again(lodge, reader, method="password_totp", now=now)
    return _show_codes(request, codes, token)


@router.post("/account/second-factor/codes", dependencies=[right(Action.SESSION_OWN)])
def renew_codes(
    request: Request, reader: Reader, code: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Other recovery codes, for who has a right code."""
    lodge, now = lodge_of(request), utc_now()
    try:
        second_factor.check_fresh_code(lodge, reader.user_id, code, now=now)
        codes = second_factor.renew_recovery_codes(lodge, reader.user_id, by=reader.name, now=now)
    except LodgeError as error:
        return show_account(request, reader, part="factor", error=error)
    return _show_codes(request, codes, None)


@router.post("/account/second-factor/remove", dependencies=[right(Action.SESSION_OWN)])
def remove_factor(
    request: Request, reader: Reader, code: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Take it away, for who has a right code."""
    lodge, now = lodge_of(request), utc_now()
    try:
        second_factor.check_fresh_code(lodge, reader.user_id, code, now=now)
        second_factor.remove(lodge, reader.user_id, by=reader.name, now=now)
    except LodgeError as error:
        return show_account(request, reader, part="factor", error=error)
    answer = go_to(ACCOUNT, notice="factor_gone")
    keep_session(answer, begin_again(lodge, reader, method="password", now=now), lodge)
    return answer


def _show(request: Request, reader: SignedIn, *, error: LodgeError | None = None) -> Response:
    enrolment = second_factor.enrolment_under_way(lodge_of(request), reader.user_id)
    if enrolment is None:
        return go_to(ACCOUNT)
    drawn = segno.make(enrolment.uri, error="m").svg_inline(omitsize=True, border=3, light="#fff")
    values: dict[str, object] = {
        "title": "Second factor",
        "here": _PAGE,
        "qr": Markup(drawn),  # noqa: S704 - drawn by us out of our own address
        "secret": " ".join(
            enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4)
        ),
        "codes": None,
        "said": told(error) if error else None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return show(request, "second_factor.html", values, status=status)


def _show_codes(request: Request, codes: list[str], token: str | None) -> Response:
    """The recovery codes, this once; in a session of its own where the earlier one has ended."""
    values: dict[str, object] = {
        "title": "Recovery codes",
        "here": ACCOUNT,
        "codes": codes,
        "qr": None,
        "secret": None,
        "said": None,
    }
    if token is not None:
        values["forgery_token"] = forgery_token(token)
    answer = show(request, "second_factor.html", values)
    if token is not None:
        keep_session(answer, token, lodge_of(request))
    return answer
