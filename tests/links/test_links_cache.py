"""Kept answers: fresh for a while, one call for many askers, in place of a source that fails."""

import json
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from fixtures.receiver import Answer, Received, Receiver, receiving
from fixtures.waiting import soon
from fixtures.workplace import NINE, Workplace
from links.asking_house import LinkHouse, opened
from lodge_adapters.answers.envelope import End
from lodge_adapters.cache import Entry, Kept
from lodge_adapters.language import Cache
from lodge_platform.errors import TryAgainError
from lodge_platform.links.answers import Provenance

ADA = (7, "Ada", "gold", "ada@example.org")
ASKED = "customer?email=ada%40example.org"


@pytest.fixture
def house(sqlite_workplace: Workplace) -> Generator[LinkHouse]:
    """The house on SQLite."""
    yield from opened(sqlite_workplace)


@pytest.fixture
def receiver() -> Generator[Receiver]:
    """A server that says its rows."""
    with receiving() as found:
        found.answer = lambda _request: rows(1, 2)
        yield found


def rows(*numbers: int) -> Answer:
    """An answer with these rows."""
    said = json.dumps({"rows": [{"number": number} for number in numbers]})
    return 200, {"content-type": "application/json"}, said.encode()


def test_an_answer_is_kept_for_as_long_as_the_file_says(
    house: LinkHouse, receiver: Receiver
) -> None:
    house.from_server(receiver.where, more="cache: {seconds: 60}")
    first = house.ask("slow", {"q": "a"})
    again = house.ask("slow", {"q": "a"}, now=NINE + timedelta(seconds=59))
    assert len(receiver.received) == 1
    assert again.rows == first.rows
    assert (first.provenance.is_from_cache, again.provenance.is_from_cache) == (False, True)
    assert again.provenance.fetched_at == NINE
    house.ask("slow", {"q": "b"})
    house.ask("slow", {})
    assert len(receiver.received) == 3
    later = house.ask("slow", {"q": "a"}, now=NINE + timedelta(seconds=60))
    assert len(receiver.received) == 4
    assert later.provenance.is_from_cache is False
    assert house.outcomes() == ["answered", "cached", "answered", "answered", "answered"]


def test_an_older_answer_stands_in_for_a_source_that_fails_and_says_so(
    house: LinkHouse, receiver: Receiver
) -> None:
    more = "cache: {seconds: 10, stale_if_error_seconds: 100}\nlimits: {tries: 1}"
    house.from_server(receiver.where, more=more)
    house.ask("slow", {})
    receiver.answer = lambda _request: (500, {}, b"")
    stale = house.ask("slow", {}, now=NINE + timedelta(seconds=109))
    assert stale.rows == [{"number": 1}, {"number": 2}]
    assert (stale.provenance.is_from_cache, stale.provenance.is_stale) == (True, True)
    assert house.state("slow").failure is not None
    with pytest.raises(TryAgainError):
        house.ask("slow", {}, now=NINE + timedelta(seconds=110))
    assert house.outcomes() == ["answered", "stale", "down"]
    receiver.answer = lambda _request: rows(3)
    house.ask("slow", {}, now=NINE + timedelta(seconds=111))
    assert house.state("slow").failure is None


def test_a_file_that_changes_forgets_what_was_kept(house: LinkHouse, receiver: Receiver) -> None:
    path = house.from_server(receiver.where, more="cache: {seconds: 60}")
    house.ask("slow", {})
    house.file("slow.yaml", path.read_text("utf-8").replace("From the", "Out of the"))
    house.ask("slow", {})
    assert len(receiver.received) == 2


def test_many_who_ask_the_same_at_once_make_one_call(house: LinkHouse, receiver: Receiver) -> None:
    house.from_server(receiver.where, more="cache: {seconds: 60}")
    may_answer = threading.Event()

    def answer(_request: Received) -> Answer:
        may_answer.wait(30)
        return rows(1)

    receiver.answer = answer
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(house.ask, "slow", {}) for _ in range(8)]
        assert soon(lambda: len(receiver.received) == 1)
        may_answer.set()
        answers = [one.result(timeout=30) for one in asked]
    assert len(receiver.received) == 1
    assert [one.rows for one in answers] == [[{"number": 1}]] * 8
    assert sorted(house.outcomes()).count("cached") == 7


def test_readers_who_see_less_have_answers_of_their_own(house: LinkHouse) -> None:
    from lodge_platform.identity.actions import Action

    house.customer(more="cache: {seconds: 3600}")
    house.shop([ADA])
    grace = house.asker("grace", "agent")
    assert b"Ada" in grace.get(ASKED).content
    few = house.program(house.house.key("grace", actions=[Action.LINK_ASK]))
    for _ in range(3):
        assert b"Ada" not in few.get(ASKED).content
        assert b"Ada" in grace.get(ASKED).content


def test_etag_age_and_304(house: LinkHouse) -> None:
    house.customer(more="cache: {seconds: 3600}")
    house.shop([ADA])
    grace = house.asker("grace", "agent")
    first = grace.get(ASKED)
    assert first.headers["cache-control"] == "private, max-age=3600"
    assert b'from_cache="false"' in first.content
    for _ in range(3):
        kept = grace.get(ASKED)
        assert kept.content.replace(b'"true" stale', b'"false" stale') == first.content
        assert kept.headers["etag"] != first.headers["etag"]  # strong: the bytes differ
        assert int(kept.headers["age"]) >= 0
        assert set(kept.headers) == set(first.headers)
        for etag in (
            first.headers["etag"],
            kept.headers["etag"],
            "*",
            f'"x", {kept.headers["etag"]}',
        ):
            same = grace.get(ASKED, headers={"if-none-match": etag})
            assert (same.status_code, same.content) == (304, b"")
        assert grace.get(ASKED, headers={"if-none-match": '"x"'}).status_code == 200
    assert set(house.outcomes()) == {"answered", "cached"}
    head, whole = grace.head(ASKED), grace.get(ASKED)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))


def test_a_kept_answer_of_a_link_that_is_not_there_any_more_is_not_handed_out(
    house: LinkHouse,
) -> None:
    path = house.customer(more="cache: {seconds: 3600}")
    house.shop([ADA])
    grace = house.asker("grace", "agent")
    for _ in range(3):
        assert grace.get(ASKED).status_code == 200
    house.file(path.name, path.read_text("utf-8").replace("[agent, supervisor]", "[supervisor]"))
    assert grace.get(ASKED).status_code == 404
    path.unlink()
    house.links.library.refresh()
    assert grace.get(ASKED).status_code == 404


def test_all_answers_together_are_bounded_by_bytes() -> None:
    kept = Kept(most_bytes=10_000)
    for number in range(100):
        provenance = Provenance(source="here", fetched_at=NINE)
        entry = Entry([(number,)], provenance, End(rows=1), Cache(seconds=60), 1_000)
        kept.put(("link", number), entry)
    found = [number for number in range(100) if kept.get(("link", number)) is not None]
    assert found == list(range(95, 100))
    kept.forget("link")
    assert kept.get(("link", 99)) is None


def test_an_answer_too_large_to_be_kept_is_handed_out_all_the_same(
    house: LinkHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lodge_adapters import asks

    monkeypatch.setattr(asks, "MOST_BYTES_OF_ONE", 1_000)
    house.customer(more="cache: {seconds: 3600}")
    house.shop([(n, f"Ada {n}", "gold", "ada@example.org") for n in range(100)])
    grace: TestClient = house.asker("grace", "agent")
    for _ in range(3):
        assert grace.get(ASKED).content.count(b"<customer ") == 100
    assert len(house.ask().rows) == 100
    assert set(house.outcomes()) == {"answered"}
