"""Where a request may go: decided on addresses and URLs, without a network."""

import json
from ipaddress import ip_address
from pathlib import Path

import pytest

from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.outgoing import (
    Allowed,
    check_target,
    check_url,
    is_public,
    parse_allowed,
    resolve_by_system,
)
from lodge_platform.outgoing.checking import addresses_of

NOBODY = Allowed()


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::200e"),
        *("::ffff:8.8.8.8", "64:ff9b::808:808", "64:ff9b:1:808:8:800::"),
    ],
)
def test_s13_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.3"),  # noqa: S104
        *("169.254.169.254", "172.31.0.1", "192.168.1.1", "192.0.0.192", "198.18.0.1"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
        *("192.88.99.1", "192.0.2.1", "198.51.100.7", "203.0.113.9"),
        *("::", "::1", "::7f00:1", "::808:808", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
        *("::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1"),
        *("64:ff9b:1:7f00:0:100::", "64:ff9b:1:80a:0:100::", "2002:7f00:1::", "2002:808:808::"),
        *("2001:0:7f00:1::", "2001:10::1", "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254"),
        *("fe80::1", "fe80::1%eth0", "2606:4700::1%1", "fec0::1", "ff02::1", "100::1", "5f00::1"),
        *("2606:4700::5efe:a00:1", "4000::1"),
    ],
)
def test_s13_any_other_address_is_not(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.org/", "https"),
        ("ftp://example.org/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://example.org:70/", "scheme"),
        ("//example.org/", "scheme"),
        ("example.org/hook", "scheme"),
        ("https://", "host"),
        ("https:///etc", "host"),
        ("https://user:word@example.org/", "password"),
        ("https://user@example.org/", "password"),
        ("https://@example.org/", "password"),
        ("https://example.org\\@127.0.0.1/", "backslash"),
        ("https://exa mple.org/", "blank"),
        ("https://example.org/\r\nHost: inside", "blank"),
        ("https://localhost/", "inside"),
        ("https://a.localhost/", "inside"),
        ("https://metadata.google.internal/", "inside"),
        ("https://printer/", "inside"),
        ("https://2130706433/", "number"),
        ("https://0x7f000001/", "number"),
        ("https://0x7f.1/", "number"),
        ("https://017700000001/", "number"),
        ("https://0177.0.0.1/", "not a URL"),
        ("https://127.1/", "number"),
        ("https://134744072/", "number"),
        ("https://127.0.0.1./", "inside"),
        ("https://169.254.169.254/latest/meta-data/", "inside"),
        ("https://[::1]/", "inside"),
        ("https://[::ffff:127.0.0.1]/", "inside"),
        ("https://[::ffff:7f00:1]/", "inside"),
        ("https://[0:0:0:0:0:ffff:127.0.0.1]/", "inside"),
        ("https://[fe80::1%25eth0]/", "."),
        ("https://example.org:22/", "port"),
        ("https://example.org:0/", "port"),
        ("https://example.org:99999/", "port"),
        ("https://example..org/", "."),
        ("https://" + "a" * 3000, "longer"),
        ("https://ⓔxample.ⓛocalhost/", "."),
        ("https://①②⑦.⓪.⓪.①/", "."),
        ("https://127。0。0。1/", "."),
    ],
)
def test_s13_a_url_that_leads_elsewhere_is_refused_and_the_word_says_why(
    url: str, said: str
) -> None:
    with pytest.raises(RefusedError, match=said) as refused:
        check_url(url, NOBODY)
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hook?x=1",
        "https://hooks.example.org:8443/",
        "https://bücher.example.org/",
        "https://93.184.216.34/",
        "https://[2606:4700::1111]:8443/a",
        "HTTPS://Example.ORG./",
    ],
)
def test_s13_a_url_of_the_internet_is_taken(url: str) -> None:
    check_url(url, NOBODY)


def test_s13_the_shared_urls_are_judged_as_they_are_labelled(shared_data: Path) -> None:
    lines = (shared_data / "ssrf_urls" / "cases.jsonl").read_text("utf-8").splitlines()
    wrong: list[str] = []
    judged = 0
    for line in lines:
        case = json.loads(line)
        if (case.get("expect") or {}).get("allowed") is None:
            continue
        judged += 1
        try:
            check_target(case["url"], NOBODY, is_http_taken=True)
        except RefusedError:
            is_taken = False
        else:
            is_taken = True
        if is_taken != case["expect"]["allowed"]:
            wrong.append(case["id"])
    assert judged >= 51
    assert not wrong


def test_the_allow_list_names_hosts_networks_and_ports() -> None:
    allowed = parse_allowed("127.0.0.1:9000, 10.0.0.0/8 hooks.internal:8080,[fd00::7]:8443, CRM")
    for url in (
        "http://127.0.0.1:9000/",
        "http://10.1.2.3:81/x",
        "http://hooks.internal:8080/",
        "https://[fd00::7]:8443/",
        "http://crm/",
        "https://CRM:22/",
    ):
        check_url(url, allowed)
    for url in (
        "http://127.0.0.1:9001/",
        "http://11.1.2.3/",
        "https://[fd00::8]:8443/",
        "https://[fd00::7]/",
        "http://93.184.216.34/",
    ):
        with pytest.raises(RefusedError):
            check_url(url, allowed)


@pytest.mark.parametrize("text", ["10.0.0.0/99", "host:0", "host:many", "a/b", "::1:x:", "[::1"])
def test_an_allow_list_that_cannot_be_read_says_how_it_is_written(text: str) -> None:
    with pytest.raises(SetUpError, match="outgoing_allowed"):
        parse_allowed(text)


def test_s13_a_name_inside_is_taken_only_where_its_addresses_are_allowed() -> None:
    allowed = parse_allowed("10.0.0.0/8")

    for address, url, is_taken in (
        ("10.1.2.3", "http://crm.internal/", True),
        ("192.168.1.1", "http://crm.internal/", False),
        ("93.184.216.34", "http://crm.example.org/", False),  # plain http through the internet
        ("93.184.216.34", "https://crm.example.org/", True),
    ):

        def resolve(_host: str, _port: int, _seconds: float, *, found: str = address) -> list[str]:
            return [found]

        if is_taken:
            check_target(url, allowed, resolve=resolve)
        else:
            with pytest.raises(RefusedError):
                check_target(url, allowed, resolve=resolve)


def test_s13_a_name_with_one_address_inside_is_refused_altogether() -> None:
    def resolve(_host: str, _port: int, _seconds: float) -> list[str]:
        return ["93.184.216.34", "::ffff:10.0.0.1"]

    with pytest.raises(RefusedError, match="inside"):
        addresses_of("example.org", 443, NOBODY, resolve, seconds=1)


def test_a_name_without_an_address_is_to_be_tried_again() -> None:
    with pytest.raises(TryAgainError, match=r"nowhere\.invalid"):
        addresses_of("nowhere.invalid", 443, NOBODY, resolve_by_system, seconds=5)
