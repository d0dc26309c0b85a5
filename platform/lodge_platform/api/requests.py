"""A request as the door takes it: read once from the server's form, bounded in every direction."""

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.types import Receive, Scope

from lodge_platform.api import problem_types as types
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.errors import NotFoundError

_LONGEST_ADDRESS = 8000
GREATEST_WORD = 400


@dataclass(frozen=True)
class Asked:
    """Method, path below /api/v1 as sent, query string and headers by lower-case name."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    peer: str
    scope: Scope

    def header(self, name: str) -> str | None:
        """A header's value; None when it was not sent."""
        return self.headers.get(name)

    @property
    def media(self) -> str:
        """The type of the body, without parameters, in lower case."""
        return self.headers.get("content-type", "").split(";", 1)[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The character set that the header Content-Type names."""
        for parameter in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"') or None
        return None


def read_request(scope: Scope, prefix: str, *, peer: str = "") -> Asked:
    """The request of this scope, from network address `peer`, with its path below `prefix`.

    Raises ApiProblem 414, NotFoundError for a path no word can be.
    """
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    if len(raw) + len(scope["query_string"]) > _LONGEST_ADDRESS:
        raise ApiProblem(
            types.ADDRESS_TOO_LONG, f"An address has at most {_LONGEST_ADDRESS} characters."
        )
    path = raw.split(b"?", 1)[0].decode("latin-1")
    if not path.startswith(prefix):
        raise NotFoundError("this prefix is written as it is")
    return Asked(
        method=scope["method"],
        path=path[len(prefix) :],
        query=scope["query_string"],
        headers=_headers(scope["headers"]),
        peer=peer,
        scope=scope,
    )


def _headers(sent: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Values by name; what was sent in several lines is one list."""
    found = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent}
    if len(found) < len(sent):
        found.clear()
        for raw, value in sent:
            name, said = raw.decode("latin-1"), value.decode("latin-1")
            mark = "; " if name == "cookie" else ", "
            found[name] = f"{found[name]}{mark}{said}" if name in found else said
    return found


def accept_of(scope: Scope) -> str | None:
    """The header Accept of a request that may not have been read to its end."""
    found = [value for name, value in scope["headers"] if name == b"accept"]
    return found[-1].decode("latin-1") if found else None


def plain_word(word: str) -> str:
    """A word of the path, decoded. Raises NotFoundError for one that no text can be."""
    try:
        found = unquote_to_bytes(word).decode("utf-8") if "%" in word else word
    except UnicodeDecodeError as error:
        raise NotFoundError("no such word") from error
    if "\0" in found or len(found) > GREATEST_WORD:
        raise NotFoundError("no such word")
    return found


async def read_body(receive: Receive, headers: dict[str, str], most_bytes: int) -> bytes:
    """The body. Raises ApiProblem 413 as soon as it is longer than allowed, 400 when cut off."""
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > most_bytes:
        raise _too_large(most_bytes)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ApiProblem(types.MALFORMED_BODY, "The body was cut off.")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > most_bytes:
            raise _too_large(most_bytes)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def refuse_media(asked: Asked, offered: tuple[str, ...]) -> ApiProblem:
    """415 for a body in a format that is not taken."""
    detail = f"Content-Type is {asked.media or 'missing'}; taken: {', '.join(offered)}."
    return ApiProblem(
        types.UNSUPPORTED_MEDIA_TYPE,
        detail,
        errors=[field_error("header Content-Type", detail, offered)],
    )


def wanted_media(accept: str | None, offered: tuple[str, ...]) -> str:
    """Which of the offered formats is wanted most; the first where nothing is said.

    Raises ApiProblem 406 when none is.
    """
    if not accept or accept == "*/*" or accept == offered[0]:
        return offered[0]
    best, best_weight = "", 0.0
    for media in offered:
        found = weight(accept, media)
        if found > best_weight:
            best, best_weight = media, found
    if best:
        return best
    detail = f"Offered: {', '.join(offered)}."
    raise ApiProblem(
        types.NOT_ACCEPTABLE, detail, errors=[field_error("header Accept", detail, offered)]
    )


def weight(accept: str, media: str) -> float:
    """How much `media` is wanted: the weight of the most exact range that covers it."""
    best: tuple[int, float] = (-1, 0.0)
    media = media.split(";", 1)[0]
    for one in accept.lower().split(","):
        range_, *parameters = (part.strip() for part in one.split(";"))
        exactness = {media: 2, f"{media.split('/')[0]}/*": 1, "*/*": 0}.get(range_, -1)
        if exactness > best[0]:
            best = exactness, _quality(parameters)
    return best[1]


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0


def _too_large(most_bytes: int) -> ApiProblem:
    return ApiProblem(types.BODY_TOO_LARGE, f"A body here has at most {most_bytes} bytes.")
