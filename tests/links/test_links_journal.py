"""The journal of calls: a row for each, on both engines, also when the store was away."""

from collections.abc import Generator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from fixtures.workplace import NINE, Workplace
from links.asking_house import LinkHouse, opened
from lodge_adapters.states import short
from lodge_platform.errors import NotFoundError, RefusedError
from lodge_platform.links import Caller, CallerKind

ADA = (7, "Ada", "gold", "ada@example.org")
ASKED = "customer?email=ada%40example.org"


@pytest.fixture
def house(workplace: Workplace) -> Generator[LinkHouse]:
    """The house, once on each engine."""
    for house in opened(workplace):
        house.customer(more="cache: {seconds: 60}")
        house.shop([ADA])
        yield house


def test_every_call_is_a_row_with_who_how_long_and_how_much(house: LinkHouse) -> None:
    grace = house.asker("grace", "agent")
    assert grace.get(ASKED).status_code == 200
    answer = grace.get(ASKED)
    assert grace.get("customer").status_code == 422
    activity = house.place.queued()
    caller = Caller(
        kind=CallerKind.WORKFLOW, department_id=house.place.department_id, activity_id=activity
    )
    house.ask(caller=caller)
    fetched, cached, refused, workflow = house.calls()
    assert [fetched.outcome, cached.outcome, refused.outcome] == ["answered", "cached", "refused"]
    assert fetched.caller_kind == "api_key"
    assert fetched.user_id == house.house.people["grace"]
    assert fetched.api_key_id is not None
    assert (fetched.row_count, fetched.discarded_count) == (1, 0)
    assert cached.byte_count == len(answer.content)
    assert fetched.version == house.links.library.get("customer").version
    assert 0 <= fetched.duration_seconds < 60
    assert abs((fetched.called_at - datetime.now(UTC)).total_seconds()) < 600
    assert (refused.row_count, refused.detail) == (0, "parameter email is missing")
    assert (workflow.caller_kind, workflow.activity_id) == ("workflow", activity)
    assert workflow.department_id == house.place.department_id
    assert workflow.called_at == NINE
    assert workflow.user_id is None


def test_values_are_not_in_the_journal(house: LinkHouse) -> None:
    with pytest.raises(RefusedError):
        house.ask("customer", {"email": "s3cret\0value"})
    with pytest.raises(RefusedError):
        house.ask("customer", {"email": "s3cret" * 100})
    assert not any("s3cret" in (call.detail or "") for call in house.calls())


def test_a_link_that_is_not_there_leaves_no_row(house: LinkHouse) -> None:
    with pytest.raises(NotFoundError):
        house.ask("nowhere")
    assert house.calls() == []


def test_calls_are_written_when_the_links_are_closed_and_afterwards_again(
    house: LinkHouse,
) -> None:
    house.ask()
    house.links.close()
    count = text("select count(*) from link_calls")
    assert house.place.one(count)[0] == 1
    house.ask()
    house.links.close()
    assert house.place.one(count)[0] == 2


def test_an_asker_is_answered_while_the_journal_cannot_be_written(house: LinkHouse) -> None:
    with house.place.lodge.stores.active.write() as connection:
        connection.execute(text("alter table link_calls rename to link_calls_away"))
    try:
        assert house.ask().rows
        house.links.journal.flush()
    finally:
        with house.place.lodge.stores.active.write() as connection:
            connection.execute(text("alter table link_calls_away rename to link_calls"))
    house.ask()
    assert house.outcomes() == ["cached"]


def test_what_no_store_can_hold_ends_neither_the_journal_nor_what_comes_after(
    house: LinkHouse,
) -> None:
    journal = house.links.journal

    def odd(_connection: object) -> None:
        raise ValueError("half a character")

    journal.do(odd)
    house.ask()
    assert house.outcomes() == ["answered"]


def test_a_message_is_kept_as_far_as_a_store_can_hold_it() -> None:
    assert short("a\0b\ud800 token=hunter2") == "a\ufffdb? token=***"


def test_a_large_group_is_written_whole(house: LinkHouse) -> None:
    for _ in range(6000):
        house.ask()
    assert len(house.calls()) == 6000
