"""The document in the frame that shows an HTML body: sanitised, its own inline images within."""

import base64
from html import escape

from lodge_core.agents.views import HtmlView
from lodge_core.console.html_mail import MOST_CHARACTERS, sanitise
from lodge_platform.errors import LodgeError
from lodge_platform.files import FileServer

MOST_IMAGE_BYTES = 8_000_000
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_STYLE = """
html { color-scheme: light; background: #fff; color: #1b2430; }
body { margin: 0.75rem; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
img:not([src]):not([alt]), img:not([src])[alt=""] { display: none; }
table { max-width: 100% !important; }
pre { white-space: pre-wrap; }
blockquote { margin: 0 0 0 0.5rem; padding-left: 0.75rem; border-left: 3px solid #d9dee5; }
.lodge-note { margin: 0 0 0.75rem; padding: 0.375rem 0.625rem; border: 1px solid #e2c48a;
  border-radius: 6px; background: #fdf1d8; color: #6b4200; font-size: 13px; }
"""


def frame_document(view: HtmlView, files: FileServer) -> str:
    """The whole document. An inline image that cannot be read is left out."""
    shown = sanitise(view.html, _images(view, files))
    notes: list[str] = []
    if shown.remote_images:
        noun = "image is" if shown.remote_images == 1 else "images are"
        notes.append(f"{shown.remote_images} remote {noun} not shown.")
    if shown.is_too_deep:
        notes.append("This HTML is nested too deeply to be shown; please read the plain text.")
    if len(view.html) > MOST_CHARACTERS:
        notes.append("The message is very long; its end is not shown here.")
    note = "".join(f'<p class="lodge-note">{escape(text)}</p>' for text in notes)
    return (
        '<!doctype html><html lang="und"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Message {view.email_id}</title><style>{_STYLE}</style></head>"
        f"<body>{note}{shown.html}</body></html>"
    )


def _images(view: HtmlView, files: FileServer) -> dict[str, str]:
    """Addresses by Content-ID: the bytes themselves, since a sandboxed frame may load nothing."""
    found: dict[str, str] = {}
    left = MOST_IMAGE_BYTES
    wanted = view.html.lower()
    for attachment in view.attachments:
        name = (attachment.content_id or "").strip("<> ").lower()
        if not name or f"cid:{name}" not in wanted or attachment.size_bytes > left:
            continue
        try:
            content = files.get(attachment.sha256)
        except LodgeError:
            continue
        kind = _image_type(content)
        if kind:
            left -= len(content)
            found[name] = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return found


def _image_type(content: bytes) -> str | None:
    """The type its first bytes show, never the one the sender claimed."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES if content.startswith(start)), None)
