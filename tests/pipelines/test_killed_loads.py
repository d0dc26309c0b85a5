"""Loads killed at any instant: readers see whole loads only, and the next load brings the rest."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from threading import Event, Thread

import pytest
from sqlalchemy import text

from fixtures.facts import Facts
from fixtures.landed import differences, land
from lodge_platform.clock import utc_now
from lodge_platform.settings import Settings
from lodge_platform.stores import Stores
from lodge_platform.stores.reports import open_reports

_LOADS = """
import sys
from contextlib import closing
from pathlib import Path
from lodge_pipelines.landing import load
from lodge_platform.clock import utc_now
from lodge_platform.settings import load as load_settings
from lodge_platform.stores.reports import open_reports_writer
from lodge_platform.stores.reports_lock import writing

settings = load_settings(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    with writing(settings, holder="test", wait_seconds=60):
        with closing(open_reports_writer(settings)) as connection:
            load(connection, settings, now=utc_now())
"""
_KILLS = 4


@pytest.mark.slow
def test_r71_loads_killed_at_random_instants_show_no_half_and_lose_nothing(
    settings: Settings, stores: Stores
) -> None:
    Facts(stores).open_for_business(utc_now())
    land(settings)
    stop, faults = Event(), list[str]()
    others = [
        Thread(target=_write, args=(stores, stop)),
        Thread(target=_poll, args=(settings, stop, faults)),
    ]
    for other in others:
        other.start()
    chance = random.Random(4)  # noqa: S311 - repeatable, not secret
    try:
        for _ in range(_KILLS):
            _load_and_kill(settings, after_seconds=chance.uniform(0.2, 1.5))
    finally:
        stop.set()
        for other in others:
            other.join()
    assert faults == []
    land(settings)
    assert differences(settings) == {}


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


def _write(stores: Stores, stop: Event) -> None:
    number = 0
    while not stop.wait(0.01):
        number += 1
        with stores.active.write() as connection:
            key = connection.execute(
                text(
                    "insert into customers (kind, name, created_at) values "
                    "('individual', 'Ada', '2026-01-05 09:00:00') returning customer_id"
                )
            ).scalar_one()
            connection.execute(
                text(
                    "insert into contact_points (customer_id, kind, address, address_key, "
                    "created_at) values (:key, 'email', :key, :key, '2026-01-05 09:00:00')"
                ),
                {"key": key},
            )


def _poll(settings: Settings, stop: Event, faults: list[str]) -> None:
    while not stop.is_set():
        try:
            with closing(open_reports(settings)) as connection:
                row = connection.execute(
                    "select (select count(*) from active.customers where customer_id > 1), "
                    "(select count(*) from active.contact_points), "
                    "(select count(*) from landing_control.watermarks)"
                ).fetchone()
            if row is None or row[0] != row[1] or row[2] != 2:
                faults.append(f"half a load: {row}")
        except Exception as error:
            faults.append(repr(error))
