"""Every kind of problem the API answers with: its code, status, and what a caller can do about it.

The code is the end of the problem's `type`, an address with a page of its own.
"""

from dataclasses import dataclass
from http import HTTPStatus

PREFIX = "/api/v1/problems/"


@dataclass(frozen=True)
class ProblemType:
    """One kind of problem; `advice` is what its page says to the caller."""

    code: str
    status: HTTPStatus
    title: str
    advice: str

    @property
    def address(self) -> str:
        """The problem's `type`: the path of its page."""
        return PREFIX + self.code


def _type(code: str, status: int, title: str, advice: str) -> ProblemType:
    return ProblemType(code, HTTPStatus(status), title, advice)


MALFORMED_BODY = _type(
    "malformed-body",
    400,
    "The body cannot be read",
    "Send the body in the format that Content-Type names, in UTF-8; `detail` says where reading "
    "stopped.",
)
INVALID_QUERY = _type(
    "invalid-query",
    400,
    "A parameter or header is not allowed here",
    "`errors` names each parameter or header and the values it may have.",
)
NOT_SIGNED_IN = _type(
    "not-signed-in",
    401,
    "Nobody is signed in",
    "Send `Authorization: Bearer KEY` with a living API key, or sign in to the console first.",
)
FORBIDDEN = _type(
    "forbidden",
    403,
    "The right is missing",
    "`detail` names the right. Ask an administrator of the department for a role that has it, or "
    "use a key with that action.",
)
NOT_FOUND = _type(
    "not-found",
    404,
    "There is nothing here that you may see",
    "Either there is no such thing, or you may not see it; the answer is the same on purpose.",
)
METHOD_NOT_ALLOWED = _type(
    "method-not-allowed",
    405,
    "This address does not take that method",
    "The header `Allow` lists the methods it takes.",
)
NOT_ACCEPTABLE = _type(
    "not-acceptable",
    406,
    "None of the formats asked for is offered",
    "Ask for application/json, or for application/xml where the reference names it.",
)
CONFLICT = _type(
    "conflict",
    409,
    "Things stand otherwise now",
    "Read the thing again; `detail` says what is in the way. Nothing was changed.",
)
STALE = _type(
    "stale",
    412,
    "It has changed since you read it",
    "Read it again, look at what changed, and send your change with the new ETag in If-Match.",
)
BODY_TOO_LARGE = _type(
    "body-too-large",
    413,
    "The body is too large",
    "`detail` says how many bytes it may have.",
)
ADDRESS_TOO_LONG = _type(
    "address-too-long",
    414,
    "The address is too long",
    "An address has at most 8,000 characters; ask in several requests.",
)
UNSUPPORTED_MEDIA_TYPE = _type(
    "unsupported-media-type",
    415,
    "This format is not taken here",
    "Set Content-Type to one of the formats that the reference names for this operation.",
)
INVALID_BODY = _type(
    "invalid-body",
    422,
    "The body is not of the form asked for",
    "`errors` names each field, what is wrong with it, and the values it may have.",
)
REFUSED = _type(
    "refused",
    422,
    "What is asked for cannot be",
    "The request is well-formed, but what it says is not possible; `detail` says why, and `errors` "
    "names the field and the values it may have, where they are known.",
)
KEY_REUSED = _type(
    "idempotency-key-reused",
    422,
    "This Idempotency-Key belongs to another request",
    "Use a fresh key for each new request; the same key only to repeat the very same one.",
)
PRECONDITION_REQUIRED = _type(
    "precondition-required",
    428,
    "A change names the version it changes",
    "Read the thing, then send the change with its ETag in If-Match.",
)
KEY_REQUIRED = _type(
    "idempotency-key-required",
    428,
    "A write names itself",
    "Send a fresh Idempotency-Key with each new write, and the same one to repeat it: it is "
    "written once.",
)
TOO_MANY_REQUESTS = _type(
    "too-many-requests",
    429,
    "Too many requests",
    "Wait as many seconds as Retry-After says. The headers RateLimit and RateLimit-Policy tell how "
    "much is left.",
)
BROKEN = _type(
    "broken",
    500,
    "Something is broken in Lodge",
    "It is not the request's fault. `detail` has a number under which the log tells more.",
)
SOURCE_BROKEN = _type(
    "source-broken",
    502,
    "The link's source does not answer as it is declared to",
    "Whoever runs the source or wrote the link's file has to look: `detail` says what was expected "
    "and what came. Asking again helps when it was a hiccup.",
)
ANSWER_TOO_LARGE = _type(
    "answer-too-large",
    502,
    "The answer is larger than the link's limit",
    "Ask for less, by parameters that narrow it down; the limit stands in the link's file.",
)
TRY_AGAIN = _type(
    "try-again",
    503,
    "Not possible right now",
    "Send the same request again after as many seconds as Retry-After says; use an "
    "Idempotency-Key with a POST.",
)
SOURCE_DOWN = _type(
    "source-down",
    503,
    "The link's source does not answer",
    "Ask again after as many seconds as Retry-After says. Other links go on answering.",
)
SOURCE_SLOW = _type(
    "source-slow",
    504,
    "The link's source did not answer in time",
    "Ask again later, or for less; how long a call may take stands in the link's file.",
)

PROBLEM_TYPES: dict[str, ProblemType] = {
    kind.code: kind for kind in tuple(globals().values()) if isinstance(kind, ProblemType)
}
# Not the usual answers of the REST API with their status.
_ASIDE = (KEY_REUSED, KEY_REQUIRED, SOURCE_BROKEN, ANSWER_TOO_LARGE, SOURCE_DOWN, SOURCE_SLOW)
BY_STATUS: dict[int, ProblemType] = {
    kind.status: kind for kind in reversed(PROBLEM_TYPES.values()) if kind not in _ASIDE
}
