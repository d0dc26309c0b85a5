"""POST /links/NAME: take what is to be written by a link, and tell how a write is."""

import asyncio

from starlette.types import Receive

from lodge_adapters.asking import OpenLinks
from lodge_adapters.library import KnownLink
from lodge_adapters.writing import accept, answer_of, read_state
from lodge_adapters.writing_bodies import MOST_BYTES, given_in
from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import JSON, XML, Answer
from lodge_platform.api.problems import ApiProblem
from lodge_platform.api.reading import key_in
from lodge_platform.api.requests import Asked, read_body, wanted_media
from lodge_platform.clock import utc_now
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.links.asking import Caller, CallerKind
from lodge_platform.lodge import Lodge


async def take_write(
    links: OpenLinks, known: KnownLink, asked: Asked, reader: SignedIn, receive: Receive
) -> Answer:
    """Keep a write and answer 202 with where its state is told. Raises ApiProblem, RefusedError."""
    media = wanted_media(asked.header("accept"), (XML, JSON))
    if not known.link.writes:
        raise ApiProblem(
            types.METHOD_NOT_ALLOWED,
            "This link only reads: ask it by GET.",
            headers=[("Allow", "GET, HEAD, OPTIONS")],
        )
    if asked.query:
        detail = "A write has its parameters in the body."
        raise ApiProblem(types.INVALID_QUERY, detail)
    given = given_in(await read_body(receive, asked.headers, MOST_BYTES), asked.media)
    kind = CallerKind.PERSON if reader.api_key_id is None else CallerKind.API_KEY
    state = await asyncio.to_thread(
        accept,
        links.lodge,
        known.name,
        known.link,
        given,
        key=asked.header("idempotency-key"),
        caller=Caller(kind=kind, reader=reader),
        now=utc_now(),
    )
    return answer_of(state, media=media, status=202)


async def told_write(
    lodge: Lodge, known: KnownLink, word: str, asked: Asked, reader: SignedIn
) -> Answer:
    """How a write is. Raises NotFoundError for one that is not there or not the reader's."""
    media = wanted_media(asked.header("accept"), (XML, JSON))
    state = await asyncio.to_thread(read_state, lodge, known.name, key_in(word), reader=reader)
    return answer_of(state, media=media)
