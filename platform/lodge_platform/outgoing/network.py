"""The sockets of guarded requests: opened to exactly the addresses that were checked."""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from ssl import SSLContext
from time import monotonic
from typing import Any

import httpcore

from lodge_platform.errors import TryAgainError
from lodge_platform.outgoing.allowed import Allowed
from lodge_platform.outgoing.checking import Resolve, addresses_of


@dataclass(frozen=True)
class Passage:
    """One request under way: the monotonic instant by which it is over, and whether without TLS."""

    deadline: float
    is_plain: bool


PASSAGE: ContextVar[Passage] = ContextVar("passage")
"""The request that this thread is at."""


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves a host once, checks every address, connects to one of them, and nothing else."""

    def __init__(self, allowed: Allowed, resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first of the host's addresses that takes one."""
        seconds = _within(timeout)
        addresses = addresses_of(
            host,
            port,
            self._allowed,
            self._resolve,
            seconds=seconds,
            is_plain=PASSAGE.get().is_plain,
        )
        for place, address in enumerate(addresses, 1):
            try:
                stream = self._plain.connect_tcp(
                    str(address),
                    port,
                    timeout=_within(timeout),
                    local_address=local_address,
                    socket_options=list(socket_options or ()),
                )
            except httpcore.ConnectError:
                if place == len(addresses):
                    raise
            else:
                return _BoundedStream(stream)
        raise TryAgainError(f"{host} has no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Never: a socket in the file system is inside."""
        raise httpcore.UnsupportedProtocol("no requests to sockets of this machine")


class _BoundedStream(httpcore.NetworkStream):
    """A connection on which no wait lasts beyond the request's deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=_within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=_within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(
            ssl_context, server_hostname=server_hostname, timeout=_within(timeout)
        )
        return _BoundedStream(stream)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _within(timeout: float | None) -> float:
    """Seconds that a wait may take: `timeout`, cut to what is left of the request's time."""
    left = PASSAGE.get().deadline - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("out of time")
    return left if timeout is None else min(timeout, left)
