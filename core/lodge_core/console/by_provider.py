"""Signing in by a provider: out to it and back, or why that was refused."""

from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from lodge_core.console.arriving import ACCOUNT, FRONT, after, arrive
from lodge_core.console.router import go_to, router, show
from lodge_core.console.sign_in import told
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError, NotFoundError, RefusedError, SetUpError
from lodge_platform.identity import Action, NoSeatError, SpentTokenError, who_is
from lodge_platform.identity.providers import Begun, Returned, UnknownAccountError, begin, finish
from lodge_platform.identity.providers.id_tokens import ForeignTokenError
from lodge_platform.web.rights import SIGN_IN_PATH, lodge_of, right, session_token

PROVIDER_COOKIE = "lodge_provider"
_PATH = f"{SIGN_IN_PATH}/by"


@router.get("/sign-in/by/{name}", dependencies=[right(Action.PUBLIC)])
def go_out(request: Request, name: str, next: str = FRONT) -> Response:
    """To the provider's own sign-in page."""
    try:
        begun = begin_there(request, name, return_to=after(next))
    except SetUpError as error:
        # An operator reads the log; strangers are told no more than that it is not their fault.
        raise RefusedError("this provider is not set up rightly; ask an administrator") from error
    answer = RedirectResponse(begun.address, HTTPStatus.SEE_OTHER)
    return keep_browser(request, answer, begun)


@router.get("/sign-in/by/{name}/back", dependencies=[right(Action.PUBLIC)])
def come_back(
    request: Request,
    name: str,
    state: str = "",
    code: str = "",
    error: str = "",
    iss: str = "",
) -> Response:
    """Back from the provider: signed in, linked, or told why not."""
    lodge, now = lodge_of(request), utc_now()
    reader = who_is(lodge, session_token(request), now, is_background=True)
    kept = request.cookies.get(PROVIDER_COOKIE, "")
    returned = Returned(state=state, browser_token=kept, code=code, error=error, issuer=iss)
    try:
        done = finish(lodge, name, returned, reader=reader, now=now)
    except UnknownAccountError as unknown:
        return _refused(request, "It is not linked to anybody here.", unknown=unknown, status=403)
    except SpentTokenError:
        said = "This sign-in is over: it took too long, or it was begun in another browser."
        return _refused(request, said, status=400)
    except ForeignTokenError:
        said = "What the provider sent does not belong to this sign-in. The log says more."
        return _refused(request, said, status=403)
    except NoSeatError as full:
        return _refused(request, told(full), status=409)
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _refused(request, told(refused), status=403)
    except SetUpError as wrong:
        raise LodgeError("an identity provider is not set up rightly") from wrong
    if done.token is None:
        answer = go_to(ACCOUNT, notice="linked")
    else:
        answer = arrive(request, done.token, done.return_to)
    answer.delete_cookie(PROVIDER_COOKIE, path=_PATH)
    return answer


def begin_there(
    request: Request, name: str, *, return_to: str, user_id: int | None = None
) -> Begun:
    """Begin with a provider, for this server's address as the browser knows it."""
    lodge = lodge_of(request)
    scheme = "https" if lodge.settings.is_https else "http"
    return begin(
        lodge,
        name,
        return_to=return_to,
        redirect_uri=f"{scheme}://{request.headers.get('host', '')}{_PATH}/{name}/back",
        user_id=user_id,
        now=utc_now(),
    )


def keep_browser(request: Request, answer: Response, begun: Begun) -> Response:
    """Let this browser, and no other, come back from the provider."""
    answer.set_cookie(
        PROVIDER_COOKIE,
        begun.browser_token,
        max_age=600,
        path=_PATH,
        httponly=True,
        samesite="lax",  # the browser comes back from the provider's site
        secure=lodge_of(request).settings.is_https,
    )
    return answer


def _refused(
    request: Request, said: str, *, unknown: UnknownAccountError | None = None, status: int
) -> Response:
    values: dict[str, object] = {"title": "Not signed in", "said": said, "unknown": unknown}
    answer = show(request, "by_provider.html", values, status=HTTPStatus(status))
    answer.delete_cookie(PROVIDER_COOKIE, path=_PATH)
    return answer
