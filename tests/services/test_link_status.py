"""`lodge status` about data links: how many are in use, and what is wrong with which; S-27."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from lodge_platform.cli import main
from lodge_platform.schema.active import DataLink, LinkWrite
from lodge_platform.services.links_shown import LinksStatus, read_links
from lodge_platform.stores import Stores
from lodge_platform.vocabulary import LinkWriteStatus

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
Put = Callable[..., None]


@pytest.fixture
def put(stores: Stores) -> Put:
    """A link as it was read and last answered."""

    def write(link: str, **changes: Any) -> None:
        row = {
            "link": link,
            "title": link,
            "kind": "sql",
            "version": "1",
            "is_active": True,
            "read_at": NINE,
        }
        with stores.active.write() as connection:
            connection.execute(insert(DataLink).values(row | changes))

    return write


def dead(stores: Stores, link: str, key: str, status: LinkWriteStatus) -> None:
    row = {
        "link": link,
        "idempotency_key": key,
        "payload": "{}",
        "status": status,
        "created_at": NINE,
        "due_at": NINE,
        "finished_at": NINE,
    }
    with stores.active.write() as connection:
        connection.execute(insert(LinkWrite).values(row))


def status(stores: Stores) -> tuple[LinksStatus, list[str]]:
    with stores.active.read() as connection:
        return read_links(connection)


def test_links_that_answer_are_counted_and_named_nowhere(stores: Stores, put: Put) -> None:
    assert status(stores) == (LinksStatus(0, 0, 0), [])
    put("orders")
    put("old", is_active=False)
    assert status(stores) == (LinksStatus(in_use=1, wrong=0, dead_writes=0), [])


def test_s27_each_fault_failure_and_breach_is_a_problem_with_its_time(
    stores: Stores, put: Put
) -> None:
    put("a", is_active=False, fault="line 3: 'urll' is unknown; did you mean 'url'?")
    put("b", failure="127.0.0.1:3306 does not answer", failing_since=NINE)
    put("c", breach="row 2: price is no decimal number", breached_at=NINE)
    put("d", load_failure="2 values of id, the key, come twice", load_failing_since=NINE)
    counts, problems = status(stores)
    assert counts == LinksStatus(in_use=3, wrong=4, dead_writes=0)
    assert problems == [
        "link a: its file cannot be used: line 3: 'urll' is unknown; did you mean 'url'?",
        "link b: failing since 2026-01-05 09:00:00Z: 127.0.0.1:3306 does not answer",
        "link c: contract broken at 2026-01-05 09:00:00Z: row 2: price is no decimal number",
        "link d: not loaded into the reports since 2026-01-05 09:00:00Z: "
        "2 values of id, the key, come twice",
    ]


def test_one_cause_is_said_once_also_when_the_load_met_it_too(stores: Stores, put: Put) -> None:
    put("b", failure="away", failing_since=NINE, load_failure="away", load_failing_since=NINE)
    assert len(status(stores)[1]) == 1


def test_dead_writes_are_counted_and_how_to_replay_is_said(stores: Stores, put: Put) -> None:
    put("note")
    dead(stores, "note", "1", LinkWriteStatus.WRITTEN)
    assert status(stores)[0].wrong == 0
    dead(stores, "note", "2", LinkWriteStatus.DEAD)
    dead(stores, "note", "3", LinkWriteStatus.DEAD)
    dead(stores, "gone", "4", LinkWriteStatus.DEAD)
    counts, problems = status(stores)
    assert counts == LinksStatus(in_use=1, wrong=2, dead_writes=3)
    assert problems == [
        "link gone: 1 write is dead since 2026-01-05 09:00:00Z; `lodge link writes --dead --link "
        "gone` shows them, `lodge link replay --link gone` has them tried again",
        "link note: 2 writes are dead, the first since 2026-01-05 09:00:00Z; `lodge link writes "
        "--dead --link note` shows them, `lodge link replay --link note` has them tried again",
    ]


def test_the_verb_says_it_in_one_line_and_names_what_is_wrong(
    stores: Stores,
    put: Put,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put("orders", failure="away", failing_since=NINE)
    monkeypatch.setenv("LODGE_HOME", str(settings.home))
    monkeypatch.setenv("LODGE_MASTER_URL", settings.master_url)
    monkeypatch.setenv("LODGE_ACTIVE_URL", settings.active_url)
    capsys.readouterr()
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "links            1 in use, 1 wrong\n" in shown
    assert "wrong            link orders: failing since 2026-01-05 09:00:00Z: away\n" in shown
