"""What leaves as bytes: attachments and originals as downloads, HTML bodies in a frame."""

from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from lodge_core.agents.emails import read_attachment, read_email, read_html
from lodge_core.console.file_names import safe_file_name
from lodge_core.console.frame import frame_document
from lodge_core.console.router import router
from lodge_platform.identity import Action
from lodge_platform.web.rights import Reader, lodge_of, right

_FRAME_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "img-src data:",
            "style-src 'unsafe-inline'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
            "sandbox allow-popups allow-popups-to-escape-sandbox",
        )
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@router.get(
    "/emails/{email_id}/frame", dependencies=[right(Action.ACTIVITY_READ, shows_content=True)]
)
def frame(request: Request, email_id: int, reader: Reader) -> Response:
    """The HTML body, sanitised, as a document for a sandboxed frame; nothing in it is loaded."""
    lodge = lodge_of(request)
    view = read_html(lodge, email_id, reader)
    return HTMLResponse(frame_document(view, lodge.files), headers=_FRAME_HEADERS)


@router.get(
    "/attachments/{attachment_id}", dependencies=[right(Action.ACTIVITY_READ, shows_content=True)]
)
def attachment(request: Request, attachment_id: int, reader: Reader) -> Response:
    """The attachment's bytes, to be kept and never shown: one type, whatever the sender claimed."""
    lodge = lodge_of(request)
    view = read_attachment(lodge, attachment_id, reader)
    return _download(lodge.files.get(view.sha256), safe_file_name(view.filename))


@router.get(
    "/emails/{email_id}/original", dependencies=[right(Action.ACTIVITY_READ, shows_content=True)]
)
def original(request: Request, email_id: int, reader: Reader) -> Response:
    """The message byte for byte, as a download."""
    lodge = lodge_of(request)
    view = read_email(lodge, email_id, reader)
    return _download(lodge.files.get(view.raw_sha256), f"message-{email_id}.eml")


def _download(content: bytes, name: str) -> Response:
    plain = "".join(c if (c.isascii() and c.isalnum()) or c in "-_. " else "_" for c in name)
    return Response(
        content,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": (
                f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
            ),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "no-store",
        },
    )
