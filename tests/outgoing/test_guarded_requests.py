"""Requests over real sockets: what the guard lets out, and what comes back."""

import gzip
import json
import ssl
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fixtures.receiver import Received, Receiver, receiving
from lodge_platform.errors import LodgeError, RefusedError, TryAgainError
from lodge_platform.outgoing import Limits, check_target, guarded_client, parse_allowed


class Names:
    """A resolver whose answers change: one after another, the last one for good."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int, _seconds: float) -> list[str]:
        self.asked.append(host)
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


@pytest.fixture
def canary() -> Iterator[Receiver]:
    """A server on loopback that nobody may reach."""
    with receiving() as receiver:
        yield receiver


def test_s13_no_url_of_the_shared_set_reaches_the_canary(
    canary: Receiver, shared_data: Path
) -> None:
    lines = (shared_data / "ssrf_urls" / "cases.jsonl").read_text("utf-8").splitlines()
    refused = 0
    with guarded_client(is_http_taken=True, limits=Limits(connect_seconds=1)) as client:
        for line in lines:
            case = json.loads(line)
            if (case.get("expect") or {}).get("allowed") is not False:
                continue
            for url in (case["url"], _with_port(case["url"], canary.port)):
                with pytest.raises(RefusedError):
                    client.get(url)
                refused += 1
    assert refused >= 100
    assert canary.received == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0"),
        *("[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]", "127.0.0.1.", "LOCALHOST."),  # noqa: S104
    ],
)
def test_s13_no_way_of_writing_loopback_reaches_the_canary(canary: Receiver, host: str) -> None:
    with guarded_client(is_http_taken=True) as client, pytest.raises(RefusedError):
        client.get(f"http://{host}:{canary.port}/")
    assert canary.received == []


def test_s13_a_name_that_changes_its_address_after_the_check_reaches_nothing(
    canary: Receiver,
) -> None:
    names = Names("93.184.216.34", "127.0.0.1")
    url = f"https://rebind.example.org:{canary.port}/"
    check_target(url, parse_allowed(""), resolve=names)
    with guarded_client(resolve=names) as client, pytest.raises(RefusedError, match="inside"):
        client.get(url)
    assert canary.received == []


def test_s13_the_connection_goes_to_the_address_that_was_checked(canary: Receiver) -> None:
    with receiving(host="127.0.0.2", port=canary.port) as checked:
        names = Names("127.0.0.2", "127.0.0.1")
        allowed = parse_allowed("127.0.0.2/32")
        with guarded_client(allowed, resolve=names) as client:
            client.get(f"http://rebind.example.org:{canary.port}/there")
        assert [request.path for request in checked.received] == ["/there"]
        assert checked.received[0].headers["host"] == f"rebind.example.org:{canary.port}"
    assert names.asked == ["rebind.example.org"]
    assert canary.received == []


def test_a_certificate_is_checked_for_the_name_and_the_name_is_sent(tmp_path: Path) -> None:
    server, trust = _certificate(tmp_path, "hooks.example.org")
    seen: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: seen.append(name)
    with receiving(tls=server) as receiver:
        allowed = parse_allowed(receiver.where)
        with guarded_client(allowed, resolve=Names("127.0.0.1"), tls=trust) as client:
            answer = client.get(f"https://hooks.example.org:{receiver.port}/")
            assert answer.text == "ok"
            with pytest.raises(TryAgainError, match="certificate"):
                client.get(f"https://other.example.org:{receiver.port}/")
        assert seen == ["hooks.example.org", "other.example.org"]
        with (
            guarded_client(allowed, resolve=Names("127.0.0.1")) as client,
            pytest.raises(TryAgainError, match="certificate"),
        ):
            client.get(f"https://hooks.example.org:{receiver.port}/")


def test_s13_a_redirect_is_not_followed_unless_asked_and_then_checked(canary: Receiver) -> None:
    with receiving() as outside:
        outside.answer = lambda _request: (302, {"location": canary.url("/secret")}, b"")
        allowed = parse_allowed(outside.where)
        with guarded_client(allowed) as client:
            assert client.get(outside.url()).status_code == 302
        with guarded_client(allowed, follows_redirects=True) as client:
            for place in (
                canary.url("/secret"),
                f"http://localhost:{canary.port}/",
                f"//127.1:{canary.port}/",
                "file:///etc/passwd",
                "http://user:word@example.org/",
                "https://exa mple/",
            ):
                outside.answer = lambda _request, place=place: (307, {"location": place}, b"")
                with pytest.raises(LodgeError):
                    client.get(outside.url())
            outside.answer = _once_around
            assert client.get(outside.url("/begin")).text == "arrived"
            outside.answer = lambda _request: (302, {"location": "/again"}, b"")
            with pytest.raises(RefusedError, match="redirects"):
                client.get(outside.url())
    assert canary.received == []


def test_s13_the_environment_changes_nothing(
    canary: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, canary.url())
    with receiving() as receiver, guarded_client(parse_allowed(receiver.where)) as client:
        assert client.get(receiver.url()).text == "ok"
    assert canary.received == []


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_an_answer_is_bounded_once_it_is_unpacked(packing: str) -> None:
    bomb = b"x" * 50_000_000
    packed = gzip.compress(bomb) if packing == "gzip" else zlib.compress(bomb)
    small = gzip.compress(b"small") if packing == "gzip" else zlib.compress(b"small")
    limits = Limits(answer_bytes=1_000_000)
    with (
        receiving() as receiver,
        guarded_client(parse_allowed(receiver.where), limits=limits) as client,
    ):
        receiver.answer = lambda _request: (200, {"content-encoding": packing}, small)
        assert client.get(receiver.url()).text == "small"
        receiver.answer = lambda _request: (200, {"content-encoding": packing}, packed)
        with pytest.raises(RefusedError, match="1000000 bytes"):
            client.get(receiver.url())
        receiver.answer = lambda _request: (200, {}, bomb[:2_000_000])
        with pytest.raises(RefusedError, match="1000000 bytes"):
            client.get(receiver.url())
        receiver.answer = lambda _request: (200, {"content-encoding": "br"}, b"?")
        with pytest.raises(RefusedError, match="br"):
            client.get(receiver.url())
        receiver.answer = lambda _request: (200, {"content-encoding": packing}, b"not packed")
        with pytest.raises(TryAgainError):
            client.get(receiver.url())
        assert all(one.headers["accept-encoding"] == "identity" for one in receiver.received)


def test_a_server_that_drips_is_left_when_the_time_is_over() -> None:
    limits = Limits(read_seconds=0.5, total_seconds=1.0)

    def drip(_request: Received) -> Iterator[bytes]:
        for letter in b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok" * 2:
            time.sleep(0.2)
            yield bytes([letter])

    with (
        receiving() as receiver,
        guarded_client(parse_allowed(receiver.where), limits=limits) as client,
    ):
        receiver.answer = drip
        with pytest.raises(TryAgainError, match="in time"):
            client.get(receiver.url())


def test_what_is_away_or_speaks_otherwise_is_to_be_tried_again_and_no_secret_is_said() -> None:
    with receiving() as receiver:
        where = receiver.where
        receiver.answer = lambda _request: iter([b"220 mail.example.org ESMTP\r\n"])
        with guarded_client(parse_allowed(where)) as client:
            with pytest.raises(TryAgainError) as spoken:
                client.get(receiver.url("/hook/SECRET?token=SECRET"))
            with pytest.raises(TryAgainError) as no_tls:
                client.get(f"https://{where}/hook/SECRET")
    with guarded_client(parse_allowed(where)) as client, pytest.raises(TryAgainError) as away:
        client.get(f"http://{where}/hook/SECRET")
    for raised in (spoken, no_tls, away):
        assert where in str(raised.value)
        assert "SECRET" not in str(raised.value)
    with guarded_client() as client, pytest.raises(RefusedError) as refused:
        client.get("http://127.0.0.1/hook/SECRET")
    assert "SECRET" not in str(refused.value)


def _once_around(request: Received) -> tuple[int, dict[str, str], bytes]:
    if request.path == "/begin":
        return 302, {"location": "/end"}, b""
    return 200, {}, b"arrived"


def _with_port(url: str, port: int) -> str:
    return str(httpx.URL(url).copy_with(port=port))


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for this name, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ip_address("192.0.2.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    trust = ssl.create_default_context(cafile=str(file))
    return server, trust
