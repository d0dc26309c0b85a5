"""What is sent back under /links: headers, whole answers, answers in pieces, problems."""

from collections.abc import Iterable, Sequence

from starlette.types import Send

from lodge_adapters.access.source import BrokenSourceError, SlowSourceError, TooLargeError
from lodge_adapters.answers.xml_form import error_document
from lodge_adapters.outcomes import told
from lodge_adapters.parameters import UnknownParameterError
from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import JSON, PROBLEM, XML, Answer
from lodge_platform.api.doorways import Headers
from lodge_platform.api.problems import ApiProblem, ended, field_error, problem_of
from lodge_platform.api.requests import weight
from lodge_platform.errors import RefusedError, TryAgainError

_RETRY_AFTER_SECONDS = 5
Raw = Sequence[tuple[bytes, bytes]]
_SOURCE_PROBLEMS: tuple[tuple[type[Exception], types.ProblemType], ...] = (
    (SlowSourceError, types.SOURCE_SLOW),
    (BrokenSourceError, types.SOURCE_BROKEN),
    (TooLargeError, types.ANSWER_TOO_LARGE),
    (TryAgainError, types.SOURCE_DOWN),
)


class Reply:
    """The answer to one request. `extra` are headers that became known on the way to it."""

    def __init__(self, send: Send, base: dict[bytes, bytes], *, is_head: bool) -> None:
        self._send = send
        self._base = base
        self.is_head = is_head
        self.has_begun = False
        self.extra: Headers = []

    async def whole(self, answer: Answer) -> None:
        """All of it at once, with its length."""
        headers = self._headers(answer.headers)
        content = answer.content
        if answer.status not in (204, 304):
            headers[b"content-type"] = answer.media.encode()
            headers[b"content-length"] = str(len(content)).encode()
        else:
            content = b""
        await self.ready(int(answer.status), list(headers.items()), content)

    async def ready(self, status: int, headers: Raw, content: bytes) -> None:
        """All of it at once, with headers in the server's own form."""
        self.has_begun = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b"" if self.is_head else content})

    async def begin(self, media: str, headers: Headers) -> None:
        """The start of an answer whose length is not known."""
        self.has_begun = True
        said = self._headers(headers)
        said[b"content-type"] = media.encode()
        await self._send(
            {"type": "http.response.start", "status": 200, "headers": list(said.items())}
        )

    async def more(self, content: bytes) -> None:
        """A piece of it; waits while the reader takes nothing."""
        await self._send({"type": "http.response.body", "body": content, "more_body": True})

    async def end(self, content: bytes = b"") -> None:
        """The last piece."""
        await self._send({"type": "http.response.body", "body": content})

    def _headers(self, said: Iterable[tuple[str, str]]) -> dict[bytes, bytes]:
        headers = dict(self._base)
        for name, value in (*self.extra, *said):
            headers[name.lower().encode("latin-1")] = value.encode("latin-1")
        return headers


def encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers in the server's own form."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def problem_answer(problem: ApiProblem, media: str) -> Answer:
    """The problem as problem details, or in the element `error` where XML is wanted."""
    status = int(problem.kind.status)
    if media == XML:
        return Answer(status, error_document(problem.values()), XML, problem.headers)
    return Answer(status, problem.body(), PROBLEM, problem.headers)


def wanted_by(accept: str | None, query: bytes) -> str:
    """The form a problem is told in, when the one of the answer is not settled: XML unless JSON is
    wanted more, or nothing of the two."""
    if b"format=json" in query.split(b"&"):
        return JSON
    if not accept or b"format=xml" in query.split(b"&"):
        return XML
    wants_json = max(weight(accept, JSON), weight(accept, PROBLEM))
    wants_xml = max(weight(accept, XML), weight(accept, "text/xml"))
    return JSON if wants_json > wants_xml or not wants_xml else XML


def source_problem(error: Exception, where: str) -> ApiProblem:
    """The problem that an error of asking a link is to its asker."""
    if isinstance(error, UnknownParameterError):
        errors = [field_error(error.field or "", _sentence(str(error)), error.allowed)]
        return ApiProblem(types.INVALID_QUERY, _sentence(str(error)), errors=errors)
    if isinstance(error, TryAgainError) and not isinstance(error, RefusedError):
        kind = next(kind for given, kind in _SOURCE_PROBLEMS if isinstance(error, given))
        headers: Headers = []
        if kind is types.SOURCE_DOWN:
            seconds = getattr(error, "retry_after_seconds", _RETRY_AFTER_SECONDS)
            headers = [("Retry-After", str(seconds))]
        return ApiProblem(kind, _sentence(told(error)), headers=headers)
    return problem_of(error, where)


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{ended(said[1:])}"
