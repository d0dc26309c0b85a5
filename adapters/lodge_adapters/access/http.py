"""Rows from an HTTP service, page by page, each page read as it comes."""

import io
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import IO

import httpx

from lodge_adapters.access.authentication import checked_headers
from lodge_adapters.access.http_client import Asked, Service
from lodge_adapters.access.http_content import ACCEPT, Budget, content_of, media_of
from lodge_adapters.access.http_recording import (
    Recorded,
    Recording,
    page_of,
    read_recording,
    recorded,
    written,
)
from lodge_adapters.access.http_status import words
from lodge_adapters.access.paging import Answered, Pages
from lodge_adapters.access.source import Batch, BrokenSourceError, Context, Values
from lodge_adapters.access.templates import address, form_body, json_body
from lodge_adapters.documents.reading import batches_of
from lodge_adapters.language import Http, Link, Method
from lodge_platform.errors import MistakeError, RefusedError, SetUpError
from lodge_platform.lodge import Lodge
from lodge_platform.outgoing import Resolve, parse_allowed, resolve_by_system

_READING = (Method.GET, Method.POST)
_KIND = "http"


class HttpSource:
    """A link's HTTP service; see `lodge_adapters.access.source.Source`.

    Raises SetUpError for headers, methods and paging that could never be used.
    """

    def __init__(
        self,
        name: str,
        link: Link,
        lodge: Lodge,
        folder: Path,
        *,
        resolve: Resolve = resolve_by_system,
    ) -> None:
        if link.access.http is None:
            raise MistakeError(f"link {name}: not of the kind http")
        self._link = link
        self._http = link.access.http
        self._folder = folder
        self._headers = checked_headers(self._http.headers)
        _refuse_odd(self._http, link)
        try:
            self._service = Service(
                self._http.url.partition("?")[0].partition("{")[0],
                self._http.authentication,
                allowed_here=parse_allowed(",".join(link.allowed)),
                at_once=link.limits.at_once,
                resolve=resolve,
            )
        except RefusedError as error:
            raise SetUpError(str(error)) from error

    @property
    def place(self) -> str:
        """Host and port of its URL."""
        return self._service.place

    def batches(self, values: Values, context: Context) -> Iterator[Batch]:
        """The rows of one page after another; a page is asked for when the last is used up."""
        return self._walk(values, context, lambda _response, content: self._read(content, context))

    def record(self, values: Values, context: Context) -> bytes:
        """The bodies of the pages, until the link's limit of rows is reached."""
        pages: list[Recorded] = []
        rows = 0

        def keep(response: httpx.Response, content: IO[bytes]) -> Iterator[Batch]:
            body = content.read()
            secrets = self._service.secrets(context)
            pages.append(recorded(body, media=media_of(response), secrets=secrets))
            return self._read(io.BytesIO(body), context)

        for batch in self._walk(values, context, keep):
            rows += len(batch.rows)
            if rows >= self._link.limits.rows:
                break
        return written(Recording(_KIND, tuple(pages)))

    def replay(self, recorded: bytes, values: Values, context: Context) -> Iterator[Batch]:
        """The rows of the recorded pages."""
        for page in map(page_of, read_recording(recorded, _KIND).pages):
            context.left()
            yield from self._read(io.BytesIO(page.content), context)

    def write(self, values: Values, key: str, context: Context) -> str:
        """Send it once, `key` in the idempotency header; gives the status, as "201 Created"."""
        asked = self._asked(values)
        headers = {**asked.headers, **checked_headers({self._http.idempotency_header: key})}
        asked = replace(asked, headers=headers, is_writing=True)
        with self._service.answer(asked, context) as response:
            return words(response.status_code)

    def close(self) -> None:
        """Give back every connection."""
        self._service.close()

    def _walk(
        self,
        values: Values,
        context: Context,
        rows_of: Callable[[httpx.Response, IO[bytes]], Iterator[Batch]],
    ) -> Generator[Batch]:
        asked = self._asked(values)
        pages = Pages(self._http.paging, asked.url, format=self._http.format, place=self.place)
        budget = Budget(context)
        url: str | None = pages.first
        while url is not None:
            if not self._service.may_follow(url):
                host = httpx.URL(url).host[:100]
                raise BrokenSourceError(
                    f"{self.place}: the next page is at {host!r}, which the link does not allow"
                )
            asked = replace(asked, url=url)
            with self._service.answer(asked, context) as response:
                answered = Answered(str(response.request.url), response.headers.get("link", ""))
                if response.status_code in (HTTPStatus.NO_CONTENT, *asked.faults):
                    return
                content = content_of(
                    response, self._http.format, context, where=self.place, budget=budget
                )
                if pages.wants_document:
                    body = content.read()
                    answered, content = answered._replace(document=body), io.BytesIO(body)
                count = 0
                for batch in rows_of(response, content):
                    count += len(batch.rows)
                    yield batch
            url = pages.after(answered._replace(rows=count))

    def _read(self, content: IO[bytes], context: Context) -> Iterator[Batch]:
        return batches_of(
            content,
            format=self._http.format,
            answer=self._link.answer,
            csv=self._http.csv,
            sheet=None,
            where=self.place,
            folder=self._folder,
            notes=context.notes,
            deadline=context.deadline,
        )

    def _asked(self, values: Values) -> Asked:
        http = self._http
        url = address(http.url, http.query, values)
        common = {} if self._link.writes else {"accept": ACCEPT[http.format]}
        content: bytes | None = None
        if http.json is not None:
            content = json_body(http.json, values)
            common["content-type"] = "application/json"
        elif http.form is not None:
            content = form_body(http.form, values)
            common["content-type"] = "application/x-www-form-urlencoded"
        is_empty = http.not_found_is_empty and not self._link.writes
        faults = (int(HTTPStatus.NOT_FOUND),) if is_empty else ()
        return Asked(
            http.method, url, headers=self._headers, common=common, content=content, faults=faults
        )


def _refuse_odd(http: Http, link: Link) -> None:
    """What the reader of link files lets through, but could never work."""
    if link.writes:
        if http.method is Method.GET:
            raise SetUpError("a link that writes is carried by POST, PUT, PATCH or DELETE")
        if http.paging is not None:
            raise SetUpError("a link that writes has no pages; remove `paging`")
    elif http.method not in _READING:
        raise SetUpError(f"a link that reads is asked by GET or POST, not {http.method}")
    Pages(http.paging, http.url, format=http.format, place=link.title)
