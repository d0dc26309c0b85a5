"""Requests to one source: guarded, with our credentials to its own origin and to no other.

service = Service("https://shop.example/api", authentication, allowed_by_link, at_once=4)
with service.answer(Asked("GET", url), context) as answer:
    ...  # a successful answer, its body not yet read
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from ssl import SSLContext
from threading import Event, Lock

import httpcore
import httpx

from lodge_adapters.access.authentication import Credentials, secrets_of, tls_context, tls_of
from lodge_adapters.access.http_status import judge, seconds_to_wait
from lodge_adapters.access.source import BrokenSourceError, Context, SlowSourceError
from lodge_adapters.language import Authentication
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.outgoing import Allowed, Limits, Resolve, guarded_client, resolve_by_system
from lodge_platform.outgoing.checking import host_and_port

_MOST_REDIRECTS = 5
_MOST_TOKEN_BYTES = 100_000
_LONGEST_SECONDS = 300.0
_SPARE_BYTES = 1_000_000


@dataclass(frozen=True)
class Asked:
    """One request. `headers` stay with the source's own origin, as the credentials do; `common`
    ones go wherever an address leads. `faults`: statuses that are answers as well."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    common: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes | None = None
    is_writing: bool = False
    faults: tuple[int, ...] = ()


class Service:
    """One source by HTTP; connections are kept between calls.

    `allowed_here`: hosts that the link itself names; addresses that a source gives may lead there.
    """

    def __init__(
        self,
        url: str,
        authentication: Authentication,
        *,
        allowed_here: Allowed,
        at_once: int = 4,
        resolve: Resolve = resolve_by_system,
    ) -> None:
        read = _url(url)
        self.origin = origin_of(read)
        self.place = place_of(read)
        self._allowed_here = allowed_here
        self._authentication = authentication
        self._credentials = Credentials(authentication)
        # A source that is itself without TLS and learns no secret may be asked as it is.
        self._is_http_taken = read.scheme == "http" and authentication == Authentication()
        self._at_once = at_once
        self._resolve = resolve
        self._lock = Lock()
        self._clients: dict[tuple[object, ...], httpx.Client] = {}

    def may_follow(self, url: str) -> bool:
        """Whether an address that the source gave is its own, or one the link allows."""
        read = _url(url)
        host, port = host_and_port(read)
        if origin_of(read) == self.origin or self._allowed_here.names_host(host, port):
            return True
        try:
            return self._allowed_here.names_address(ip_address(host), port)
        except ValueError:
            return False

    @contextmanager
    def answer(self, asked: Asked, context: Context) -> Generator[httpx.Response]:
        """A successful answer whose body is still to be read; closed at the end.

        Raises what `judge` says of its status, and the errors of every source.
        """
        response, is_own = self._answered(asked, context)
        where = self.place if is_own else place_of(response.request.url)
        try:
            if response.status_code not in asked.faults:
                judge(response, where, is_writing=asked.is_writing, now=context.now)
            yield response
        finally:
            response.close()

    def secrets(self, context: Context) -> list[str]:
        """The values of all secrets that are sent, to be blotted out of what is kept."""
        token = self._credentials.token
        return secrets_of(self._authentication, context) + ([token] if token else [])

    def close(self) -> None:
        """Give back every connection."""
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def _answered(self, asked: Asked, context: Context) -> tuple[httpx.Response, bool]:
        """An answer, waited for as the source asks (Retry-After) where the time is enough."""
        left = 0 if asked.is_writing else context.link.limits.tries - 1
        while True:
            response, is_own = self._followed(asked, context)
            wait = seconds_to_wait(response, now=context.now)
            if wait is None or not left or wait >= context.left():
                return response, is_own
            left -= 1
            response.close()
            Event().wait(wait)

    def _followed(self, asked: Asked, context: Context) -> tuple[httpx.Response, bool]:
        """The answer at the end of all redirects, and whether it is of the source's own origin."""
        can_renew = self._credentials.can_renew
        for _ in range(_MOST_REDIRECTS + 1):
            is_own = origin_of(_url(asked.url)) == self.origin
            headers = self._headers(context) if is_own else {}
            response = self._sent(asked, headers, context, is_own=is_own)
            if response.status_code == HTTPStatus.UNAUTHORIZED and is_own and can_renew:
                can_renew = False
                response.close()
                self._credentials.forget(headers)
                response = self._sent(asked, self._headers(context), context, is_own=True)
            if not response.has_redirect_location:
                return response, is_own
            if asked.is_writing and response.status_code == HTTPStatus.SEE_OTHER:
                return response, is_own  # it is written, and to be seen elsewhere
            response.close()
            asked = self._redirected(asked, response)
        raise BrokenSourceError(f"{self.place}: more than {_MOST_REDIRECTS} redirects")

    def _redirected(self, asked: Asked, response: httpx.Response) -> Asked:
        try:
            url = joined(asked.url, response.headers["location"])
        except ValueError as error:
            raise BrokenSourceError(f"{self.place}: redirects to what is no address") from error
        is_own = origin_of(_url(url)) == self.origin
        keeps = response.status_code in (307, 308)
        if asked.is_writing and not (keeps and is_own):
            raise SetUpError(f"{self.place}: redirects what is written; declare the address it has")
        if not keeps:
            common = {name: each for name, each in asked.common.items() if name != "content-type"}
            return replace(asked, method="GET", url=url, content=None, common=common)
        if asked.content is not None and not is_own:
            raise BrokenSourceError(f"{self.place}: redirects what is posted to another origin")
        return replace(asked, url=url)

    def _headers(self, context: Context) -> dict[str, str]:
        return self._credentials.headers(context, lambda request: self._token(request, context))

    def _sent(
        self, asked: Asked, headers: Mapping[str, str], context: Context, *, is_own: bool
    ) -> httpx.Response:
        own = {**asked.common, **asked.headers, **headers} if is_own else dict(asked.common)
        try:
            request = httpx.Request(
                asked.method, asked.url, headers={"user-agent": "Lodge", **own},
                content=asked.content, extensions={"deadline": context.deadline},
            )  # fmt: skip
        except (httpx.InvalidURL, UnicodeError) as error:
            raise RefusedError("that is not an address", field="url") from error
        context.left()
        with source_errors():
            return self._client(context, is_own=is_own).send(request, stream=True)

    def _token(self, request: httpx.Request, context: Context) -> httpx.Response:
        """The token endpoint's answer; it is declared, so it sees the certificate too."""
        context.left()
        request.extensions["deadline"] = context.deadline
        request.headers["user-agent"] = "Lodge"
        with source_errors():
            answer = self._client(context, is_own=True).send(request, stream=True)
            try:
                content = b""
                for piece in answer.iter_raw():
                    content += piece
                    if len(content) > _MOST_TOKEN_BYTES:
                        raise BrokenSourceError("the token endpoint's answer is too long")
            finally:
                answer.close()
        return httpx.Response(answer.status_code, content=content, request=request)

    def _client(self, context: Context, *, is_own: bool) -> httpx.Client:
        pem = tls_of(self._authentication, context.secret)
        if not is_own:
            pem = (pem[0], "", "")
        key = (context.allowed, pem, self._is_http_taken)
        with self._lock:
            if key not in self._clients:
                tls = tls_context(self._authentication, pem)
                self._clients[key] = self._made(context, tls)
            return self._clients[key]

    def _made(self, context: Context, tls: SSLContext | None) -> httpx.Client:
        client = guarded_client(
            context.allowed,
            limits=Limits(
                read_seconds=_LONGEST_SECONDS,
                total_seconds=_LONGEST_SECONDS,
                # Pages are counted together, by who reads them; this is only the net below.
                answer_bytes=context.link.limits.bytes + _SPARE_BYTES,
                connections=2 * self._at_once,
            ),
            resolve=self._resolve,
            tls=tls,
            is_http_taken=self._is_http_taken,
        )
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return client


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port."""
    return (url.scheme, *host_and_port(url))


def place_of(url: httpx.URL) -> str:
    """Host and port, for people."""
    host, port = host_and_port(url)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def joined(url: str, said: str) -> str:
    """The address that `said` is, seen from `url`. Raises ValueError for what is none."""
    try:
        return str(_url(url).join(said).copy_with(fragment=None))
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ValueError("that is no address") from error


def _url(url: str) -> httpx.URL:
    try:
        read = httpx.URL(url)
        if read.scheme not in ("http", "https") or not read.raw_host:
            raise RefusedError("an address begins with https:// or http:// and a host", field="url")
        return read
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise RefusedError("that is not an address", field="url") from error


@contextmanager
def source_errors() -> Generator[None]:
    """What the guarded client raises, as errors of a source."""
    try:
        yield
    except (SlowSourceError, BrokenSourceError):
        raise
    except TryAgainError as error:
        if isinstance(error.__cause__, httpcore.TimeoutException):
            raise SlowSourceError(str(error)) from error
        if isinstance(error.__cause__, httpx.RemoteProtocolError):  # read by the client itself
            raise BrokenSourceError("a redirect leads to what is no address") from error
        raise
    except RefusedError as error:
        if error.field == "url":
            raise
        raise BrokenSourceError(str(error)) from error
