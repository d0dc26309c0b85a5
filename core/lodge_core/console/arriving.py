"""Somebody has signed in: the cookie of the session, and an agent's first state."""

from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from lodge_core.agents import desk
from lodge_core.agents.inbox import states_of
from lodge_platform.clock import utc_now
from lodge_platform.identity import Action, SignedIn, who_is
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import AgentStateCode
from lodge_platform.web.forgery import BEFORE_SIGN_IN_COOKIE
from lodge_platform.web.rights import SESSION_COOKIE, SIGN_IN_PATH, local_path, lodge_of

FRONT = "/console/"
ACCOUNT = "/console/account"


def arrive(request: Request, token: str, wanted: str) -> Response:
    """On to the page that was wanted, with the session's cookie; an agent begins not ready."""
    lodge = lodge_of(request)
    reader = who_is(lodge, token, utc_now())
    if reader is not None and reader.may(Action.ACTIVITY_WORK):
        _begin_not_ready(lodge, reader)
    may_console = reader is not None and reader.may(Action.CONSOLE_USE)
    path = after(wanted) if may_console or after(wanted) != FRONT else ACCOUNT
    answer = RedirectResponse(path, HTTPStatus.SEE_OTHER)
    keep_session(answer, token, lodge)
    answer.delete_cookie(BEFORE_SIGN_IN_COOKIE)
    return answer


def keep_session(answer: Response, token: str, lodge: Lodge) -> None:
    """Give the browser the session's token."""
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=lodge.settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=lodge.settings.is_https,
    )


def after(wanted: str) -> str:
    """The page to go on to: one of ours, and not the sign-in itself."""
    path = local_path(wanted)
    return FRONT if path == "/" or path.startswith(SIGN_IN_PATH) else path


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
