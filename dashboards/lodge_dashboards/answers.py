"""What the server adds to Streamlit's answers: security headers, and where its own paths begin.

Without the latter a page other than the first tries its own address for them, in vain.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HEAD = b"<head>"
_BASE = b"<script>window.__streamlit={BACKEND_BASE_URL:location.origin+'/'}</script>"


class Answers:
    """Wraps the application; an answer that sets one of the headers itself keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_page = False

        async def send_with_more(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                is_page = _is_whole_page(message["status"], headers)
                if is_page:
                    headers["content-length"] = str(int(headers["content-length"]) + len(_BASE))
            elif message["type"] == "http.response.body" and is_page and _HEAD in message["body"]:
                body: bytes = message["body"]
                message = {**message, "body": body.replace(_HEAD, _HEAD + _BASE, 1)}
            await send(message)

        await self.app(_uncompressed(scope), receive, send_with_more)


def _is_whole_page(status: int, headers: MutableHeaders) -> bool:
    return (
        status == 200
        and headers.get("content-type", "").startswith("text/html")
        and "content-length" in headers
        and "content-encoding" not in headers
    )


def _uncompressed(scope: Scope) -> Scope:
    """The request as if its sender took no compression, for pages alone: a few kilobytes."""
    accepts = dict(scope["headers"]).get(b"accept", b"")
    if b"text/html" not in accepts:
        return scope
    kept = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
    return {**scope, "headers": kept}
