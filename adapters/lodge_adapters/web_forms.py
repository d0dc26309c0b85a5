"""The bytes and headers of answers under /links, and the form that a request wants."""

import asyncio
from collections.abc import Mapping
from typing import Any

from lodge_adapters.access.source import TooLargeError
from lodge_adapters.answers.envelope import Form
from lodge_adapters.answers.json_form import JsonForm
from lodge_adapters.answers.xml_form import XmlForm
from lodge_adapters.asks import Ask, Asks
from lodge_adapters.cache import Entry, Written, written
from lodge_adapters.library import KnownLink
from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import JSON, XML, Answer
from lodge_platform.api.doorways import Headers
from lodge_platform.api.matching import is_unchanged
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.api.requests import Asked, wanted_media
from lodge_platform.links.answers import Provenance

_INLINE_BYTES = 64 * 1024
_FORMS: dict[str, Any] = {XML: XmlForm, JSON: JsonForm}
_FORMATS = {"xml": XML, "json": JSON}


async def form_of(
    asks: Asks,
    ask: Ask,
    entry: Entry,
    media: str,
    *,
    is_first: bool = False,
    is_stale: bool = False,
) -> Written:
    """A kept answer as bytes; `is_first`, as it is handed out when it was just fetched.

    Raises TooLargeError.
    """
    is_usual = not is_first and not is_stale
    if is_usual and media in entry.forms:
        return entry.forms[media]
    arguments = (ask, entry, media, not is_first, is_stale)
    if entry.size > _INLINE_BYTES:
        found = await asyncio.to_thread(_write, *arguments)
    else:
        found = _write(*arguments)
    most = ask.known.link.limits.bytes
    if len(found.content) > most:
        raise TooLargeError(f"the answer is larger than {most} bytes")
    if is_usual:
        asks.kept.put_form(ask.key, entry, media, found)
    elif is_first:
        entry.first_etags[media] = found.etag
    return found


def empty_form(ask: Ask, media: str) -> Form:
    """What the answer is written by."""
    return _FORMS[media](ask.known.name, ask.known.link, ask.seen)


def complete(asked: Asked, ask: Ask, answer: Written, media: str) -> Answer:
    """A short answer that is not kept; 304 where the reader has the very same."""
    control = cache_control(ask, is_stale=True)
    headers = [("ETag", answer.etag), ("Cache-Control", control)]
    if is_unchanged(asked.header("if-none-match"), answer.etag):
        return Answer(304, headers=headers)
    return Answer(200, answer.content, media, headers)


def kept_headers(ask: Ask, entry: Entry, etag: str, *, is_stale: bool = False) -> Headers:
    """Headers of a kept answer."""
    return [
        ("ETag", etag),
        ("Cache-Control", cache_control(ask, is_stale=is_stale)),
        ("Age", str(int(entry.age(ask.now)))),
    ]


def cache_control(ask: Ask, *, is_stale: bool) -> str:
    """For how long the reader may keep the answer."""
    seconds = int(ask.known.link.cache.seconds)
    return f"private, max-age={seconds}" if seconds and not is_stale else "private, no-cache"


def given_in(
    known: KnownLink, query: dict[str, str], accept: str | None
) -> tuple[Mapping[str, str], str]:
    """The parameters, and the form that is wanted; `format` says it too, unless the link has a
    parameter of that name."""
    is_own = any(parameter.name == "format" for parameter in known.link.parameters)
    if is_own or "format" not in query:
        return query, wanted_media(accept, (XML, JSON))
    given = dict(query)
    wanted = given.pop("format")
    if wanted not in _FORMATS:
        detail = f"There is no format {wanted[:40]!r}; allowed: json, xml."
        errors = [field_error("format", detail, _FORMATS)]
        raise ApiProblem(types.INVALID_QUERY, detail, errors=errors)
    return given, _FORMATS[wanted]


def _write(ask: Ask, entry: Entry, media: str, is_from_cache: bool, is_stale: bool) -> Written:
    form = empty_form(ask, media)
    provenance = Provenance(
        source=entry.provenance.source,
        fetched_at=entry.provenance.fetched_at,
        is_from_cache=is_from_cache,
        is_stale=is_stale,
    )
    head = form.head(provenance, ask.known.version)
    return written(b"".join((head, form.rows(entry.rows), form.end(entry.end))))
