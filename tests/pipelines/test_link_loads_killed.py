"""Loads of a link killed at any instant: no half is seen, and the next load brings the rest."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from threading import Event, Thread

import pytest

from fixtures.shop_links import BY_CHANGE, NINE, Shop, order
from lodge_platform.settings import Settings
from lodge_platform.stores.reports import open_reports

_LOADS = """
import sys
from contextlib import closing
from pathlib import Path
from lodge_pipelines.links import load_links
from lodge_platform.clock import utc_now
from lodge_platform.settings import load as load_settings
from lodge_platform.stores.reports import open_reports_writer
from lodge_platform.stores.reports_lock import writing

settings = load_settings(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    with writing(settings, holder="test", wait_seconds=60):
        with closing(open_reports_writer(settings)) as connection:
            load_links(connection, settings, now=utc_now())
"""
_KILLS, _ROWS = 5, 2000


@pytest.mark.slow
def test_r71_loads_of_links_killed_at_random_instants_show_no_half_and_lose_nothing(
    settings: Settings,
) -> None:
    shop = Shop(settings)
    shop.declare("whole")
    shop.declare("changes", land=BY_CHANGE)
    shop.put(*(order(number, "0") for number in range(_ROWS)))
    shop.load_all()
    stop, faults = Event(), list[str]()
    reader = Thread(target=_poll, args=(settings, stop, faults))
    reader.start()
    chance = random.Random(4)  # noqa: S311 - repeatable, not secret
    try:
        for number in range(1, _KILLS + 1):
            minute = f"2026-01-05T09:{number:02}:00Z"
            # every row becomes another, so that a half would show two
            shop.run(f"update orders set customer = {number}, changed_at = '{minute}'")  # noqa: S608
            _load_and_kill(settings, after_seconds=chance.uniform(0.3, 2.0))
    finally:
        stop.set()
        reader.join()
    assert faults == []
    whole, changes = sorted(shop.load_all(now=NINE), key=lambda done: done.link, reverse=True)
    assert (whole.failure, changes.failure) == (None, None)
    for name in ("whole", "changes"):
        assert shop.landed("count(*), min(customer), max(customer)", name) == [
            (_ROWS, str(_KILLS), str(_KILLS))
        ]


def _load_and_kill(settings: Settings, *, after_seconds: float) -> None:
    environ = {
        **os.environ,
        "LODGE_MASTER_URL": settings.master_url,
        "LODGE_ACTIVE_URL": settings.active_url,
    }
    arguments = [sys.executable, "-c", _LOADS, str(settings.home)]
    with subprocess.Popen(arguments, env=environ, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        time.sleep(after_seconds)
        process.send_signal(signal.SIGKILL)


def _poll(settings: Settings, stop: Event, faults: list[str]) -> None:
    while not stop.wait(0.05):
        try:
            with closing(open_reports(settings)) as connection:
                for name in ("whole", "changes"):
                    row = connection.execute(
                        f"select count(*), count(distinct customer) from links.{name}"  # noqa: S608
                    ).fetchone()
                    if row != (_ROWS, 1):
                        faults.append(f"half a load of {name}: {row}")
        except Exception as error:
            faults.append(repr(error))
