"""Sources that are slow, down or broken: the documented answer, and nothing else is held. S-14."""

import json
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from fixtures.receiver import Answer, Received, Receiver, receiving
from fixtures.waiting import soon
from fixtures.workplace import NINE, Workplace
from links.asking_house import LinkHouse, opened
from lodge_adapters.access.source import SlowSourceError, TooLargeError
from lodge_adapters.breakers import LeftAloneError, PlaceBreaker
from lodge_adapters.call_errors import BusyPlaceError
from lodge_adapters.language import Breaker
from lodge_platform.errors import TryAgainError


@pytest.fixture
def house(sqlite_workplace: Workplace) -> Generator[LinkHouse]:
    """The house on SQLite."""
    yield from opened(sqlite_workplace)


@pytest.fixture
def receiver() -> Generator[Receiver]:
    """A server that says two rows until it is told otherwise."""
    with receiving() as found:
        found.answer = lambda _request: rows(1, 2)
        yield found


class Stuck:
    """An answer that does not come until it may."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()

    def __call__(self, _request: Received) -> Answer:
        self.may_answer.wait(60)
        return rows(1)


@pytest.fixture
def stuck(receiver: Receiver) -> Generator[Stuck]:
    """The server does not answer; at the end it may."""
    receiver.answer = found = Stuck()
    yield found
    found.may_answer.set()


def rows(*numbers: int) -> Answer:
    """An answer with these rows."""
    said = json.dumps({"rows": [{"number": number} for number in numbers]})
    return 200, {"content-type": "application/json"}, said.encode()


def test_a_slow_source_is_answered_for_at_its_deadline(
    house: LinkHouse, receiver: Receiver, stuck: Stuck
) -> None:
    house.from_server(receiver.where, more="limits: {seconds: 0.3, tries: 3}")
    with pytest.raises(SlowSourceError):
        house.ask("slow", {})
    grace = house.asker("grace", "agent")
    answer = grace.get("slow", headers={"accept": "application/json"})
    assert answer.status_code == 504
    assert answer.json()["type"].endswith("/source-slow")
    assert receiver.where in answer.json()["detail"]
    assert house.outcomes() == ["slow", "slow"]
    assert receiver.where in house.state("slow").failure
    assert house.state("slow").failing_since is not None


def test_a_slow_source_holds_neither_another_link_nor_the_web(
    house: LinkHouse, receiver: Receiver, stuck: Stuck
) -> None:
    house.from_server(receiver.where, more="limits: {seconds: 60, at_once: 2}")
    house.customer()
    house.shop([(7, "Ada", "gold", "ada@example.org")])
    house.house.person("grace", "agent")
    key = house.house.key("grace")
    with ThreadPoolExecutor(20) as threads, house.served(key) as client:
        for _ in range(20):  # more than the server has threads
            threads.submit(client.get, "slow")
        assert soon(lambda: len(receiver.received) == 2)
        for _ in range(20):
            assert client.get("customer?email=ada%40example.org").status_code == 200
        assert house.ask().rows
        assert len(receiver.received) == 2  # no more than two at once
        stuck.may_answer.set()
    assert len(receiver.received) == 20


def test_a_call_that_hangs_keeps_its_turn_and_who_waits_is_told_in_time(
    house: LinkHouse, receiver: Receiver, stuck: Stuck
) -> None:
    house.from_server(receiver.where, more="limits: {seconds: 60, at_once: 1, tries: 1}")
    house.from_server(receiver.where, "other", more="limits: {seconds: 0.2, at_once: 1}")
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(house.ask, "slow", {})
        assert soon(lambda: len(receiver.received) == 1)
        with pytest.raises(BusyPlaceError, match="1 calls of it are under way"):
            house.ask("other", {})
        stuck.may_answer.set()
        assert hanging.result(timeout=30).rows == [{"number": 1}]
    assert house.ask("other", {}).rows == [{"number": 1}]


def test_after_failures_in_a_row_the_source_is_left_alone_then_tried_once(
    house: LinkHouse, receiver: Receiver
) -> None:
    more = "breaker: {failures: 3, seconds: 30}\nlimits: {tries: 1}"
    house.from_server(receiver.where, more=more)
    house.from_server(receiver.where, "other", more=more)
    receiver.answer = lambda _request: (503, {}, b"")
    for _ in range(3):
        with pytest.raises(TryAgainError):
            house.ask("slow", {})
    with pytest.raises(LeftAloneError):
        house.ask("slow", {})
    with pytest.raises(LeftAloneError):
        house.ask("other", {})  # one breaker for the place
    assert len(receiver.received) == 3
    with pytest.raises(TryAgainError):
        house.ask("slow", {}, now=NINE + timedelta(seconds=31))
    assert len(receiver.received) == 4
    with pytest.raises(LeftAloneError):
        house.ask("slow", {}, now=NINE + timedelta(seconds=32))
    receiver.answer = lambda _request: rows(1)
    assert house.ask("slow", {}, now=NINE + timedelta(seconds=65)).rows
    assert house.ask("other", {}, now=NINE + timedelta(seconds=65)).rows
    assert house.outcomes()[:5] == ["down", "down", "down", "left_alone", "left_alone"]


def test_one_try_after_the_rest_and_no_second_beside_it() -> None:
    breaker, settings = PlaceBreaker("here"), Breaker(failures=1, seconds=30)
    assert breaker.let_in(settings, NINE) is False
    breaker.failed(settings, NINE, is_try=False)
    later = NINE + timedelta(seconds=30)
    assert breaker.let_in(settings, later) is True
    with pytest.raises(LeftAloneError):
        breaker.let_in(settings, later)
    breaker.undecided(is_try=True)  # its asker went away
    assert breaker.let_in(settings, later) is True
    breaker.answered(is_try=True)
    assert breaker.let_in(settings, later) is False


def test_what_is_left_alone_says_when_to_come_again(house: LinkHouse, receiver: Receiver) -> None:
    house.from_server(receiver.where, more="breaker: {failures: 1}\nlimits: {tries: 1}")
    receiver.answer = lambda _request: (500, {}, b"")
    grace = house.asker("grace", "agent")
    for _ in range(2):
        answer = grace.get("slow")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert b"/source-down</type>" in answer.content
    assert house.outcomes() == ["down", "left_alone"]


def test_a_call_that_fails_is_made_again_before_the_first_row(
    house: LinkHouse, receiver: Receiver
) -> None:
    answers: list[Answer] = [(502, {}, b""), (502, {}, b""), rows(5)]
    receiver.answer = lambda _request: answers.pop(0)
    house.from_server(receiver.where, more="limits: {tries: 3}")
    assert house.ask("slow", {}).rows == [{"number": 5}]
    assert house.outcomes() == ["answered"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<html><body>Sign in</body></html>", 502, "source-broken"),
        (b'{"rows": [{"number": 1},', 502, "source-broken"),
        (b'{"rows": [{"number": "many"}]}', 502, "source-broken"),
        (b'{"rows": [{"count": 1}]}', 502, "source-broken"),
    ],
)
def test_a_broken_answer_is_told_and_noted_until_it_is_whole_again(
    house: LinkHouse, receiver: Receiver, content: bytes, status: int, code: str
) -> None:
    house.from_server(receiver.where)
    kind = "text/html" if content.startswith(b"<") else "application/json"
    receiver.answer = lambda _request: (200, {"content-type": kind}, content)
    grace = house.asker("grace", "agent")
    answer = grace.get("slow", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (status, code)
    assert house.outcomes() == ["broken"]
    state = house.state("slow")
    assert state.breach
    assert state.failure is None
    receiver.answer = lambda _request: rows(1)
    grace.get("slow")
    assert house.state("slow").breach is None
    assert house.state("slow").breached_at is not None


def test_a_breach_that_was_put_up_with_is_noted_too(house: LinkHouse, receiver: Receiver) -> None:
    house.from_server(receiver.where, more="contract: discard")
    receiver.answer = lambda _request: (
        200,
        {"content-type": "application/json"},
        b'{"rows": [{"number": 1}, {"number": "x"}]}',
    )
    assert len(house.ask("slow", {}).rows) == 1
    [call] = house.calls()
    assert (call.outcome, call.row_count, call.discarded_count) == ("answered", 1, 1)
    assert "number" in house.state("slow").breach


def test_more_rows_than_the_limit_are_cut_off_and_more_bytes_refused(
    house: LinkHouse, receiver: Receiver
) -> None:
    receiver.answer = lambda _request: rows(*range(100))
    house.from_server(receiver.where, "few", more="limits: {rows: 10}")
    house.from_server(receiver.where, "all", more="limits: {rows: 100}")
    house.from_server(receiver.where, "small", more="limits: {bytes: 50}")
    found = house.ask("few", {})
    assert (len(found.rows), found.is_truncated) == (10, True)
    assert house.ask("all", {}).is_truncated is False
    with pytest.raises(TooLargeError):
        house.ask("small", {})
    grace = house.asker("grace", "agent")
    assert b'<end rows="10" discarded="0" truncated="true"/>' in grace.get("few").content
    answer = grace.get("small", headers={"accept": "application/json"})
    assert answer.json()["type"].endswith("/answer-too-large")
    assert house.outcomes()[-1] == "too_large"


def test_what_is_set_up_wrongly_is_told_to_the_house_and_not_to_every_asker(
    house: LinkHouse,
) -> None:
    house.from_server("127.0.0.1:9", more="limits: {tries: 1}")
    text = (house.home / "links" / "slow.yaml").read_text("utf-8")
    house.file("inside.yaml", text.replace('allowed: ["127.0.0.1:9"]', ""))
    grace = house.asker("grace", "agent")
    answer = grace.get("inside", headers={"accept": "application/json"})
    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text
    assert "127.0.0.1:9" in house.state("inside").failure
    assert house.outcomes() == ["refused"]


def test_a_load_has_all_rows_and_its_time_for_each_batch(
    house: LinkHouse, receiver: Receiver
) -> None:
    house.from_server(receiver.where, more="limits: {rows: 10}\ncache: {seconds: 60}")
    receiver.answer = lambda _request: rows(*range(5000))
    for _ in range(2):
        batches = list(house.links.batches("slow", {}, now=NINE))
        assert [row["number"] for batch in batches for row in batch] == list(range(5000))
    assert len(receiver.received) == 2  # never from what is kept
    called = house.calls()
    assert [call.caller_kind for call in called] == ["pipeline", "pipeline"]
    assert [call.row_count for call in called] == [5000, 5000]
    begun: Iterator[object] = iter(house.links.batches("slow", {}, now=NINE))
    next(begun)
    close: Callable[[], None] = begun.close  # pyright: ignore
    close()
    assert soon(lambda: len(house.calls()) == 3)
