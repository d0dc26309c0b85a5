"""Where a request may go: the URL first, then every address its host has.

Errors name host and port, never the path or query: these may hold a secret.
"""

import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread
from typing import Any

import httpx

from lodge_platform.errors import RefusedError, TryAgainError
from lodge_platform.outgoing.addresses import Address, is_public
from lodge_platform.outgoing.allowed import Allowed

Resolve = Callable[[str, int, float], Sequence[str]]
"""Host, port and seconds it may take to the host's addresses. Raises TryAgainError for none."""

_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain")
_NUMBER = re.compile(r"(0x[0-9a-f]*|\d+)", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")
_LONGEST_URL = 2000
_PORTS = {"http": 80, "https": 443}


class LeadsInsideError(RefusedError):
    """The host is one inside that nobody allowed; `host`, with its port where it matters."""

    def __init__(self, said: str, host: str) -> None:
        super().__init__(f"{said}, and is not in outgoing_allowed", field="url")
        self.host = host


def check_url(url: str | httpx.URL, allowed: Allowed, *, is_http_taken: bool = False) -> httpx.URL:
    """The URL, read as it will be used. No name is resolved.

    Plain http is taken where the host is in the allow-list, or with `is_http_taken`. Raises
    RefusedError that says what is wrong.
    """
    read = _read(url)
    host, port = host_and_port(read)
    is_plain = read.scheme == "http" and not is_http_taken
    if allowed.names_host(host, port):
        return read
    address = _literal(host)
    if address is not None:
        if allowed.names_address(address, port):
            return read
        _check_address(host, port, address, allowed, is_plain=is_plain)
    else:
        # A name may turn out to be in a network that is allowed: its addresses will tell.
        may_be_inside = any(only in (None, port) for _, only in allowed.networks)
        _check_name(host, may_be_inside=may_be_inside)
        if is_plain and not may_be_inside:
            raise _must_be_https(host, port)
    if port not in (80, 443) and port < 1024:
        raise _refused(f"port {port} is another service's; allowed: 80, 443, 1024 to 65535")
    return read


def check_target(
    url: str | httpx.URL,
    allowed: Allowed,
    *,
    resolve: Resolve | None = None,
    is_http_taken: bool = False,
) -> httpx.URL:
    """As `check_url`, and the addresses the host has now; one without any yet is taken."""
    read = check_url(url, allowed, is_http_taken=is_http_taken)
    host, port = host_and_port(read)
    is_plain = read.scheme == "http" and not is_http_taken
    with suppress(TryAgainError):
        resolve = resolve or resolve_by_system
        addresses_of(host, port, allowed, resolve, seconds=2, is_plain=is_plain)
    return read


def addresses_of(
    host: str,
    port: int,
    allowed: Allowed,
    resolve: Resolve,
    *,
    seconds: float,
    is_plain: bool = False,
) -> list[Address]:
    """The addresses to connect to, each of them checked; resolved once.

    A name with one address inside among others is refused altogether. `is_plain`: without TLS, so
    only what the allow-list names. Raises RefusedError, or TryAgainError for a name without any
    address now.
    """
    host = host.lower().rstrip(".")
    literal = _literal(host)
    if literal is None:
        found = [ip_address(each) for each in resolve(host, port, seconds)]
    else:
        found = [literal]
    if not found:
        raise TryAgainError(f"{host} has no address")
    if not allowed.names_host(host, port):
        for address in found:
            _check_address(host, port, address, allowed, is_plain=is_plain)
    return found


def resolve_by_system(host: str, port: int, seconds: float) -> list[str]:
    """The host's addresses by the machine's own resolver, within `seconds`."""
    answer: list[Any] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.append(list(dict.fromkeys(str(line[4][0]) for line in found)))
        except (OSError, UnicodeError) as error:
            answer.append(error)

    # The call cannot be ended from outside; a thread that hangs ends with the resolver's patience.
    asking = Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(max(0.0, seconds))
    if not answer:
        raise TryAgainError(f"{host} was not resolved within {seconds:.0f} s")
    if isinstance(answer[0], Exception):
        raise TryAgainError(f"{host} cannot be resolved") from answer[0]
    return answer[0]


def _read(url: str | httpx.URL) -> httpx.URL:
    text = str(url)
    if len(text) > _LONGEST_URL:
        raise _refused(f"the URL is longer than {_LONGEST_URL} characters")
    if any(ord(letter) <= 32 or ord(letter) == 127 or letter == "\\" for letter in text):
        raise _refused("the URL has a blank, a backslash or a control character in it")
    try:
        read = httpx.URL(url)
        host, port = read.raw_host, read.port
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise not_a_url() from error
    if read.scheme not in _PORTS:
        raise _refused(f"scheme {read.scheme[:20]!r} is not taken", allowed=["https", "http"])
    if not host:
        raise _refused("the URL names no host")
    if read.userinfo or "@" in text.split("://", 1)[-1].split("/", 1)[0]:
        raise _refused("the URL has a name or password in it; give these as a secret instead")
    if port is not None and not 0 < port < 65536:
        raise _refused(f"port {port} is no port; allowed: 80, 443, 1024 to 65535")
    return read


def host_and_port(url: httpx.URL) -> tuple[str, int]:
    """As they are compared with the allow-list and connected to."""
    host = url.raw_host.decode("ascii").lower().rstrip(".")
    return host, url.port or _PORTS[url.scheme]


def _check_address(
    host: str, port: int, address: Address, allowed: Allowed, *, is_plain: bool
) -> None:
    if allowed.names_address(address, port):
        return
    if not is_public(address):
        raise LeadsInsideError(f"{host}:{port} leads inside", f"{host}:{port}")
    if is_plain:
        raise _must_be_https(host, port)


def _must_be_https(host: str, port: int) -> RefusedError:
    return _refused(f"{host}:{port}: it must be https", allowed=["https"])


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _check_name(host: str, *, may_be_inside: bool) -> None:
    """A name of the internet: not a number in disguise, and not one of the names used inside."""
    last = host.rsplit(".", 1)[-1]
    if _NUMBER.fullmatch(last):
        raise _refused("the host is a number in another form; write an address as 192.0.2.1")
    if not _NAME.fullmatch(host) or len(host) > 253:
        raise _refused("the host is not a name or address")
    is_inside = "." not in host or any(
        host == word or host.endswith(f".{word}") for word in _INSIDE
    )
    if is_inside and not may_be_inside:
        raise LeadsInsideError(f"{host} is a name used inside", host)


def not_a_url() -> RefusedError:
    """What is said about text that cannot be read as a URL."""
    return _refused("that is not a URL; it must be like https://example.org/hook")


def _refused(said: str, *, allowed: Sequence[str] = ()) -> RefusedError:
    return RefusedError(said, field="url", allowed=allowed)
