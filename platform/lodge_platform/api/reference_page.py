"""The reference page: Swagger UI on our own document, shipped, asking no other server for anything.

Its program and style (Apache-2.0) come from the package fastapi-offline (MIT), which carries them;
ours are in `static/`.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from lodge_platform.api.answers import Answer
from lodge_platform.api.call import BASE, Call
from lodge_platform.api.operation import Api
from lodge_platform.errors import NotFoundError, SetUpError
from lodge_platform.identity.actions import Action

_PATH = "/reference"
_HTML = "text/html; charset=utf-8"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_THEIRS = ("swagger-ui-bundle.js", "swagger-ui.css")
_OURS = ("reference.js", "reference.css")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lodge API reference</title>
<link rel="icon" href="/static/lodge.svg">
<link rel="stylesheet" href="{css}"><link rel="stylesheet" href="{own_css}">
</head><body>
<header class="top"><h1>Lodge API</h1><a href="{base}/openapi.json">OpenAPI document</a>
<a href="{base}/schema.xsd">XML Schema</a><a href="/console/">Console</a></header>
<main id="reference"><noscript>The reference is drawn by a script.</noscript></main>
<script src="{js}"></script><script src="{own_js}"></script>
</body></html>
"""


def declare_reference(own: Api) -> None:
    """Add the page and its files to the platform's own operations."""

    @own.get(_PATH, action=Action.PUBLIC, media=(_HTML,), name="read_reference")
    def reference(_call: Call) -> Answer:
        """Read the interactive reference.

        Each operation can be tried there with an API key."""
        headers = [("Content-Security-Policy", _POLICY), ("Cache-Control", "no-cache")]
        return Answer(content=_page(), media=_HTML, headers=headers)

    @own.get(
        f"{_PATH}/{{file}}",
        action=Action.PUBLIC,
        media=(*_TYPES.values(), "*/*"),
        name="read_reference_file",
    )
    def reference_file(call: Call) -> Answer:
        """Read a file that the reference consists of."""
        content = _contents().get(call.word("file"))
        if content is None:
            raise NotFoundError("no such file")
        headers = [("ETag", f'"{_version(content)}"'), ("Cache-Control", "public, max-age=86400")]
        return Answer(
            content=content, media=_TYPES[Path(call.word("file")).suffix], headers=headers
        )

    _ = reference, reference_file


@cache
def _contents() -> Mapping[str, bytes]:
    """The page's files by name. Raises SetUpError where the package with Swagger UI is missing."""
    found = find_spec("fastapi_offline")  # its files only; the package itself is not imported
    if found is None or not found.submodule_search_locations:
        raise SetUpError("the package fastapi-offline, which carries the reference, is missing")
    theirs = Path(found.submodule_search_locations[0]) / "static"
    ours = files("lodge_platform.api") / "static"
    return {
        **{name: (theirs / name).read_bytes() for name in _THEIRS},
        **{name: (ours / name).read_bytes() for name in _OURS},
    }


@cache
def _page() -> bytes:
    addresses = {
        "js": _address("swagger-ui-bundle.js"),
        "css": _address("swagger-ui.css"),
        "own_js": _address("reference.js"),
        "own_css": _address("reference.css"),
    }
    return _PAGE.format(base=BASE, **addresses).encode()


def _address(name: str) -> str:
    return f"{BASE}{_PATH}/{name}"


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
