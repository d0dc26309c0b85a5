"""The console's router, on which its modules register; `routes` has it complete."""

from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from lodge_platform.web.pages import page

router = APIRouter(prefix="/console")
ROOM = "lodge_core.console"


def show(
    request: Request,
    template: str,
    values: dict[str, object],
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """A page of the console."""
    known: dict[str, object] = {"notice": None, "error": None, "here": here(request), "of": None}
    return page(request, template, known | values, room=ROOM, status=status)


def here(request: Request) -> str:
    """The page's own path; for an answer to a form, the page the form stands on."""
    path = request.url.path
    return path if request.method == "GET" else path.rsplit("/", 1)[0]


def go_to(path: str, *, notice: str | None = None, of: int | None = None) -> Response:
    """After a form was taken: on to `path`, which shows the notice of that code.

    `of` is the activity whose draft the browser may now forget.
    """
    told = {"notice": notice, "of": of}
    query = urlencode({name: value for name, value in told.items() if value is not None})
    address = f"{path}?{query}" if query else path
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
