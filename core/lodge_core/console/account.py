"""One's own account: password, second factor, linked accounts, API keys, where one is signed in."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Form, Request, Response

from lodge_core.console.arriving import ACCOUNT, keep_session
from lodge_core.console.by_provider import begin_there, keep_browser
from lodge_core.console.notices import notice_of
from lodge_core.console.router import go_to, router, show
from lodge_core.console.sign_in import told
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError, RefusedError
from lodge_platform.identity import Action, SignedIn, TooManyAttemptsError, second_factor
from lodge_platform.identity import own_account as own
from lodge_platform.identity.actions import MEANINGS
from lodge_platform.identity.providers import linked_accounts, offered_providers, unlink
from lodge_platform.identity.required import second_factor_actions
from lodge_platform.identity.shown import keys_of
from lodge_platform.web.rights import Reader, lodge_of, right


@router.get("/account", dependencies=[right(Action.SESSION_OWN)])
def account_page(request: Request, reader: Reader, notice: str | None = None) -> Response:
    """What one can see and change about oneself."""
    return show_account(request, reader, notice=notice)


@router.post("/account/password", dependencies=[right(Action.SESSION_OWN)])
def take_password(
    request: Request,
    reader: Reader,
    old: Annotated[str, Form(max_length=1000)] = "",
    new: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    keeps_keys: Annotated[bool, Form()] = False,
) -> Response:
    """Another password: every other session ends."""
    lodge = lodge_of(request)
    try:
        if new != again:
            raise RefusedError("the two new passwords differ")
        token = own.change_own_password(
            lodge, reader, old=old, new=new, keeps_keys=keeps_keys, now=utc_now()
        )
    except (RefusedError, TooManyAttemptsError) as error:
        return show_account(request, reader, part="password", error=error)
    answer = go_to(ACCOUNT, notice="password")
    keep_session(answer, token, lodge)
    return answer


@router.post("/account/sessions/{user_session_id}/end", dependencies=[right(Action.SESSION_OWN)])
def end_one(request: Request, user_session_id: int, reader: Reader) -> Response:
    """Sign out elsewhere."""
    own.end_own_session(lodge_of(request), reader, user_session_id, utc_now())
    return go_to(ACCOUNT, notice="ended")


@router.post("/account/sessions/end", dependencies=[right(Action.SESSION_OWN)])
def end_others(request: Request, reader: Reader) -> Response:
    """Sign out everywhere else."""
    own.end_other_sessions(lodge_of(request), reader, utc_now())
    return go_to(ACCOUNT, notice="ended")


@router.post("/account/link/{name}", dependencies=[right(Action.SESSION_OWN)])
def link_there(
    request: Request,
    name: str,
    reader: Reader,
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """On to the provider, to link an account there; the page asks for one more click.

    A form may lead to no other site, so that no injected one can.
    """
    try:
        require_fresh(request, reader, password)
        begun = begin_there(request, name, return_to=ACCOUNT, user_id=reader.user_id)
    except LodgeError as error:
        return show_account(request, reader, part="linked", error=error)
    [provider] = [each for each in offered_providers(lodge_of(request)) if each.name == name]
    values: dict[str, object] = {
        "title": "Link an account",
        "provider": provider,
        "address": begun.address,
    }
    return keep_browser(request, show(request, "go_on.html", values), begun)


@router.post(
    "/account/identities/{user_identity_id}/unlink", dependencies=[right(Action.SESSION_OWN)]
)
def unlink_there(request: Request, user_identity_id: int, reader: Reader) -> Response:
    """Let an account sign in no more."""
    unlink(lodge_of(request), reader, user_identity_id, now=utc_now())
    return go_to(ACCOUNT, notice="unlinked")


def require_fresh(request: Request, reader: SignedIn, password: str) -> None:
    """Raise RefusedError unless one signed in a moment ago or typed one's password."""
    lodge, now = lodge_of(request), utc_now()
    if not own.is_fresh(lodge, reader, now):
        own.check_own_password(lodge, reader, password, now=now)


def show_account(
    request: Request,
    reader: SignedIn,
    *,
    notice: str | None = None,
    part: str | None = None,
    error: LodgeError | None = None,
    **more: Any,
) -> Response:
    """The page; `error` stands at the `part` whose form it belongs to."""
    lodge, now = lodge_of(request), utc_now()
    wanted = second_factor_actions(lodge.settings)
    values: dict[str, object] = {
        "title": "Account",
        "here": ACCOUNT,
        "notice": notice_of(notice),
        "part": part,
        "said": told(error) if error else None,
        "sessions": own.own_sessions(lodge, reader, now),
        "factor": second_factor.state_of(lodge, reader.user_id),
        "needs_factor": sorted(each.value for each in wanted),
        "linked": linked_accounts(lodge, reader.user_id),
        "providers": offered_providers(lodge),
        "is_fresh": own.is_fresh(lodge, reader, now),
        "may_keys": reader.may(Action.KEY_OWN),
        "keys": keys_of(lodge, reader, now),
        "actions": [(each, MEANINGS[each]) for each in Action if _holds(reader, each)],
        "new_key": None,
        "key_name": "",
        "key_actions": (),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    if isinstance(error, TooManyAttemptsError):
        status = HTTPStatus.TOO_MANY_REQUESTS
    return show(request, "account.html", values | more, status=status)


def _holds(reader: SignedIn, action: Action) -> bool:
    return bool(reader.departments_near(action))
