"""Requests byte by byte to the real server: whatever is sent, it answers in words and lives on."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from api.house import House


@pytest.fixture
def server(sqlite_house: House) -> Generator[tuple[httpx.Client, str]]:
    """The real server: a program that asks, and its key."""
    sqlite_house.person("sue", "supervisor")
    sqlite_house.case()
    key = sqlite_house.key("sue")
    with sqlite_house.served(key) as client:
        yield client, key


@contextmanager
def connected(client: httpx.Client) -> Generator[socket.socket]:
    """A connection to the server."""
    where = urlsplit(str(client.base_url))
    with socket.create_connection((str(where.hostname), int(where.port or 0)), 20) as there:
        yield there


def said(client: httpx.Client, request: bytes, *, is_whole: bool = True) -> bytes:
    """All that the server answers to these bytes until it closes; not whole, we close first."""
    with connected(client) as there:
        there.sendall(request)
        if not is_whole:
            there.shutdown(socket.SHUT_WR)
        parts = []
        while part := there.recv(65536):
            parts.append(part)
        return b"".join(parts)


def get(target: bytes, key: str, *lines: bytes) -> bytes:
    """A GET of this target with these header lines."""
    head = [b"GET " + target + b" HTTP/1.1", b"Host: lodge.test", b"Connection: close"]
    head += [b"Authorization: Bearer " + key.encode(), *lines]
    return b"\r\n".join([*head, b"", b""])


def status_of(answer: bytes) -> int:
    """The status of the first answer."""
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer.split(b" ", 2)[1])


TARGETS = [
    b"/api/v1/../v1/cases",
    b"/api/v1/%2e%2e/health",
    b"/api/v1/..%2f..%2fconsole",
    b"/api/v1/cases/%",
    b"/api/v1/cases/%2",
    b"/api/v1/cases/1%00",
    b"/api/v1/cases/\xc3\xa9",
    b"/api/v1/words/\xff\xfe",
    b"/api/v1/words/%c0%af",
    b"/api/v1/words/a\tb",
    b"/api/v1/cases?subject=\xff",
    b"/api/v1/cases?subject=a\x00b",
    b"/api/v1/cases?%0d%0aX-Evil:1=1",
    b"/api/v1/cases?limit=1&subject.contains=%0d%0aX-Evil:%201",
    b"/api/v1/cases?limit=1>;rel=x,<http://evil",
    b"/api/v1/cases#fragment",
    b"http://evil.test/api/v1/cases",
    b"//evil.test/api/v1/cases",
    b"/%61pi/v1/cases",
    b"/api%2fv1/cases",
    b"/api/v1%2fcases",
    b"/api/v1",
    b"/api/v1/",
    b"/API/V1/cases",
    b"*",
    b"/api/v1/words/" + b"a" * 9000,
    b"/api/v1/words/" + b"%F0%9F%98%80" * 600,
]


def test_s16_no_address_breaks_the_server_or_its_headers(server: tuple[httpx.Client, str]) -> None:
    client, key = server
    for target in TARGETS:
        answer = said(client, get(target, key))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert 200 <= status_of(answer) < 500, (target, answer)
        assert b"x-evil" not in head.lower(), target
        assert b"Traceback" not in body
        assert b"/lodge_platform/" not in body
    assert client.get("/cases").status_code == 200


def test_a_link_to_the_next_page_cannot_be_forged(server: tuple[httpx.Client, str]) -> None:
    client, key = server
    client.post("/cases", json={"subject": "a>; rel=x, <b", "customer_id": 1})
    client.post("/cases", json={"subject": "a>; rel=x, <b", "customer_id": 1})
    query = b"limit=1&subject.contains=>;%20rel=x,%20<b"
    answer = said(client, get(b"/api/v1/cases?" + query, key))
    if status_of(answer) == 200:
        [link] = [line for line in answer.split(b"\r\n") if line.lower().startswith(b"link:")]
        assert link.count(b">") == 1, link
        assert link.endswith(b'>; rel="next"'), link


def test_no_header_breaks_the_server(server: tuple[httpx.Client, str]) -> None:
    client, key = server
    for line in (
        b"Accept: \xff\xfe",
        b"Accept: application/json;q=\xff",
        b"Accept: " + b"text/html;q=0.1," * 3000,
        b"If-None-Match: " + b'"x",' * 3000,
        b"If-None-Match: \xff",
        b"Origin: \xff",
        b"Cookie: lodge_session=\xff; lodge_session=",
        b"Cookie: " + b"a=b; " * 2000,
        b"Content-Length: 5",
        b"X-Forwarded-For: \xff, 1, 2",
        b"Idempotency-Key: \xff",
        b"Host: evil.test",
        b"Range: bytes=0-1",
        b"Expect: 100-continue",
        b"Upgrade: websocket\r\nConnection: upgrade",
        b"Transfer-Encoding: chunked",
    ):
        answer = said(client, get(b"/api/v1/cases", key, line), is_whole=b"ength" not in line)
        assert not answer or 200 <= status_of(answer) < 500, (line[:60], answer[:300])
    assert client.get("/cases").status_code == 200


def post(key: str, *lines: bytes, body: bytes = b"") -> bytes:
    """A POST of a case with these header lines and this body."""
    head = [b"POST /api/v1/cases HTTP/1.1", b"Host: lodge.test", b"Connection: close"]
    head += [b"Authorization: Bearer " + key.encode(), b"Content-Type: application/json", *lines]
    return b"\r\n".join([*head, b"", body])


def test_no_body_breaks_the_server(server: tuple[httpx.Client, str]) -> None:
    client, key = server
    good = b'{"subject": "Refund", "customer_id": 1}'
    length = b"Content-Length: %d" % len(good)
    before = client.get("/cases?count=true").json()["total"]
    for request, statuses in (
        (post(key, length, body=good), {201}),
        (post(key, length, body=good[:-1]), {400, 0}),
        (post(key, b"Content-Length: 3000000", body=b"x" * 100), {413}),
        (post(key, b"Content-Length: -1", body=good), {400}),
        (post(key, b"Content-Length: x", body=good), {400}),
        (post(key, length, b"Content-Length: 2", body=good), {400}),
        (post(key, b"Content-Length: 0"), {400}),
        (post(key), {400}),
        (post(key, b"Transfer-Encoding: chunked", body=b"5\r\nabcde\r\n0\r\n\r\n"), {400}),
        (post(key, b"Transfer-Encoding: chunked", body=b"zz\r\n"), {400, 0}),
        (post(key, b"Transfer-Encoding: chunked", length, body=good), {400, 0}),
        (post(key, b"Content-Encoding: gzip", length, body=good), {415}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", {400}),
        (b"GET\r\n\r\n", {400}),
        (b"\0" * 100, {400}),
    ):
        answer = said(client, request, is_whole=0 not in statuses)
        assert (status_of(answer) if answer else 0) in statuses, (request[-80:], answer[:200])
    assert client.get("/cases?count=true").json()["total"] == before + 1


def test_a_large_body_is_refused_before_it_is_sent_to_the_end(
    server: tuple[httpx.Client, str],
) -> None:
    client, key = server
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    answer = b""
    with connected(client) as there:
        there.sendall(post(key, b"Transfer-Encoding: chunked"))
        sent = 0
        there.settimeout(20)
        try:
            while sent < 50_000_000:
                there.sendall(chunk)
                sent += 65536
                there.setblocking(False)
                try:
                    answer = there.recv(65536)
                    break
                except BlockingIOError:
                    there.settimeout(20)
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert sent < 20_000_000
    assert not answer or status_of(answer) == 413
    assert client.get("/cases").status_code == 200
