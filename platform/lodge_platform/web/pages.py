"""Pages: Jinja templates of a room on the platform's layout, escaped, never kept by a cache."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lodge_platform.clock import utc_now
from lodge_platform.web.forgery import forgery_token
from lodge_platform.web.rights import session_token
from lodge_platform.web.static import address_of

PERSONAL = {"Cache-Control": "no-store"}


def page(
    request: Request,
    template: str,
    values: Mapping[str, Any],
    *,
    room: str = "lodge_platform.web",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """The answer with `template` out of `templates/` of package `room`, filled with `values`.

    Every page has `now`, `reader` (None when nobody is signed in) and `forgery_token`.
    """
    found = environment(room).get_template(template)
    token = session_token(request)
    known = {
        "now": utc_now(),
        "reader": getattr(request.state, "reader", None),
        "forgery_token": forgery_token(token) if token else "",
    }
    return HTMLResponse(found.render(known | dict(values)), status, headers=dict(PERSONAL))


@cache
def environment(room: str) -> Environment:
    """Templates of `room`, then those of the platform; a name that is not given is an error."""
    packages = dict.fromkeys((room, "lodge_platform.web"))
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Jinja leaves the values of these two dictionaries untyped.
    made.filters |= {"instant": instant, "utc": utc_text}  # pyright: ignore[reportUnknownMemberType]
    made.globals |= {"static": address_of}  # pyright: ignore[reportUnknownMemberType]
    return made


def instant(value: datetime | None, *, is_brief: bool = False) -> Markup:
    """An instant that the browser shows in its own zone, with UTC on hover."""
    if value is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{} UTC"{}>{} UTC</time>').format(
        value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        utc_text(value),
        Markup(" data-brief") if is_brief else "",
        utc_text(value),
    )


def utc_text(value: datetime) -> str:
    """`2026-01-05 09:00:12` in UTC."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
