"""From which network address a request comes; what a header claims counts only behind a proxy."""

from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request

from lodge_platform.errors import SetUpError
from lodge_platform.settings import Settings

_HEADER = "x-forwarded-for"
_MOST_HOPS = 20
_Address = IPv4Address | IPv6Address


def client_address(request: Request, settings: Settings) -> str:
    """The sender's address: the last one that no proxy of the setting `trusted_proxies` has.

    Each proxy appends whom it got the request from, so the line is read from its end and only
    as far as listed proxies vouch for it. Empty when the sender is no network address.
    """
    peer = request.client.host if request.client else ""
    return address_behind(peer, ",".join(request.headers.getlist(_HEADER)), settings)


def address_behind(peer: str, forwarded: str, settings: Settings) -> str:
    """As `client_address`, of who is connected and what X-Forwarded-For says."""
    trusted = trusted_proxies(settings.trusted_proxies)
    found = _read(peer)
    if found is None or not trusted:
        return peer
    claimed = forwarded.split(",")[-_MOST_HOPS:]
    while claimed and any(found in network for network in trusted):
        before = _read(claimed.pop())
        if before is None:
            break
        found = before
    return str(found)


@cache
def trusted_proxies(said: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks of the setting. Raises SetUpError for what is no address and no network."""
    words = [word.strip() for word in said.split(",") if word.strip()]
    try:
        return tuple(ip_network(word) for word in words)
    except ValueError as error:
        raise SetUpError(
            f"setting trusted_proxies: {error}; it lists addresses or networks, such as "
            "192.0.2.7, 10.1.0.0/16"
        ) from error


def _read(text: str) -> _Address | None:
    """The address in one entry, with or without a port or brackets."""
    word = text.strip()
    if word.startswith("["):
        word = word[1:].partition("]")[0]
    elif word.count(":") == 1:
        word = word.partition(":")[0]
    try:
        found = ip_address(word)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
