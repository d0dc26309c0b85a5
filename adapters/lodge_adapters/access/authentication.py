"""How we show a source who we are: headers and TLS, made of secrets by name.

OAuth tokens are kept until shortly before their end, and asked for by one thread at a time. No
error of this module holds a secret, nor what a token endpoint said beyond its error code.
"""

import base64
import os
import re
import ssl
import tempfile
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import httpx
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error

from lodge_adapters.access.source import BrokenSourceError, Context, SlowSourceError
from lodge_adapters.language import Authentication, OAuth
from lodge_platform.errors import SetUpError, TryAgainError

Send = Callable[[httpx.Request], httpx.Response]
"""Sends one request to a token endpoint and gives its answer, read."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")
_OURS = frozenset(
    (
        *("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"),
        *("accept-encoding", "expect", "proxy-authorization", "cookie"),
    )
)
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")
_WITHOUT_END_SECONDS = 300.0
_MARGIN_SECONDS = 60.0


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as a link file gives them. Raises SetUpError naming what cannot be sent."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
            raise SetUpError(f"header {name[:40]!r} cannot be set by a link")
        if not _HEADER_VALUE.fullmatch(value):
            raise SetUpError(f"header {name}: its value is not one line of ASCII")
    return dict(headers)


class Token(NamedTuple):
    """What shows who we are for now; `until` in monotonic seconds."""

    said: str
    until: float


class Credentials:
    """The headers that go to a source's own origin, and to no other."""

    def __init__(self, given: Authentication) -> None:
        self._given = given
        self._lock = Lock()
        self._token: Token | None = None

    @property
    def can_renew(self) -> bool:
        """Whether a refusal may be answered by asking anew."""
        return self._given.oauth is not None

    @property
    def token(self) -> str | None:
        """The token of now, where there is one."""
        return self._token and self._token.said

    def headers(self, context: Context, send: Send) -> dict[str, str]:
        """Headers by name; `send` carries a request for a token, where one is wanted.

        Raises SetUpError, SlowSourceError, BrokenSourceError, TryAgainError.
        """
        given = self._given
        if given.user is not None and given.password_secret is not None:
            pair = f"{given.user}:{context.secret(given.password_secret)}"
            return {"authorization": _basic(pair)}
        if given.bearer_secret is not None:
            said = _one_line(context.secret(given.bearer_secret), given.bearer_secret)
            return {"authorization": f"Bearer {said}"}
        if given.header is not None and given.header_secret is not None:
            said = _one_line(context.secret(given.header_secret), given.header_secret)
            return checked_headers({given.header: said})
        if given.oauth is not None:
            return {"authorization": f"Bearer {self._now(given.oauth, context, send)}"}
        return {}

    def forget(self, headers: Mapping[str, str]) -> None:
        """The source did not take these: the token in them is asked for anew, once for all."""
        with self._lock:
            if self._token is not None and headers.get("authorization", "").endswith(
                f" {self._token.said}"
            ):
                self._token = None

    def _now(self, oauth: OAuth, context: Context, send: Send) -> str:
        token = self._token
        if token is not None and monotonic() < token.until:
            return token.said
        if not self._lock.acquire(timeout=context.left()):
            raise SlowSourceError("out of time: another call waits for the token")
        try:
            token = self._token
            if token is None or monotonic() >= token.until:
                token = self._token = _asked(oauth, context, send)
            return token.said
        finally:
            self._lock.release()


def _asked(oauth: OAuth, context: Context, send: Send) -> Token:
    """A new token from the endpoint."""
    client: Any = BackendApplicationClient(client_id=oauth.client)
    secret = context.secret(oauth.client_secret)
    own: dict[str, Any] = {"client_secret": secret} if oauth.in_body else {}
    body: str = client.prepare_request_body(
        scope=oauth.scope, include_client_id=oauth.in_body, **own
    )
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "accept": "application/json",
    }
    if not oauth.in_body:
        headers["authorization"] = _basic(f"{quote_plus(oauth.client)}:{quote_plus(secret)}")
    begun = monotonic()
    request = httpx.Request("POST", oauth.token_url, headers=headers, content=body.encode())
    answer = send(request)
    where = f"token endpoint {request.url.netloc.decode('ascii', 'replace')}"
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or answer.status_code >= 500:
        raise TryAgainError(f"{where} answers {answer.status_code}")
    return _token(client, answer, where, oauth, begun)


def _token(client: Any, answer: httpx.Response, where: str, oauth: OAuth, begun: float) -> Token:
    try:
        said: dict[str, Any] = client.parse_request_body_response(answer.text)
        seconds = said.get("expires_in")
        lasts = _WITHOUT_END_SECONDS if seconds is None else float(seconds)
        token = str(said["access_token"])
    except OAuth2Error as error:
        raise _refused(str(error.error or ""), answer, where, oauth) from None
    except (ValueError, TypeError, KeyError, AttributeError, Warning):
        # What the library says of it may hold what the endpoint sent, so that is left out.
        raise _refused("", answer, where, oauth) from None
    if not answer.is_success:
        raise _refused("", answer, where, oauth)
    kind = str(said.get("token_type") or "Bearer")
    if kind.lower() != "bearer" or not token or not _HEADER_VALUE.fullmatch(token):
        raise BrokenSourceError(f"{where} gives something else than a bearer token")
    return Token(token, begun + lasts - min(_MARGIN_SECONDS, lasts / 10))


def _refused(code: str, answer: httpx.Response, where: str, oauth: OAuth) -> Exception:
    code = code if _ERROR_CODE.fullmatch(code) else ""
    if code == "temporarily_unavailable" or code == "server_error":
        return TryAgainError(f"{where} gives no token now: {code}")
    if answer.status_code in (400, 401, 403):
        why = f": {code}" if code else ""
        return SetUpError(
            f"{where} gives no token ({answer.status_code}{why}); check `client`, `scope` and "
            f"the secret {oauth.client_secret!r}"
        )
    return BrokenSourceError(f"{where} answers {answer.status_code} without a token")


def secrets_of(given: Authentication, context: Context) -> list[str]:
    """The values of all secrets that are sent, to be blotted out of what is kept."""
    names = [given.password_secret, given.bearer_secret, given.header_secret]
    if given.oauth is not None:
        names.append(given.oauth.client_secret)
    values = [context.secret(name) for name in names if name is not None]
    if given.user is not None and values:
        values.append(_basic(f"{given.user}:{values[0]}").removeprefix("Basic "))
    return values


def tls_of(given: Authentication, secret: Callable[[str], str]) -> tuple[str, str, str]:
    """PEM texts of authority, certificate and key, "" for what is not given."""
    names = (given.authority_secret, given.certificate_secret, given.certificate_key_secret)
    authority, certificate, key = ("" if name is None else secret(name) for name in names)
    return authority, certificate, key


def tls_context(given: Authentication, pem: tuple[str, str, str]) -> ssl.SSLContext | None:
    """TLS with what `tls_of` gave; None where the usual will do. Raises SetUpError."""
    authority, certificate, key = pem
    if not any(pem):
        return None
    try:
        if authority:
            context = ssl.create_default_context(cadata=authority)
        else:
            context = httpx.create_ssl_context(trust_env=False)
    except (ssl.SSLError, ValueError) as error:
        raise SetUpError(f"secret {given.authority_secret!r} is no certificate in PEM") from error
    if certificate:
        try:
            _load(context, certificate, key)
        except (ssl.SSLError, ValueError) as error:
            raise SetUpError(
                f"secrets {given.certificate_secret!r} and {given.certificate_key_secret!r} are "
                "not a certificate and its key without a password, in PEM"
            ) from error
    return context


def _load(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """The library reads files only: one that nobody else can read, gone at once."""
    descriptor, name = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{certificate}\n{key}\n")
        context.load_cert_chain(name, password=lambda: "")
    finally:
        Path(name).unlink()


def _basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _one_line(said: str, name: str) -> str:
    if not said or not _HEADER_VALUE.fullmatch(said):
        raise SetUpError(f"secret {name!r} is not one line of ASCII, so it cannot be a header")
    return said
