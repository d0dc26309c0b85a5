"""`lodge up` as a program: what dies is started again, and nothing outlives it."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fixtures.waiting import soon
from lodge_platform.clock import utc_now
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.services.home_lock import Record, is_locked, read_record
from lodge_platform.services.leftovers import stamped
from lodge_platform.services.status import ServiceStatus, read_services
from lodge_platform.settings import Settings

LODGE = [sys.executable, "-P", "-m", "lodge_platform.cli"]
TOYS = ("toy_ticker", "toy_program")


@dataclass
class House:
    """A home, and `lodge` called on it with the two toy services on the path."""

    home: Path
    environ: Mapping[str, str]
    lodge: Lodge
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    stamps: set[str] = field(default_factory=set)

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*LODGE, *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def up(self, *names: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*LODGE, "up", *(names or TOYS)],
            env=self.environ,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        assert soon(lambda: self.ticks() is not None), self.said(process)
        self.stamps.add(self.record().stamp)
        return process

    def said(self, process: subprocess.Popen[str]) -> str:
        process.kill()
        return process.communicate()[1]

    def record(self) -> Record:
        record = read_record(self.home)
        assert record is not None
        return record

    def ticks(self) -> tuple[int, int] | None:
        """Process and count of the last tick."""
        with suppress(OSError, ValueError):
            process_id, count = (self.home / "ticks").read_text().split()
            return int(process_id), int(count)
        return None

    def ticker(self) -> int:
        ticks = self.ticks()
        assert ticks is not None
        return ticks[0]

    def status(self, name: str = "toy_ticker") -> ServiceStatus:
        """What `lodge status` shows of the instance."""
        services = read_services(self.lodge, utc_now())
        return next(one for one in services if one.name == name)

    def living(self) -> list[int]:
        """Every process that any `lodge up` of this house has started, in whatever session."""
        return [pid for stamp in self.stamps for pid in stamped(stamp)]


def opened(settings: Settings, toy_path: Path) -> Generator[House]:
    environ = {
        **os.environ,
        "LODGE_HOME": str(settings.home),
        "LODGE_MASTER_URL": settings.master_url,
        "LODGE_ACTIVE_URL": settings.active_url,
        "PYTHONPATH": str(toy_path),
    }
    house = House(settings.home, environ, open_lodge(settings))
    yield house
    house.lodge.close()
    for process in house.started:
        process.kill()
        process.wait()
    for pid in house.living():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def house(settings: Settings, toy_path: Path) -> Generator[House]:
    """Once on each engine."""
    yield from opened(settings, toy_path)


@pytest.fixture
def sqlite_house(sqlite_settings: Settings, toy_path: Path) -> Generator[House]:
    """On SQLite alone."""
    yield from opened(sqlite_settings, toy_path)


def programs(house: House) -> list[int]:
    """The processes of the program `toy_program`, one of which left its session."""
    return [pid for pid in house.living() if pid not in house.record().process_ids]


def test_ctrl_c_leaves_no_process(house: House) -> None:
    up = house.up()
    assert soon(lambda: len(programs(house)) == 3)
    assert len({os.getsid(pid) for pid in house.living()}) == 3
    up.send_signal(signal.SIGINT)
    assert up.wait(20) == 0
    assert house.living() == []
    assert house.status().state == "not running"


def test_a_killed_lodge_up_leaves_no_process(sqlite_house: House) -> None:
    up = sqlite_house.up("toy_ticker", "toy_program")
    assert soon(lambda: len(programs(sqlite_house)) == 3)
    up.kill()
    up.wait()
    assert soon(lambda: sqlite_house.living() == [], 15)
    # A process that ends can be looked into no more a moment before its files are closed.
    assert soon(lambda: not is_locked(sqlite_house.home), 15)


def test_what_was_all_killed_at_once_is_cleared_up_by_the_next_up(sqlite_house: House) -> None:
    up = sqlite_house.up()
    assert soon(lambda: len(programs(sqlite_house)) == 3)
    first = sqlite_house.ticker()
    for pid in (up.pid, *sqlite_house.record().process_ids):
        os.kill(pid, signal.SIGKILL)
    up.wait()
    assert soon(lambda: not is_locked(sqlite_house.home), 15), "what was killed has ended by now"
    before = sqlite_house.living()
    assert before
    sqlite_house.up("toy_ticker")
    assert soon(lambda: sqlite_house.ticker() != first)
    assert not set(before) & set(sqlite_house.living())


def test_what_is_killed_is_started_again_and_takes_its_lease(house: House) -> None:
    house.up()
    first = house.ticker()
    holder = house.status().holder
    os.kill(first, signal.SIGKILL)
    assert soon(lambda: house.ticker() != first, 60)
    assert soon(lambda: house.status().holder not in (None, holder))


def test_a_service_that_ends_its_process_is_shown_as_failing(sqlite_house: House) -> None:
    sqlite_house.up("toy_ticker")
    (sqlite_house.home / "die").touch()
    assert soon(lambda: "ended with code 9" in (sqlite_house.status().last_error or ""))
    (sqlite_house.home / "die").unlink()
    assert soon(lambda: sqlite_house.status().last_error is None, 60)


def test_an_error_is_in_the_status_within_seconds_and_gone_when_mended(house: House) -> None:
    house.up("toy_ticker")
    (house.home / "fail").write_text("nothing answers at 127.0.0.1:993, password=swordfish")
    assert soon(lambda: house.status().state == "failing", 15)
    said = house.status().last_error
    assert said == "RuntimeError: nothing answers at 127.0.0.1:993, password=***"
    (house.home / "fail").unlink()
    assert soon(lambda: house.status().state == "running", 60)


def test_a_second_up_in_the_same_home_is_refused_by_name(sqlite_house: House) -> None:
    up = sqlite_house.up("toy_ticker")
    second = sqlite_house.call("up", "toy_ticker")
    assert second.returncode == 3
    assert f"process {up.pid}" in second.stderr
    assert "Traceback" not in second.stderr


def test_down_ends_it_and_a_service_stops_when_asked(sqlite_house: House) -> None:
    up = sqlite_house.up()
    assert soon(lambda: len(programs(sqlite_house)) == 3)
    assert sqlite_house.call("service", "stop", "toy_program").returncode == 0
    assert soon(lambda: sqlite_house.status("toy_program").state == "stopped", 15)
    assert soon(lambda: len(programs(sqlite_house)) <= 1, 10)
    assert sqlite_house.call("down").stdout == "stopped\n"
    assert up.wait(5) == 0
    assert sqlite_house.living() == []
    assert sqlite_house.call("down").stdout == "nothing was running\n"


def test_a_service_that_will_not_end_is_killed_and_harms_nothing(sqlite_house: House) -> None:
    up = sqlite_house.up("toy_stubborn")
    up.send_signal(signal.SIGINT)
    assert up.wait(20) == 0
    assert sqlite_house.living() == []
    for store in ("master", "active"):
        with closing(sqlite3.connect(sqlite_house.home / f"{store}.db")) as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    assert sqlite_house.status("toy_stubborn").state == "not running"


def test_detached_it_runs_until_down(sqlite_house: House) -> None:
    asked = sqlite_house.call("up", "--detach", "toy_ticker")
    assert asked.returncode == 0, asked.stderr
    assert soon(lambda: sqlite_house.ticks() is not None)
    sqlite_house.stamps.add(sqlite_house.record().stamp)
    again = sqlite_house.call("up", "--detach", "toy_ticker")
    assert again.returncode == 3
    assert "in use" in again.stderr
    assert sqlite_house.call("down").returncode == 0
    assert sqlite_house.living() == []


def test_an_unknown_instance_is_answered_with_the_nearest_name(sqlite_house: House) -> None:
    asked = sqlite_house.call("up", "toy_tickr")
    assert asked.returncode == 1
    assert "did you mean 'toy_ticker'?" in asked.stderr


def test_s34_what_runs_writes_files_for_its_owner_alone(sqlite_house: House) -> None:
    sqlite_house.up("toy_ticker")
    made = [*(sqlite_house.home / "run").iterdir(), sqlite_house.home / "ticks"]
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in made} == {
        path.name: "0o0" for path in made
    }
