"""Asking the API: waits as long as it says, tries again what can be tried again, never twice."""

import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from lodge_core.bringing.things import NotBrought
from lodge_platform.errors import ForbiddenError, RefusedError, TryAgainError

_TRIES = 8
_LONGEST_WAIT_SECONDS = 120
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Conflict(NotBrought):
    """The API says that things stand otherwise (409)."""


class Asker:
    """A program that asks one Lodge with one key."""

    def __init__(self, url: str, key: str, *, is_plain_allowed: bool = False) -> None:
        self.url = _checked(url, is_plain_allowed=is_plain_allowed)
        self._client = httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"authorization": f"Bearer {key}", "accept": "application/json"},
            timeout=60,
        )

    def __enter__(self) -> "Asker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str) -> Any:
        """What stands there. Raises NotBrought for a refusal, TryAgainError, ForbiddenError."""
        return self._ask("GET", path, parameters=parameters).json()

    def post(self, path: str, body: Any, *, once: str, is_change: bool = False) -> Any:
        """Make something, once for the word `once`, or change whatever version there is."""
        headers = {"idempotency-key": once} | ({"if-match": "*"} if is_change else {})
        return self._ask("POST", path, body=body, headers=headers).json()

    def _ask(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        said = ""
        for number in range(_TRIES):
            wait = min(2**number * 0.2, 20)
            try:
                answer = self._client.request(
                    method, path, params=parameters, json=body, headers=headers
                )
            except httpx.TransportError as error:
                said = str(error) or type(error).__name__
            else:
                if answer.status_code not in (429, 502, 503, 504):
                    return _taken(answer)
                said = f"{answer.status_code}"
                wait = _retry_after(answer, wait)
            time.sleep(wait)
        raise TryAgainError(f"{self.url} does not answer ({said}); run the same again to go on")


def key_in(file: Path) -> str:
    """The API key in a file's first line. Raises RefusedError when there is none."""
    try:
        key = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(f"the key cannot be read from {file}") from error
    if not key or not key.isascii() or len(key.split()) != 1:
        raise RefusedError(f"{file} holds no API key: it has one line, the key")
    return key


def _checked(url: str, *, is_plain_allowed: bool) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise RefusedError(f"{url!r} is no address of a Lodge, such as https://lodge.example")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not is_plain_allowed:
        raise RefusedError(
            f"{url} would carry the key unencrypted; use https, or allow it by --plain-http"
        )
    return url.rstrip("/").removesuffix("/api/v1")


def _taken(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    said = _reason(answer)
    if answer.status_code == 401:
        raise ForbiddenError("the API key is not accepted; it may have ended or been revoked")
    if answer.status_code == 409:
        raise Conflict(said)
    raise NotBrought(said)


def _reason(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"the server answered {answer.status_code}"
    named = "; ".join(
        f"{one.get('field')}: {one.get('detail')}" for one in problem.get("errors", [])
    )
    return f"{answer.status_code} {named or problem.get('detail') or problem.get('title')}"


def _retry_after(answer: httpx.Response, usual: float) -> float:
    given = answer.headers.get("retry-after", "")
    return min(float(given), _LONGEST_WAIT_SECONDS) if given.isdigit() else usual
