"""What the status of an answer means for a call."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import ceil

import httpx

from lodge_adapters.access.source import BrokenSourceError, BusySourceError
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError

_LATER = (408, 425, 429)
_WAITING = (429, 503)


def judge(
    response: httpx.Response, where: str, *, is_writing: bool, now: datetime | None = None
) -> None:
    """Nothing for success; else raises what the asker can do about it.

    401, 403, 407: SetUpError. 408, 425, 429 and 5xx: TryAgainError, with the source's own wish
    (Retry-After, seen from `now`) BusySourceError. Every other: BrokenSourceError,
    and for what was to be written RefusedError.
    """
    status = response.status_code
    if 200 <= status < 300 or (is_writing and status == HTTPStatus.SEE_OTHER):
        return
    said = f"{where} answers {words(status)}"
    if status == HTTPStatus.UNAUTHORIZED:
        raise SetUpError(f"{said}: it does not know us; check `authentication` and its secrets")
    if status in (403, 407):
        raise SetUpError(f"{said}: our account may not do this there; check its rights")
    if status in _LATER or status >= 500:
        wait = None if now is None else seconds_to_wait(response, now=now)
        raise TryAgainError(said) if wait is None else BusySourceError(said, ceil(wait))
    if is_writing and status >= 400:
        raise RefusedError(f"{said}: it does not take this")
    raise BrokenSourceError(said)


def words(status: int) -> str:
    """404 as "404 Not Found"."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def seconds_to_wait(response: httpx.Response, *, now: datetime) -> float | None:
    """How long the source asks us to wait (Retry-After of a 429 or 503); None where it does not."""
    said = response.headers.get("retry-after", "").strip()
    if response.status_code not in _WAITING or not said:
        return None
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        at = parsedate_to_datetime(said)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - now).total_seconds())
    except (ValueError, OverflowError):
        return None
