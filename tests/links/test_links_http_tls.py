"""TLS to a source: an authority of our own, and a certificate that shows who we are."""

from collections.abc import Generator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fixtures.receiver import receiving
from links.certificates import Authority, private
from links.http_links import Asking, asking_in, numbers, orders
from lodge_platform.errors import LodgeError, SetUpError, TryAgainError
from lodge_platform.settings import Settings

MUTUAL = """
authentication:
  certificate_secret: certificate
  certificate_key_secret: key
  authority_secret: authority
"""


@pytest.fixture
def asking(sqlite_settings: Settings, tmp_path: Path) -> Generator[Asking]:
    with asking_in(sqlite_settings, tmp_path) as asking:
        yield asking


def test_a_source_is_trusted_by_the_authority_that_the_link_names(
    asking: Asking, tmp_path: Path
) -> None:
    authority, other = Authority(), Authority("Somebody else")
    with receiving(tls=authority.server(tmp_path)) as shop:
        shop.answer = lambda _request: orders(1)
        access = f"url: {shop.url()}\nauthentication: {{authority_secret: authority}}"
        asking.secrets["authority"] = authority.certificate
        assert numbers(asking.http(access, allowed=shop.where).rows()) == [1]
        asking.secrets["authority"] = other.certificate
        with pytest.raises(TryAgainError, match="certificate is not taken"):
            asking.http(access, allowed=shop.where).rows()
        with pytest.raises(TryAgainError, match="certificate is not taken"):
            asking.http(f"url: {shop.url()}", allowed=shop.where).rows()


def test_mutual_tls_shows_our_certificate(asking: Asking, tmp_path: Path) -> None:
    authority, clients = Authority(), Authority("Clients")
    us = clients.vouch("lodge")
    with receiving(tls=authority.server(tmp_path, asks_for=clients)) as shop:
        shop.answer = lambda _request: orders(2)
        asking.secrets |= {
            "authority": authority.certificate,
            "certificate": us.certificate,
            "key": us.key,
        }
        access = f"url: {shop.url()}\n{MUTUAL}"
        link = asking.http(access, allowed=shop.where)
        assert numbers(link.rows()) == [2]
        stranger = Authority("Strangers").vouch("lodge")
        asking.secrets |= {"certificate": stranger.certificate, "key": stranger.key}
        with pytest.raises(TryAgainError):
            link.rows()
        bare = f"url: {shop.url()}\nauthentication: {{authority_secret: authority}}"
        with pytest.raises(TryAgainError):
            asking.http(bare, allowed=shop.where).rows()
        assert len(shop.received) == 1


def test_s13_our_certificate_is_not_shown_to_another_origin(asking: Asking, tmp_path: Path) -> None:
    authority, clients = Authority(), Authority("Clients")
    us = clients.vouch("lodge")
    asking.secrets |= {
        "authority": authority.certificate,
        "certificate": us.certificate,
        "key": us.key,
    }
    tls = authority.server(tmp_path, asks_for=clients)
    with receiving(tls=tls) as shop, receiving(tls=tls) as elsewhere:
        elsewhere.answer = lambda _request: orders(9)
        shop.answer = lambda _request: (302, {"location": elsewhere.url()}, b"")
        link = asking.http(
            f"url: {shop.url()}\n{MUTUAL}", allowed=f"{shop.where} {elsewhere.where}"
        )
        with pytest.raises(TryAgainError):
            link.rows()
        assert len(shop.received) == 1
        assert elsewhere.received == []


def test_what_is_no_certificate_is_said_by_the_name_of_its_secret(asking: Asking) -> None:
    us = Authority().vouch("lodge")
    locked = private(ec.generate_private_key(ec.SECP256R1()), "password")
    good = {"authority": Authority().certificate, "certificate": us.certificate, "key": us.key}
    for wrong in (
        {"authority": "SECRET"},
        {"certificate": "SECRET"},
        {"key": "SECRET"},
        {"key": locked},
        {"key": Authority().vouch("other").key},
    ):
        asking.secrets = good | wrong
        with pytest.raises(SetUpError, match="in PEM") as raised:
            asking.http(f"url: https://127.0.0.1:9/\n{MUTUAL}", allowed="127.0.0.1:9").rows()
        assert "SECRET" not in str(raised.value)
    asking.secrets = {}
    with pytest.raises(LodgeError, match="authority"):
        asking.http(f"url: https://127.0.0.1:9/\n{MUTUAL}", allowed="127.0.0.1:9").rows()
