"""What stands before every route: a limit on a request's size, an answer for what breaks."""

from http import HTTPStatus

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lodge_platform.web.problems import mistake, problem

GREATEST_BODY_BYTES = 2_000_000
_TOO_LARGE = f"A request has at most {GREATEST_BODY_BYTES} bytes."


class Guards:
    """Wraps the application inside the security headers, so that these answers have them too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        is_started = False
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > GREATEST_BODY_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        async def send_noted(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        if _length(request) > GREATEST_BODY_BYTES:
            answer = problem(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE)
            await answer(scope, receive, send)
            return
        try:
            await self.app(scope, receive_limited, send_noted)
        except Exception as error:
            answer = await mistake(request, error)
            if not is_started:
                await answer(scope, receive, send)


def _length(request: Request) -> int:
    given = request.headers.get("content-length", "0")
    return int(given) if given.isascii() and given.isdigit() else 0
