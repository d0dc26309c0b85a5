"""A Lodge with stores of its own, and a distribution that brings small services."""

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.messaging.bus import close_bus_of
from lodge_platform.schema.master import ServiceInstance
from lodge_platform.settings import Settings

OpenLodge = Callable[..., Lodge]

_TOY = '''
"""Services: one ticks and fails while a file says so, one runs a program, one will not end."""
import os
import time
from lodge_platform.services import ServiceProcess
from lodge_platform.services.programs import run_program

class Ticker:
    def __init__(self, home):
        self.home = home
        self.ticks = 0
    def tick(self, now):
        if (self.home / "die").exists():
            os._exit(9)
        if (self.home / "fail").exists():
            raise RuntimeError((self.home / "fail").read_text())
        self.ticks += 1
        (self.home / "ticks").write_text(f"{os.getpid()} {self.ticks}")
        return 0.2

def run(lodge, stop):
    script = "setsid sleep 600 & sleep 600 & exec sleep 600"
    run_program(["sh", "-c", script], stop=stop)

ticker = ServiceProcess("toy_ticker", "Ticks.", build=lambda lodge, _: Ticker(lodge.settings.home))
def never_end(lodge, stop):
    (lodge.settings.home / "ticks").write_text(f"{os.getpid()} 1")
    stop.wait()
    time.sleep(7.1)  # a little longer than a service is waited for
    lodge.stores.close()
    time.sleep(60)

program = ServiceProcess("toy_program", "Sleeps.", run=run, group="program")
stubborn = ServiceProcess("toy_stubborn", "Will not end.", run=never_end, group="stubborn")
'''


@pytest.fixture
def open_more(settings: Settings) -> Generator[OpenLodge]:
    """Open the same Lodge again, as another process would: `open_more(host_name="b")`."""
    opened: list[Lodge] = []

    def open_one(**changes: object) -> Lodge:
        opened.append(open_lodge(replace(settings, **changes)))  # pyright: ignore
        return opened[-1]

    yield open_one
    for lodge in opened:
        close_bus_of(lodge)
        lodge.close()


@pytest.fixture
def lodge(open_more: OpenLodge) -> Lodge:
    """A Lodge with migrated, empty stores of this test's own, once on each engine."""
    return open_more()


@pytest.fixture
def sqlite_lodge(sqlite_settings: Settings) -> Generator[Lodge]:
    """As `lodge`, on SQLite alone."""
    yield from _opened(sqlite_settings)


@pytest.fixture
def postgresql_lodge(postgresql_settings: Settings) -> Generator[Lodge]:
    """As `lodge`, on PostgreSQL alone."""
    yield from _opened(postgresql_settings)


def _opened(settings: Settings) -> Generator[Lodge]:
    lodge = open_lodge(settings)
    yield lodge
    close_bus_of(lodge)
    lodge.close()


@pytest.fixture
def instance_id(lodge: Lodge) -> int:
    """Key of the one service instance there is: `ticker`, of process `ticker`."""
    return make_instance(lodge, "ticker")


def make_instance(lodge: Lodge, name: str) -> int:
    """Register an instance that is wanted, of a process of the same name."""
    with change_configuration(lodge.stores.master, by="test", now=utc_now()) as session:
        session.add(ServiceInstance(name=name, process_name=name))
        session.flush()
        found = session.scalars(select(ServiceInstance).where(ServiceInstance.name == name))
        return found.one().service_instance_id


@pytest.fixture
def toy_path(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH whose distribution brings `toy_ticker` and others."""
    folder = tmp_path / "plug"
    info = folder / "toy_of_tests-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy_of_tests\nVersion: 0\n")
    (info / "entry_points.txt").write_text(
        "[lodge.services]\ntoy_ticker = toy_of_tests:ticker\ntoy_program = toy_of_tests:program\n"
        "toy_stubborn = toy_of_tests:stubborn\n"
    )
    (folder / "toy_of_tests.py").write_text(_TOY)
    return folder
