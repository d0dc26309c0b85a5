"""The allow-list: which hosts and networks inside may be called all the same.

parse_allowed("127.0.0.1:9000, 10.0.0.0/8, hooks.internal, [fd00::7]:8443")
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from lodge_platform.errors import SetUpError
from lodge_platform.outgoing.addresses import Address

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_EXAMPLE = "127.0.0.1:9000, 10.0.0.0/8, hooks.internal"


@dataclass(frozen=True)
class Allowed:
    """`names` and `networks`, each with the one port it is allowed for; None: any port."""

    names: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[tuple[IPv4Network | IPv6Network, int | None], ...] = ()

    def names_host(self, host: str, port: int) -> bool:
        """Whether the host is allowed by its name, whatever address it has."""
        return bool({(host, None), (host, port)} & self.names)

    def names_address(self, address: Address, port: int) -> bool:
        """Whether the address is allowed."""
        return any(
            address in network for network, only in self.networks if only is None or only == port
        )


def parse_allowed(text: str) -> Allowed:
    """The allow-list in a setting: entries between commas or blanks. Raises SetUpError."""
    names: set[tuple[str, int | None]] = set()
    networks: list[tuple[IPv4Network | IPv6Network, int | None]] = []
    for entry in text.replace(",", " ").split():
        host, port = _parted(entry)
        network = _network(host)
        if network is not None:
            networks.append((network, port))
        elif not _NAME.fullmatch(host):
            raise SetUpError(f"outgoing_allowed: {entry!r} is no host or network; as {_EXAMPLE}")
        else:
            names.add((host.lower().rstrip("."), port))
    return Allowed(frozenset(names), tuple(networks))


def _parted(entry: str) -> tuple[str, int | None]:
    if entry.startswith("[") and "]" in entry:
        host, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    elif entry.count(":") == 1:
        host, _, port = entry.partition(":")
    else:
        host, port = entry, ""
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise SetUpError(f"outgoing_allowed: {entry!r} has no port from 1 to 65535; as {_EXAMPLE}")
    return host, int(port)


def _network(host: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(host, strict=False) if "/" in host else ip_network(ip_address(host))
    except ValueError:
        return None
