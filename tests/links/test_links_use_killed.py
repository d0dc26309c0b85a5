"""A workflow engine that is killed while links are asked: every activity is placed, and once."""

from collections.abc import Generator
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import func, select

from fixtures.waiting import soon
from fixtures.workplace import Workplace, at
from links.endless_engine import place_for_ever
from links.used_links import UsedLinks, used_links
from lodge_core.workflows import engine
from lodge_platform.schema.active import Activity, ActivityEvent
from lodge_platform.vocabulary import ActivityStatus

KILLS = 3
RULES = """\
  - name: dear
    when: {link: {name: score, field: score, at_least: 50}}
    queue: Refunds
"""


@pytest.fixture
def used(workplace: Workplace) -> Generator[UsedLinks]:
    """Links of a workplace, once on each engine."""
    with used_links(workplace) as used:
        yield used


@pytest.mark.slow
def test_an_engine_killed_while_a_source_is_asked_loses_and_doubles_nothing(
    used: UsedLinks,
) -> None:
    used.service("score", used.slow.where)
    used.workflow(RULES)
    keys = [used.place.mail(subject=f"Order {number}") for number in range(12)]
    settings = used.place.lodge.settings
    environ = {"LODGE_MASTER_URL": settings.master_url, "LODGE_ACTIVE_URL": settings.active_url}
    context = get_context("forkserver")
    context.set_forkserver_preload(["links.endless_engine"])

    def begin() -> BaseProcess:
        process = context.Process(
            target=place_for_ever, args=(str(settings.home), environ), daemon=True
        )
        process.start()
        return process

    def count(status: ActivityStatus) -> int:
        query = select(func.count()).where(Activity.status == status)
        return used.place.one(query)[0]

    for _ in range(KILLS):
        before = len(used.slow.received)
        process = begin()
        assert soon(lambda before=before: len(used.slow.received) > before)
        process.kill()
        process.join()
        assert count(ActivityStatus.NEW) == len(keys)

    used.gate.set()
    process = begin()
    assert soon(lambda: count(ActivityStatus.QUEUED) >= 3)
    process.kill()
    process.join()
    engine.tick(used.place.lodge, at(60))

    assert count(ActivityStatus.QUEUED) == len(keys)
    events = used.place.rows(
        select(ActivityEvent.activity_id).where(ActivityEvent.type_code == "activity_queued")
    )
    assert sorted(row.activity_id for row in events) == keys
    assert used.place.differences() == []
