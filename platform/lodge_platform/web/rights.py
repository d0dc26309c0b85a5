"""The check in front of every route: `dependencies=[right(Action.X)]`; then `Reader` is at hand."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from lodge_platform.api.visibility import sees_everywhere
from lodge_platform.clock import utc_now
from lodge_platform.errors import ForbiddenError, MistakeError
from lodge_platform.identity import Action, SignedIn, who_is
from lodge_platform.lodge import Lodge
from lodge_platform.web.forgery import refuse_forged

SESSION_COOKIE = "lodge_session"
SIGN_IN_PATH = "/console/sign-in"
BACKGROUND_HEADER = "lodge-background"


class NotSignedInError(ForbiddenError):
    """Nobody is signed in, or no longer."""


@dataclass(frozen=True)
class Right:
    """Lets a request through when its sender may do `action` in some department.

    The route itself checks the department of what it touches: `reader.require(action, key)`.
    """

    action: Action
    is_background: bool = False
    shows_content: bool = False

    async def __call__(self, request: Request) -> None:
        """Put the reader into `request.state`; raise ForbiddenError or NotSignedInError."""
        await refuse_forged(request, session_token(request))
        if self.action is Action.PUBLIC:
            return
        is_background = self.is_background or BACKGROUND_HEADER in request.headers
        reader = await run_in_threadpool(
            who_is,
            lodge_of(request),
            session_token(request),
            utc_now(),
            is_background=is_background,
        )
        if reader is None:
            raise NotSignedInError("sign in first; the earlier sign-in may have ended")
        reader.require(self.action)
        if self.shows_content:
            require_sight(reader)
        request.state.reader = reader


def right(action: Action, *, is_background: bool = False, shows_content: bool = False) -> Any:
    """Declare and enforce the action a route needs.

    `is_background` is for requests a page makes by itself: they keep no session alive. A page
    that `shows_content` leaves nothing out, so it asks for the right to see all of it.
    """
    return Depends(Right(action, is_background, shows_content))


def require_sight(reader: SignedIn) -> None:
    """Raise ForbiddenError for who may not see people and content wherever they see work."""
    for wanted in (Action.CONTENT_READ, Action.PERSONAL_READ):
        if not sees_everywhere(reader, Action.ACTIVITY_READ, wanted):
            raise ForbiddenError(f"you lack the right {wanted.value}")


async def _reader(request: Request) -> SignedIn:
    found = getattr(request.state, "reader", None)
    if not isinstance(found, SignedIn):
        raise MistakeError(f"{request.url.path} asks for its reader but declares a public action")
    return found


Reader = Annotated[SignedIn, Depends(_reader)]


def lodge_of(request: Request) -> Lodge:
    """The Lodge behind the application."""
    found: Lodge = request.app.state.lodge
    return found


def session_token(request: Request) -> str | None:
    """The token in the sender's cookie."""
    return request.cookies.get(SESSION_COOKIE)


def sign_in_address(wanted: str) -> str:
    """Where to sign in, and then go on to `wanted`, a path of ours."""
    return f"{SIGN_IN_PATH}?next={quote(local_path(wanted), safe='/')}"


def local_path(wanted: str) -> str:
    """`wanted` when it is a plain path on this server, else the front page."""
    is_plain = wanted.startswith("/") and not wanted.startswith("//")
    is_clean = wanted.isprintable() and "\\" not in wanted and len(wanted) <= 500
    return wanted if is_plain and is_clean else "/"
