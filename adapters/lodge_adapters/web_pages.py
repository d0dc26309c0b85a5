"""The pages under /links: an index, a page about each link, schemas, the style sheet."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from lodge_adapters.answers.json_schema import json_schema_of
from lodge_adapters.answers.xsd import xsd_of
from lodge_adapters.asking import OpenLinks
from lodge_adapters.cache import written
from lodge_adapters.callers import may_ask, refuse_others, seen_by
from lodge_adapters.describing import described
from lodge_adapters.link_file_schema import link_file_schema
from lodge_adapters.web_about import about_values
from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import Answer
from lodge_platform.api.matching import is_unchanged
from lodge_platform.api.problems import ApiProblem
from lodge_platform.api.requests import Asked
from lodge_platform.clock import utc_now
from lodge_platform.errors import NotFoundError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import DataLink
from lodge_platform.web.headers import CONTENT_SECURITY_POLICY
from lodge_platform.web.pages import environment
from lodge_platform.web.static import address_of, contents

ROOM = "lodge_adapters"
_LINKS: Any = DataLink.__table__
_HTML = "text/html; charset=utf-8"
_SCHEMA_JSON = "application/schema+json"
_TYPES = {"css": "text/css; charset=utf-8"}


class Pages:
    """Answers all of them but the questions themselves."""

    def __init__(self, links: OpenLinks) -> None:
        self._links = links

    async def answer(
        self, pattern: str, words: Sequence[str], asked: Asked, reader: SignedIn
    ) -> Answer:
        """The page of that pattern. Raises NotFoundError for a link the reader may not ask."""
        if asked.query and not pattern.startswith("static"):
            raise ApiProblem(types.INVALID_QUERY, "There are no parameters here.")
        if pattern == "":
            return await asyncio.to_thread(self._index, reader)
        if pattern == "link-file.schema.json":
            return _kept(asked, link_file_schema(), _SCHEMA_JSON)
        if pattern == "static/{file}":
            return _static(asked, words[-1])
        known = self._links.library.get(words[0])
        refuse_others(known.name, known.link, reader)
        if pattern == "{name}/schema.xsd":
            return _kept(asked, xsd_of(known.name, known.link), "application/xml")
        if pattern == "{name}/schema.json":
            return _kept(asked, json_schema_of(known.name, known.link), _SCHEMA_JSON)
        origin = self._origin(asked)
        seen = seen_by(reader)
        return _page("about.html", reader, about_values(known, seen, origin=origin))

    def _index(self, reader: SignedIn) -> Answer:
        library = self._links.library
        asks = {known.name for known in library.links() if may_ask(known.link, reader)}
        columns = [_LINKS.c[name] for name in ("link", "failure", "failing_since", "breach")]
        with self._links.lodge.stores.active.read() as connection:
            states = {row.link: row for row in connection.execute(select(*columns))}
        lines = [
            {"link": one, "state": states.get(one.name), "may_ask": one.name in asks}
            for one in described(library)
        ]
        folder = str(library.folders[0]) if reader.may(Action.LINK_OPERATE) else None
        values: dict[str, Any] = {"title": "Data links", "lines": lines, "folder": folder}
        return _page("links.html", reader, values)

    def _origin(self, asked: Asked) -> str:
        """Scheme and host as the reader has them in the address."""
        scheme = "https" if self._links.lodge.settings.is_https else "http"
        return f"{scheme}://{asked.header('host') or 'localhost'}"


def _page(template: str, reader: SignedIn, values: dict[str, Any]) -> Answer:
    known = {"now": utc_now(), "reader": reader}
    content = environment(ROOM).get_template(template).render(known | values)
    headers = [("Content-Security-Policy", CONTENT_SECURITY_POLICY), ("Cache-Control", "no-store")]
    return Answer(200, content.encode(), _HTML, headers)


def _kept(asked: Asked, content: bytes, media: str) -> Answer:
    form = written(content)
    headers = [("ETag", form.etag), ("Cache-Control", "private, no-cache")]
    if is_unchanged(asked.header("if-none-match"), form.etag):
        return Answer(304, headers=headers)
    return Answer(200, content, media, headers)


def _static(asked: Asked, name: str) -> Answer:
    content = contents(ROOM).get(name)
    if content is None:
        raise NotFoundError("no such file")
    version = address_of("/links", ROOM, name).rpartition("?")[2]
    is_named = asked.query.decode("latin-1") == version
    control = "public, max-age=31536000, immutable" if is_named else "no-cache"
    media = _TYPES[name.rpartition(".")[2]]
    return Answer(200, content, media, [("Cache-Control", control)])
