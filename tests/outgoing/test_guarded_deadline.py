"""A request that must be over at an instant of its own, and an answer that ends too early."""

import gzip
import threading
from collections.abc import Iterator
from time import monotonic

import httpx
import pytest

from fixtures.receiver import Received, receiving
from lodge_platform.errors import TryAgainError
from lodge_platform.outgoing import Limits, guarded_client, parse_allowed


def test_a_request_ends_at_its_own_deadline_before_the_limits_do() -> None:
    over = threading.Event()

    def hang(_request: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"
        over.wait(20)

    limits = Limits(read_seconds=300, total_seconds=300)
    with (
        receiving() as receiver,
        guarded_client(parse_allowed(receiver.where), limits=limits) as client,
    ):
        receiver.answer = hang
        begun = monotonic()
        request = httpx.Request("GET", receiver.url(), extensions={"deadline": begun + 0.3})
        try:
            with pytest.raises(TryAgainError, match="in time"):
                client.send(request)
        finally:
            over.set()


def test_an_answer_that_is_packed_and_cut_off_is_not_taken_for_whole() -> None:
    packed = gzip.compress(b"".join(b"%d\n" % number for number in range(9999)))
    with receiving() as receiver, guarded_client(parse_allowed(receiver.where)) as client:
        receiver.answer = lambda _r: (200, {"content-encoding": "gzip"}, packed[:-20])
        with pytest.raises(TryAgainError, match="packed badly"):
            client.get(receiver.url())
        receiver.answer = lambda _r: (200, {"content-encoding": "gzip"}, packed + packed[:-20])
        with pytest.raises(TryAgainError, match="packed badly"):
            client.get(receiver.url())
        receiver.answer = lambda _r: (200, {"content-encoding": "gzip"}, b"")
        assert client.get(receiver.url()).content == b""


def test_several_packings_one_behind_the_other_are_one_answer() -> None:
    parts = [b"%d\n" % number * 5000 for number in range(4)]
    packed = b"".join(map(gzip.compress, parts))
    with receiving() as receiver, guarded_client(parse_allowed(receiver.where)) as client:
        receiver.answer = lambda _r: (200, {"content-encoding": "gzip"}, packed)
        assert client.get(receiver.url()).content == b"".join(parts)
