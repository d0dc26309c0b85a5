"""S-23: whose address counts, with and without proxies in front."""

from pathlib import Path

import pytest
from fastapi import Request

from lodge_platform.errors import SetUpError
from lodge_platform.settings import load
from lodge_platform.web.client_address import client_address

OUTSIDE = "203.0.113.9"


def address(tmp_path: Path, peer: str, forwarded: list[str], trusted: str = "") -> str:
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded]
    headers += [(b"x-real-ip", b"198.51.100.66"), (b"forwarded", b"for=198.51.100.66")]
    request = Request({"type": "http", "headers": headers, "client": (peer, 1234)})
    return client_address(request, load(tmp_path, {"LODGE_TRUSTED_PROXIES": trusted}))


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "wanted"),
    [
        (OUTSIDE, ["192.0.2.1"], "", OUTSIDE),
        (OUTSIDE, ["192.0.2.1"], "10.0.0.1", OUTSIDE),
        ("10.0.0.1", ["192.0.2.1"], "10.0.0.1", "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1, 192.0.2.1"], "10.0.0.1", "192.0.2.1"),
        ("10.0.0.1", ["1.1.1.1, 192.0.2.1, 10.0.0.2"], "10.0.0.0/24", "192.0.2.1"),
        ("10.0.0.1", ["1.1.1.1", "192.0.2.1"], "10.0.0.1", "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1, rubbish"], "10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", ["127.0.0.1"], "10.0.0.1", "127.0.0.1"),
        ("10.0.0.1", ["192.0.2.1:4711"], "10.0.0.1", "192.0.2.1"),
        ("::ffff:10.0.0.1", ["[2001:db8::7]:443"], "10.0.0.1, 2001:db8:1::/48", "2001:db8::7"),
        ("10.0.0.1", ["10.0.0.9"] * 300, "10.0.0.0/24", "10.0.0.9"),
        ("testclient", ["192.0.2.1"], "10.0.0.1", "testclient"),
    ],
)
def test_s23_only_a_listed_proxy_says_where_a_request_comes_from(
    tmp_path: Path, peer: str, forwarded: list[str], trusted: str, wanted: str
) -> None:
    assert address(tmp_path, peer, forwarded, trusted) == wanted


def test_s23_a_setting_that_lists_no_address_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match=r"setting trusted_proxies: .*proxy\.example"):
        address(tmp_path, OUTSIDE, [], "10.0.0.1, proxy.example")
