"""GET /links/NAME: from the kept answers without a change of thread, else from the source.

A short answer is sent whole, with length and ETag; a long one in pieces as the source brings
them, held back by a reader who is slower. A reader who goes away ends the call.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from weakref import ReferenceType, ref

from starlette.types import Receive

from lodge_adapters.answers.envelope import Form
from lodge_adapters.asking import OpenLinks
from lodge_adapters.asks import Ask
from lodge_adapters.cache import Entry, Key, Written, written
from lodge_adapters.call_errors import ReaderGoneError
from lodge_adapters.callers import refuse_others
from lodge_adapters.library import KnownLink
from lodge_adapters.making import Making, Piece
from lodge_adapters.running import SourceCall
from lodge_adapters.web_forms import (
    cache_control,
    complete,
    empty_form,
    form_of,
    given_in,
    kept_headers,
)
from lodge_adapters.web_replies import Raw, Reply, encoded, source_problem
from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import Answer
from lodge_platform.api.matching import is_unchanged
from lodge_platform.api.problems import ApiProblem
from lodge_platform.api.reading import read_query
from lodge_platform.api.requests import Asked
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.links.asking import Caller, CallerKind
from lodge_platform.vocabulary import LinkOutcome

WHOLE_BYTES = 256 * 1024
_MOST_HOT = 4096


@dataclass(frozen=True)
class _Hot:
    """A request that was answered from the kept answers: the same again needs no reading. Its bytes
    are the cache's alone to keep."""

    known: KnownLink
    ask: Ask
    media: str
    form: ReferenceType[Written]
    headers: Raw


class Asking:
    """Answers questions to links."""

    def __init__(self, links: OpenLinks, base: dict[bytes, bytes]) -> None:
        self._links = links
        self._asks = links.asks
        self._base = list(base.items())
        self._hot: dict[Key, _Hot] = {}

    async def answer(
        self, asked: Asked, name: str, reader: SignedIn, receive: Receive, reply: Reply
    ) -> None:
        """Answer one question. Raises ApiProblem before the answer began, never after."""
        try:
            await self._answer(asked, name, reader, receive, reply)
        except LodgeError as error:
            raise source_problem(error, f"GET /links/{name}") from error

    async def _answer(
        self, asked: Asked, name: str, reader: SignedIn, receive: Receive, reply: Reply
    ) -> None:
        now = utc_now()
        hot_key = (asked.path, asked.query, asked.header("accept"), reader.scope)
        hot = self._hot.get(hot_key)
        if hot is not None and await self._from_hot(hot, asked, reader, now, reply):
            return
        known = self._links.library.get(name)
        refuse_others(name, known.link, reader)
        if known.link.writes:
            raise ApiProblem(
                types.METHOD_NOT_ALLOWED,
                "This link writes: send its parameters by POST.",
                headers=[("Allow", "OPTIONS, POST")],
            )
        query = read_query(asked.query) if asked.query else {}
        kind = CallerKind.PERSON if reader.api_key_id is None else CallerKind.API_KEY
        given, media = given_in(known, query, asked.header("accept"))
        ask = self._asks.asked(name, given, Caller(kind=kind, reader=reader), now)
        entry = self._asks.fresh(ask)
        if entry is not None:
            form = await form_of(self._asks, ask, entry, media)
            self._keep_hot(hot_key, ask, media, form)
            await self._send_kept(asked, ask, entry, form, media, reply)
            return
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await self._fetch(asked, ask, media, gone, reply)
        finally:
            gone.cancel()

    async def _from_hot(
        self, hot: _Hot, asked: Asked, reader: SignedIn, now: datetime, reply: Reply
    ) -> bool:
        """Whether it could be answered as the same request was before."""
        if not self._links.library.is_current(hot.known):
            return False
        entry = self._asks.kept.get(hot.ask.key)
        form = entry.forms.get(hot.media) if entry is not None else None
        if entry is None or form is None or form is not hot.form():
            return False
        age = entry.age(now)
        if age >= entry.cache.seconds:
            return False
        ask = hot.ask.again(reader, now)
        if asked.header("if-none-match") is not None:
            await self._send_kept(asked, ask, entry, form, hot.media, reply)
            return True
        content = form.content
        self._asks.note(ask, LinkOutcome.CACHED, end=entry.end, byte_count=len(content))
        headers = [*hot.headers, (b"age", b"%d" % age), *encoded(reply.extra)]
        await reply.ready(200, headers, content)
        return True

    def _keep_hot(self, key: Key, ask: Ask, media: str, form: Written) -> None:
        said = encoded(
            [
                ("Content-Type", media),
                ("Content-Length", str(len(form.content))),
                ("ETag", form.etag),
                ("Cache-Control", cache_control(ask, is_stale=False)),
            ]
        )
        if len(self._hot) >= _MOST_HOT:
            self._hot.clear()
        names = {name for name, _ in said}
        base = [pair for pair in self._base if pair[0] not in names]
        self._hot[key] = _Hot(ask.known, ask, media, ref(form), (*base, *said))

    async def _send_kept(
        self, asked: Asked, ask: Ask, entry: Entry, form: Written, media: str, reply: Reply
    ) -> None:
        """A kept answer that is fresh; 304 where the reader has it, or what it was when fetched."""
        match = asked.header("if-none-match")
        for etag in (form.etag, entry.first_etags.get(media)):
            if etag is not None and is_unchanged(match, etag):
                self._asks.note(ask, LinkOutcome.CACHED, end=entry.end)
                await reply.whole(Answer(304, headers=kept_headers(ask, entry, etag)))
                return
        count = len(form.content)
        self._asks.note(ask, LinkOutcome.CACHED, end=entry.end, byte_count=count)
        headers = kept_headers(ask, entry, form.etag)
        await reply.whole(Answer(200, form.content, media, headers))

    async def _fetch(
        self, asked: Asked, ask: Ask, media: str, gone: "asyncio.Future[None]", reply: Reply
    ) -> None:
        try:
            await self._from_source(asked, ask, media, gone, reply)
        except ReaderGoneError as error:
            self._asks.failed(ask, error)
        except Exception as error:
            entry = self._asks.stand_in(ask, error)
            if entry is None:
                self._asks.failed(ask, error)
                raise
            form = await form_of(self._asks, ask, entry, media, is_stale=True)
            count = len(form.content)
            self._asks.note(ask, LinkOutcome.STALE, end=entry.end, byte_count=count, error=error)
            headers = kept_headers(ask, entry, form.etag, is_stale=True)
            await reply.whole(Answer(200, form.content, media, headers))

    async def _from_source(
        self, asked: Asked, ask: Ask, media: str, gone: "asyncio.Future[None]", reply: Reply
    ) -> None:
        if not ask.known.is_open:
            with suppress(Exception):  # said again, and told, by the call
                await asyncio.to_thread(ask.known.source)
        if ask.is_kept:
            flight, is_mine = self._asks.flight(ask)
            entry = await flight.wait_soon(gone) if flight is not None else None
            if entry is not None:
                form = await form_of(self._asks, ask, entry, media, is_first=is_mine)
                self._asks.landed(ask, entry, byte_count=len(form.content), is_mine=is_mine)
                headers = kept_headers(ask, entry, form.etag)
                await reply.whole(Answer(200, form.content, media, headers))
                return
        empty = empty_form(ask, media)
        making = Making(ask.known.link, ask.seen, form=empty)
        call, place = self._asks.call(ask, making)
        try:
            await self._stream(asked, ask, empty, making, call, place, gone, reply)
        finally:
            call.cancel()

    async def _stream(
        self,
        asked: Asked,
        ask: Ask,
        form: Form,
        making: Making,
        call: SourceCall[Piece],
        place: str,
        gone: "asyncio.Future[None]",
        reply: Reply,
    ) -> None:
        parts = [form.head(ask.provenance(place), ask.known.version)]
        size = 0
        while size < WHOLE_BYTES:
            piece = await call.take_soon(gone)
            if piece is None:
                answer = written(b"".join((*parts, form.end(making.end))))
                self._asks.ended(ask, making, None)
                await reply.whole(complete(asked, ask, answer, form.media))
                return
            parts.append(piece.content)
            size += len(piece.content)
        await reply.begin(form.media, [("Cache-Control", cache_control(ask, is_stale=True))])
        error: Exception | None = None
        try:
            if not reply.is_head:
                await reply.more(b"".join(parts))
                parts.clear()
                while (piece := await call.take_soon(gone)) is not None:
                    await reply.more(piece.content)
            last = form.end(making.end)
        except Exception as found:
            error = found
            last = form.failed(source_problem(found, f"GET /links/{ask.known.name}").values())
        self._asks.ended(ask, making, error)
        if not gone.done():
            await reply.end(b"" if reply.is_head else last)


async def _gone(receive: Receive) -> None:
    """Comes to its end when the reader has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
