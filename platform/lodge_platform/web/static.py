"""Files shipped in the packages: style sheets, scripts, icons; named by content, kept for long."""

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response

from lodge_platform.errors import NotFoundError
from lodge_platform.identity import Action
from lodge_platform.web.rights import right

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


def static_router(prefix: str, package: str) -> APIRouter:
    """A public route for every file in `static/` of `package`, under `prefix`/static/."""
    router = APIRouter(prefix=prefix)

    @router.get("/static/{name}", dependencies=[right(Action.PUBLIC)])
    def static(name: str, request: Request) -> Response:
        content = contents(package).get(name)
        if content is None:
            raise NotFoundError(f"no file {name!r}")
        version = _version(content)
        is_named = request.query_params.get("v") == version
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if is_named else "no-cache",
            "ETag": f'"{version}"',
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=_TYPES[name.rsplit(".", 1)[-1]])

    return router


def address_of(prefix: str, package: str, name: str) -> str:
    """Path of a static file, with its version: a new content is a new address."""
    return f"{prefix}/static/{name}?v={_version(contents(package)[name])}"


@cache
def contents(package: str) -> dict[str, bytes]:
    """Every file in `static/` of `package`, by name."""
    folder = files(package) / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
