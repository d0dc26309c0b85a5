"""Which network addresses are public: everything else is inside, ours or nobody's. Pure.

The lists are those of the IANA special-purpose registries (RFC 6890), written out, so that the
answer does not change with the version of Python; what Python calls not global is refused too.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_REFUSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and a cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own agent, on an address that looks public
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_UNICAST_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, ORCHID, benchmarks and the like
        "2001:db8::/32",
        "2002::/16",  # 6to4, given up by RFC 7526
        "3fff::/20",
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: Address) -> bool:
    """Whether `address` is out in the internet, an IPv4 address that it carries included."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None:
        return False
    if address in _MAPPED or address in _NAT64:
        return is_public(_v4(address, 96))
    if address in _LOCAL_NAT64:
        return _is_public_behind_local_nat64(address)
    if address not in _UNICAST_V6 or not address.is_global:
        return False
    if any(address in network for network in _REFUSED_V6):
        return False
    is_isatap = (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
    return not is_isatap or is_public(_v4(address, 96))


def _is_public_behind_local_nat64(address: IPv6Address) -> bool:
    """How long the prefix is there is the operator's choice, so every reading must be public."""
    octets = address.packed
    if octets[8] or any(octets[11:]):
        return False
    return all(is_public(_v4(address, length)) for length in (48, 56, 64))


def _v4(address: IPv6Address, prefix_length: int) -> IPv4Address:
    """The IPv4 address carried after a prefix of that many bits (RFC 6052: octet 8 is skipped)."""
    octets = address.packed
    begin = prefix_length // 8
    if prefix_length == 96:
        return IPv4Address(octets[12:])
    carried = [octets[place] for place in range(begin, 16) if place != 8]
    return IPv4Address(bytes(carried[:4]))
