"""The door of the API: every request under /api/v1 is recognised, limited, allowed, answered."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import XML, Answer
from lodge_platform.api.askers import Askers
from lodge_platform.api.call import BASE, Call
from lodge_platform.api.cross_origin import headers_for, origins_in, preflight_headers
from lodge_platform.api.dispatch import Dispatch
from lodge_platform.api.idempotency import Repeated, repeated
from lodge_platform.api.limits import Allowance, Limits
from lodge_platform.api.matching import expected_version, is_unchanged
from lodge_platform.api.operation import Operation
from lodge_platform.api.problem_answers import problem_answer
from lodge_platform.api.problems import ApiProblem, field_error, problem_of
from lodge_platform.api.reading import Reading, key_in, read_query
from lodge_platform.api.requests import (
    Asked,
    accept_of,
    plain_word,
    read_body,
    read_request,
    wanted_media,
)
from lodge_platform.api.running import record_access, run
from lodge_platform.api.taking import (
    Headers,
    announcing,
    next_page,
    offered_media,
    token_in,
    typed_body,
    typed_query,
    unknown_parameter,
)
from lodge_platform.api.xml_form import as_xml, xml_of, xml_tag
from lodge_platform.clock import utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.web.client_address import client_address, trusted_proxies
from lodge_platform.web.forgery import refuse_forged_call
from lodge_platform.web.headers import api_headers

_SAFE = ("GET", "HEAD", "OPTIONS")
_NOBODY = SignedIn(0, 0, "", "", 0)
_THREADS = 16
_Kind = TypeVar("_Kind")


class Door:
    """Stands before the pages: what is under /api/v1 the service answers, what is under a doorway
    that doorway, all else `app`."""

    def __init__(
        self, app: ASGIApp, *, service: "Service", doorways: Mapping[str, ASGIApp]
    ) -> None:
        self.app = app
        self._below = {f"{BASE}/": service.answer} | {
            f"{prefix}/": answer for prefix, answer in doorways.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = self.app
        if scope["type"] == "http":
            path = scope["path"]
            for prefix, below in self._below.items():
                if path.startswith(prefix):
                    answer = below
                    break
        await answer(scope, receive, send)


class Service:
    """The API of one Lodge: its operations, who asks, what was compiled, what is left to ask."""

    def __init__(self, lodge: Lodge, operations: Sequence[Operation]) -> None:
        self._lodge = lodge
        self._dispatch = Dispatch(operations)
        self._askers = Askers(lodge)
        self._reading = Reading(lodge)
        self._limits = Limits(lodge.settings.api_requests_a_minute)
        self._strangers = Limits(lodge.settings.api_strangers_a_minute)
        self._origins = origins_in(lodge.settings.api_origins)
        self._threads = ThreadPoolExecutor(_THREADS, "api")
        self._headers = api_headers(is_https=lodge.settings.is_https)
        self._is_behind_proxy = bool(trusted_proxies(lodge.settings.trusted_proxies))

    def close(self) -> None:
        """Give back every connection."""
        self._threads.shutdown(wait=False)
        self._askers.close()
        self._reading.close()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        extra: Headers = []
        where = f"{scope['method']} {scope['path']}"
        try:
            asked = read_request(scope, BASE, peer=self._peer(scope))
            extra = headers_for(asked.header("origin"), self._origins)
            answer = await self._answer(asked, receive, extra)
        except Exception as error:
            problem = problem_of(error, where)
            if problem.kind is types.REFUSED and scope["method"] in _SAFE:
                problem.kind = types.INVALID_QUERY
            answer = problem_answer(problem, accept_of(scope))
        await self._send(answer, extra, send, is_head=scope["method"] == "HEAD")

    def _peer(self, scope: Scope) -> str:
        if self._is_behind_proxy:
            return client_address(Request(scope), self._lodge.settings)
        peer: Sequence[str] | None = scope.get("client")
        return peer[0] if peer else ""

    async def _answer(self, asked: Asked, receive: Receive, extra: Headers) -> Answer:
        if asked.method == "OPTIONS":
            allowed = [("Allow", ", ".join(self._dispatch.methods(asked.path)))]
            return Answer(
                204, headers=allowed + preflight_headers(asked.header("origin"), self._origins)
            )
        operation, words = self._dispatch.find(asked.method, asked.path)
        extra += announcing(operation)
        now = utc_now()
        reader = await self.admit(asked, operation.action, extra)
        media = wanted_media(asked.header("accept"), offered_media(operation))
        named = dict(zip(operation.parameters, map(plain_word, words), strict=True))
        keys = {name: key_in(word) for name, word in named.items() if name.endswith("_id")}
        if operation.handler is None:
            return await self._read(asked, operation, keys, reader, media)
        call = Call(
            lodge=self._lodge,
            reader=reader,
            now=now,
            address=asked.peer,
            words=named,
            keys=keys,
            query=typed_query(operation, asked.query),
            headers=asked.headers,
        )
        body, request = await self._body(asked, operation, call, receive)
        answer = await self._apart(run, operation, call, body, request)
        if operation.is_audited is not None:
            await self._apart(record_access, operation, call, answer)
        return as_xml(operation, answer) if media == XML else answer

    async def admit(self, asked: Asked, action: Action, extra: Headers) -> SignedIn:
        """Who asks, let through: known, within the limits, with the right, from our own pages.

        Raises ApiProblem; headers that tell of the limits are added to `extra`.
        """
        if action is Action.PUBLIC:
            self._count(self._strangers, asked.peer, extra)
            return _NOBODY
        token, is_key = token_in(asked)
        found = None
        if token:
            now = utc_now()
            found = await self._askers.find(token, is_key=is_key, address=asked.peer, now=now)
        if found is None:
            self._count(self._strangers, asked.peer, extra)
            headers = [("WWW-Authenticate", 'Bearer realm="Lodge"')]
            detail = "Send a living API key, or sign in first."
            raise ApiProblem(types.NOT_SIGNED_IN, detail, headers=headers)
        self._count(self._limits, found.name, extra)
        if not is_key and asked.method not in _SAFE:
            refuse_forged_call(Request(asked.scope), token)
        if not is_key and asked.header("sec-fetch-site") == "cross-site":
            raise ApiProblem(types.FORBIDDEN, "Another site's page may not read with a session.")
        if not found.may(action):
            detail = f"You lack the right {action.value}."
            raise ApiProblem(types.FORBIDDEN, detail)
        return found

    def _count(self, limits: Limits, caller: str, extra: Headers) -> None:
        if not limits.a_minute:
            return
        allowance: Allowance = limits.ask(caller, time.monotonic())
        extra.append(("RateLimit-Policy", limits.policy))
        extra.append(("RateLimit", f'"minute";r={allowance.left};t={allowance.full_in_seconds}'))
        if not allowance.is_allowed:
            seconds = str(max(1, 60 // limits.a_minute))
            raise ApiProblem(
                types.TOO_MANY_REQUESTS,
                f"At most {limits.a_minute} requests a minute.",
                headers=[("Retry-After", seconds)],
            )

    async def _read(
        self,
        asked: Asked,
        operation: Operation,
        keys: dict[str, int],
        reader: SignedIn,
        media: str,
    ) -> Answer:
        """One thing or a page of a collection, without a change of thread."""
        collection = operation.collection
        assert collection is not None  # noqa: S101 - `Api.collection` alone leaves the handler out
        headers: Headers = []
        count = 1
        if operation.is_list:
            page = await self._reading.page(collection, keys, asked.query, reader)
            content, count = page.body(), len(page.things)
            if page.after is not None:
                headers.append(("Link", f'<{next_page(asked, page.after)}>; rel="next"'))
        else:
            if asked.query:
                raise unknown_parameter(next(iter(read_query(asked.query)), ""), ())
            thing, etag = await self._reading.one(collection, keys, reader)
            etag = xml_tag(etag) if media == XML else etag
            headers = [("ETag", etag), ("Cache-Control", "private, no-cache")]
            if is_unchanged(asked.header("if-none-match"), etag):
                return Answer(304, headers=headers)
            content = orjson.dumps(thing)
        if media == XML:
            content = xml_of(collection, content, is_list=operation.is_list)
        answer = Answer(200, content, media, headers, row_count=count)
        if operation.is_audited is not None:
            said = {"query": asked.query.decode("latin-1")}
            call = Call(self._lodge, reader, utc_now(), asked.peer, {}, keys, headers=said)
            await self._apart(record_access, operation, call, answer)
        return answer

    async def _apart(self, work: Callable[..., _Kind], *given: Any) -> _Kind:
        """What `work` gives in a thread of ours."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    async def _body(
        self, asked: Asked, operation: Operation, call: Call, receive: Receive
    ) -> tuple[Any, Repeated | None]:
        """The declared body, and the request's Idempotency-Key where it has one."""
        if operation.needs_match:
            call.match = expected_version(asked.header("if-match"))
        content = b""
        if asked.method not in _SAFE:
            content = await read_body(receive, asked.headers, operation.most_bytes)
        body: Any = None
        if operation.body == "binary":
            call.content, call.content_type = content, asked.header("content-type") or ""
        elif operation.body is not None:
            body = typed_body(asked, operation, content)
        elif content.strip() and asked.method not in _SAFE:
            detail = "This operation takes no body."
            raise ApiProblem(types.INVALID_BODY, detail, errors=[field_error("body", detail)])
        if asked.method != "POST" or operation.writes is None:
            return body, None
        request = (asked.method, asked.path, asked.query.decode("latin-1"))
        key = asked.header("idempotency-key")
        name = call.reader.name
        return body, repeated(name, key, store=operation.writes, request=request, content=content)

    async def _send(
        self, answer: Answer, extra: Iterable[tuple[str, str]], send: Send, *, is_head: bool
    ) -> None:
        content = answer.content
        headers = dict(self._headers)
        for name, value in (*extra, *answer.headers):
            headers[name.lower().encode("latin-1")] = value.encode("latin-1")
        if answer.status not in (204, 304):
            headers[b"content-type"] = answer.media.encode()
            headers[b"content-length"] = str(len(content)).encode()
        await send(
            {
                "type": "http.response.start",
                "status": int(answer.status),
                "headers": list(headers.items()),
            }
        )
        is_bare = is_head or answer.status in (204, 304)
        await send({"type": "http.response.body", "body": b"" if is_bare else content})
