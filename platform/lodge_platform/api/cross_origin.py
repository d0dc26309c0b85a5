"""Pages of other origins: those the settings list may call the API with a key, never by cookie."""

from collections.abc import Iterable

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_MAY_SEND = (
    "Authorization, Content-Type, Accept, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID"
)
_MAY_READ = (
    "ETag, Location, Link, RateLimit, RateLimit-Policy, Retry-After, Idempotency-Replayed, "
    "Deprecation, Sunset"
)
_KEPT_SECONDS = 600


def origins_in(listed: str) -> frozenset[str]:
    """The origins of a setting: `https://a.example, https://b.example`."""
    return frozenset(one.strip().rstrip("/").lower() for one in listed.split(",") if one.strip())


def headers_for(origin: str | None, allowed: Iterable[str]) -> list[tuple[str, str]]:
    """What an answer says to the browser of a listed origin; nothing for any other."""
    if origin is None or origin.lower() not in allowed:
        return []
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", _MAY_READ),
    ]


def preflight_headers(origin: str | None, allowed: Iterable[str]) -> list[tuple[str, str]]:
    """What a browser is told before it sends the request itself."""
    if origin is None or origin.lower() not in allowed:
        return []
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", _MAY_SEND),
        ("Access-Control-Max-Age", str(_KEPT_SECONDS)),
    ]
