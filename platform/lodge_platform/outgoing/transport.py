"""What `httpx` sends guarded requests by: each hop is checked, bounded in time and in size."""

import ssl
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from time import monotonic

import httpcore
import httpx

from lodge_platform.errors import RefusedError, TryAgainError
from lodge_platform.outgoing.allowed import Allowed
from lodge_platform.outgoing.checking import Resolve, check_url, resolve_by_system
from lodge_platform.outgoing.network import PASSAGE, GuardedBackend, Passage


@dataclass(frozen=True)
class Limits:
    """How long one request may take, and how large its answer may be once unpacked."""

    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    total_seconds: float = 30.0
    answer_bytes: int = 5_000_000
    connections: int = 20


class GuardedTransport(httpx.BaseTransport):
    """For an `httpx.Client`: refuses what leads inside, whoever asks and after any redirect.

    Raises RefusedError for what is forbidden and for an answer too large, TryAgainError for a host
    that cannot be reached, answers too slowly, or not in HTTP. `tls` replaces the usual context.
    A request's extension `deadline`, in monotonic seconds, ends it earlier than the limits do.
    """

    def __init__(
        self,
        allowed: Allowed,
        *,
        limits: Limits | None = None,
        resolve: Resolve = resolve_by_system,
        tls: ssl.SSLContext | None = None,
        is_http_taken: bool = False,
    ) -> None:
        self._allowed = allowed
        self._limits = limits or Limits()
        self._is_http_taken = is_http_taken
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls or _usual_tls(),
            max_connections=self._limits.connections,
            keepalive_expiry=5.0,
            network_backend=GuardedBackend(allowed, resolve),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One hop."""
        url = check_url(request.url, self._allowed, is_http_taken=self._is_http_taken)
        where = url.netloc.decode("ascii")
        is_plain = url.scheme == "http" and not self._is_http_taken
        until = monotonic() + self._limits.total_seconds
        until = min(until, request.extensions.get("deadline", until))
        passage = Passage(until, is_plain)
        # An answer that is not packed cannot unpack to a flood.
        request.headers["accept-encoding"] = "identity"
        with _Within(passage, where):
            left = max(0.0, until - monotonic())
            answer = self._pool.handle_request(_plain(request, self._limits, left))
        headers = httpx.Headers(answer.headers)
        packing = headers.get("content-encoding", "identity").strip().lower()
        if packing not in ("identity", "", "gzip", "x-gzip", "deflate"):
            answer.close()
            raise RefusedError(f"{where} answers packed as {packing[:20]!r}, which was not asked")
        body = _Body(answer, passage, where, self._limits.answer_bytes, packing)
        if packing not in ("identity", ""):
            del headers["content-encoding"]
            headers.pop("content-length", None)
        return httpx.Response(answer.status, headers=headers, stream=body)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Within:
    """In here the deadline holds, and what the network says becomes an error of ours."""

    def __init__(self, passage: Passage, where: str) -> None:
        self._passage = passage
        self._where = where

    def __enter__(self) -> None:
        self._token = PASSAGE.set(self._passage)

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        PASSAGE.reset(self._token)
        if isinstance(error, httpcore.TimeoutException):
            raise TryAgainError(f"{self._where} did not answer in time") from error
        if isinstance(error, httpcore.ProtocolError):
            raise TryAgainError(f"{self._where} does not answer in HTTP") from error
        if isinstance(error, (httpcore.NetworkError, httpcore.UnsupportedProtocol, OSError)):
            said = f"{self._where} cannot be reached: {_cause(error)}"
            raise TryAgainError(said) from error


class _Body(httpx.SyncByteStream):
    """The answer, unpacked bit by bit, until the limit."""

    def __init__(
        self, answer: httpcore.Response, passage: Passage, where: str, limit: int, packing: str
    ) -> None:
        self._answer = answer
        self._passage = passage
        self._where = where
        self._limit = limit
        self._packing = packing

    def __iter__(self) -> Iterator[bytes]:
        left = self._limit
        chunks = self._unpacked()
        while True:
            with _Within(self._passage, self._where):
                chunk = next(chunks, None)
                if monotonic() > self._passage.deadline:
                    raise httpcore.ReadTimeout("out of time")
            if chunk is None:
                return
            left -= len(chunk)
            if left < 0:
                self.close()
                raise RefusedError(f"{self._where} answers with more than {self._limit} bytes")
            yield chunk

    def close(self) -> None:
        self._answer.close()

    def _unpacked(self) -> Iterator[bytes]:
        chunks: Iterable[bytes] = self._answer.iter_stream()
        if self._packing in ("identity", ""):
            yield from chunks
            return
        bits = zlib.MAX_WBITS | (32 if "gzip" in self._packing else 0)
        unpack = zlib.decompressobj(bits)
        is_begun = False
        try:
            for chunk in chunks:
                rest = chunk
                is_begun = True
                while rest:
                    if unpack.eof:  # gzip may be several packings, one behind the other
                        unpack = zlib.decompressobj(bits)
                    yield unpack.decompress(rest, 65_536)
                    rest = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
            yield unpack.flush()
            if is_begun and not unpack.eof:
                raise zlib.error("cut off")
        except zlib.error as error:
            raise TryAgainError(f"{self._where} answers packed badly") from error


def _plain(request: httpx.Request, limits: Limits, left: float) -> httpcore.Request:
    if not isinstance(request.stream, httpx.SyncByteStream):
        raise RefusedError("the body of a guarded request is not asynchronous")
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions={
            "timeout": {
                "connect": limits.connect_seconds,
                "read": limits.read_seconds,
                "write": limits.read_seconds,
                "pool": left,
            }
        },
    )


def _cause(error: BaseException) -> str:
    """Why, in few words; what a certificate or the system says holds no secret."""
    found = error.__cause__ or error.__context__ or error
    if isinstance(found, ssl.SSLCertVerificationError):
        return f"its certificate is not taken ({found.verify_message})"
    if isinstance(found, ssl.SSLError):
        return f"no TLS ({found.reason or 'refused'})"
    if isinstance(found, OSError) and found.strerror:
        return found.strerror
    return str(error)[:100] or type(error).__name__


@cache
def _usual_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
