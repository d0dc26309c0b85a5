"""What the parts of a request say to its operation: token, body, parameters, format."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import JSON, XML
from lodge_platform.api.bodies import explained, kind_at, read_json, typed
from lodge_platform.api.call import BASE
from lodge_platform.api.operation import Operation
from lodge_platform.api.problems import ApiProblem, ended, field_error
from lodge_platform.api.reading import read_query
from lodge_platform.api.requests import Asked, refuse_media
from lodge_platform.api.values import instant_in
from lodge_platform.api.xml_reading import values_of
from lodge_platform.api.xml_words import element_of
from lodge_platform.errors import nearest
from lodge_platform.web.rights import SESSION_COOKIE

Headers = list[tuple[str, str]]
# Read leniently in an address, but in the header Link they end it.
_IN_LINK = str.maketrans({"<": "%3C", ">": "%3E", '"': "%22"})
_MERGE_PATCH = "application/merge-patch+json"


def token_in(asked: Asked) -> tuple[str, bool]:
    """The key or session token that the request carries, and whether it is a key."""
    given = asked.header("authorization")
    if given is not None:
        scheme, _, token = given.partition(" ")
        return (token.strip(), True) if scheme.lower() == "bearer" else ("", True)
    for pair in (asked.header("cookie") or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == SESSION_COOKIE:
            return value.strip('"'), False
    return "", False


def offered_media(operation: Operation) -> tuple[str, ...]:
    """The formats an operation can answer in, the usual one first."""
    if operation.media:
        return operation.media
    if operation.answer == "binary":
        return ("application/octet-stream", "*/*")
    # Nobody is refused the format of an answer that has no content.
    return (JSON, XML) if operation.is_xml or operation.status == 204 else (JSON,)


def taken_media(operation: Operation) -> tuple[str, ...]:
    """The formats an operation takes its body in."""
    patch = (_MERGE_PATCH,) if operation.method == "PATCH" else ()
    return (JSON, *patch, *((XML,) if operation.is_xml else ()))


def typed_body(asked: Asked, operation: Operation, content: bytes) -> Any:
    """The declared body. Raises ApiProblem 415, 400 for what cannot be read, 422 naming a field."""
    taken = taken_media(operation)
    if asked.media not in taken:
        raise refuse_media(asked, taken)
    if asked.header("content-encoding") not in (None, "", "identity"):
        detail = "A body is sent as it is, not compressed."
        errors = [field_error("header Content-Encoding", detail, ["identity"])]
        raise ApiProblem(types.UNSUPPORTED_MEDIA_TYPE, detail, errors=errors)
    kind: Any = operation.body
    if asked.media == XML:
        collection = operation.collection
        roots = () if collection is None else (element_of(collection),)
        return typed(values_of(content, kind, roots=roots, charset=asked.charset), kind)
    return typed(read_json(content), kind)


def typed_query(operation: Operation, query: bytes) -> Any:
    """The declared parameters; None where none are. Raises ApiProblem 400 naming one."""
    given = read_query(query) if query else {}
    kind = operation.query
    if kind is None:
        if given:
            raise unknown_parameter(next(iter(given)), ())
        return None
    for name in given:
        if name not in kind.__struct_encode_fields__:
            raise unknown_parameter(name, kind.__struct_encode_fields__)
    for name, value in given.items():
        # Read leniently, a number would be an instant too, counted in seconds.
        if kind_at(kind, name) is datetime:
            given[name] = instant_in(name, value).isoformat()
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        field, detail, allowed = explained(error, kind, given)
        raise ApiProblem(
            types.INVALID_QUERY, f"{field}: {detail}", errors=[field_error(field, detail, allowed)]
        ) from error


def unknown_parameter(name: str, known: Iterable[str] = ()) -> ApiProblem:
    """400 for a parameter that is not declared."""
    words = list(known)
    hint = f"; {nearest(name, words)}" if words else "; there are none here"
    said = ended(f"There is no such parameter{hint}")
    errors = [field_error(name, said, words)]
    return ApiProblem(types.INVALID_QUERY, f"{name}: {said}", errors=errors)


def announcing(operation: Operation) -> Headers:
    """What an operation that goes away says of itself (RFC 9745, RFC 8594)."""
    said: Headers = []
    if operation.deprecated_on is not None:
        since = int(datetime.combine(operation.deprecated_on, datetime.min.time(), UTC).timestamp())
        said.append(("Deprecation", f"@{since}"))
    if operation.sunset_on is not None:
        said.append(("Sunset", operation.sunset_on.strftime("%a, %d %b %Y 00:00:00 GMT")))
    if operation.successor is not None:
        said.append(("Link", f'<{BASE}{operation.successor}>; rel="successor-version"'))
    return said


def next_page(asked: Asked, after: str) -> str:
    """Address of the page after this one."""
    kept = [p for p in asked.query.decode("latin-1").split("&") if p and not p.startswith("after=")]
    said = "&".join([*kept, f"after={after}"])
    return f"{BASE}{asked.path}?{said}".translate(_IN_LINK)
