"""Live traffic: customers go on writing and the agents but the first go on working."""

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from lodge_core.mail import dispatcher, retriever
from lodge_core.routing import router
from lodge_core.simulate.playing import play_demonstration
from lodge_core.simulate.set_up import free_port, move_port
from lodge_core.simulate.traffic import DemonstrationTraffic
from lodge_core.workflows import engine
from lodge_platform.clock import utc_now
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.settings import Settings


@pytest.fixture
def lodge(sqlite_settings: Settings) -> Generator[Lodge]:
    """A demonstration's home with a past of one mail."""
    opened = open_lodge(sqlite_settings)
    play_demonstration(opened, days=1, mails=1, agents=8, seed=7, now=utc_now())
    yield opened
    opened.close()


def test_mail_is_written_answered_and_reaches_the_customer(lodge: Lodge) -> None:
    now = utc_now()
    traffic = DemonstrationTraffic(lodge, now)
    try:
        assert _ready(lodge) == {"henry", "ines", "jonas", "kavita", "luc", "maren", "nadia"}
        for _ in range(40):
            now += timedelta(seconds=5)
            _work(lodge, traffic, now)
    finally:
        traffic.close()
    assert _count(lodge, "mail_ledger") > 8
    assert _count(lodge, "outbox where status = 'sent'") > 2
    assert _count(lodge, "offers where agent_id in (select agent_id from agent_states)") > 4
    assert _ready(lodge) == set()


def test_a_port_that_somebody_else_has_by_now_is_changed(lodge: Lodge) -> None:
    import socket

    with socket.create_server(("127.0.0.1", free_port())) as other:
        taken = other.getsockname()[1]
        move_port(lodge, taken, now=utc_now())
        traffic = DemonstrationTraffic(lodge, utc_now())
        traffic.tick(utc_now())
        traffic.close()
    with lodge.stores.master.read() as master:
        assert master.execute(text("select smtp_port from aliases")).scalar_one() != taken


def _work(lodge: Lodge, traffic: DemonstrationTraffic, now: datetime) -> None:
    assert traffic.tick(now) > 0
    retriever.retrieve_once(lodge, clock=lambda: now)
    engine.tick(lodge, now)
    router.tick(lodge, now)
    dispatcher.tick(lodge, now)


def _ready(lodge: Lodge) -> set[str]:
    with lodge.stores.active.read() as active:
        keys = set(
            active.execute(
                text("select agent_id from agent_states where state = 'ready'")
            ).scalars()
        )
    with lodge.stores.master.read() as master:
        rows: list[Any] = list(master.execute(text("select user_id, sign_in_name from users")))
    return {row.sign_in_name for row in rows if row.user_id in keys}


def _count(lodge: Lodge, what: str) -> int:
    with lodge.stores.active.read() as active:
        return active.execute(text(f"select count(*) from {what}")).scalar_one()  # noqa: S608 - ours
