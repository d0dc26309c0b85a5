"""Workers of one process: errors told and cleared, leases lost, wake-ups that do not spin."""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock, Thread

import pytest
from sqlalchemy import insert, update

from lodge_platform.clock import utc_now
from lodge_platform.errors import TryAgainError
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import bus_of
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Customer
from lodge_platform.schema.master import ServiceLease
from lodge_platform.services import Round, ServiceProcess
from lodge_platform.services.attendant import Attendant
from lodge_platform.services.health_file import HealthFile
from lodge_platform.services.instances import want
from lodge_platform.services.place import Place
from lodge_platform.services.status import ServiceStatus, read_services
from lodge_platform.vocabulary import DesiredState
from services.conftest import OpenLodge, make_instance

SECRET = "correct-horse"


@dataclass
class Ticker:
    """A service that counts its ticks and does what it is told."""

    error: str | None = None
    trouble: str | None = None
    wait_seconds: float = 0.05
    ticks: int = 0
    closed: int = 0
    at_once: int = 0
    most_at_once: int = 0
    lock: Lock = field(default_factory=Lock)
    hold: Event | None = None

    def tick(self, now: datetime) -> float | Round:
        with self.lock:
            self.ticks += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.hold is not None:
                self.hold.wait(20)
            if self.error:
                raise TryAgainError(self.error)
            return Round(self.wait_seconds, self.trouble)
        finally:
            with self.lock:
                self.at_once -= 1

    def close(self) -> None:
        self.closed += 1


def process(name: str, ticker: Ticker, *topics: str) -> ServiceProcess:
    return ServiceProcess(name, "Ticks.", build=lambda _lodge, _name: ticker, wakes_on=topics)


@contextmanager
def attended(
    lodge: Lodge,
    *processes: ServiceProcess,
    holder: str = "a",
    end_process: Callable[[int], None] = os._exit,
) -> Generator[Attendant]:
    """Run the instances of these processes on threads, looked after four times a second."""
    health = HealthFile(lodge.settings.home, holder)
    place = Place(
        lodge, bus_of(lodge), holder, os.getpid(), secrets=[SECRET], changed=lambda: one.publish()
    )
    one = Attendant(place, {p.name: p for p in processes}, health=health, end_process=end_process)
    stop = Event()

    def attend() -> None:
        while not stop.is_set():
            one.look()
            stop.wait(0.25)

    thread = Thread(target=attend)
    thread.start()
    yield one
    stop.set()
    thread.join()
    one.end()
    health.close()


def soon(is_so: Callable[[], bool], seconds: float = 8) -> bool:
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def shown(lodge: Lodge, name: str = "ticker") -> ServiceStatus:
    return next(one for one in read_services(lodge, utc_now()) if one.name == name)


@pytest.mark.usefixtures("instance_id")
def test_an_error_is_shown_in_the_status_and_cleared_when_it_is_mended(lodge: Lodge) -> None:
    ticker = Ticker(error="support@lodge.test: connection refused at 127.0.0.1:993")
    with attended(lodge, process("ticker", ticker)):
        assert soon(lambda: shown(lodge).state == "failing")
        assert shown(lodge).last_error == ticker.error
        assert shown(lodge).failures_in_row >= 1
        ticker.error = None
        assert soon(lambda: shown(lodge).state == "running")
    assert shown(lodge).last_error is None
    assert shown(lodge).failures_in_row == 0
    assert shown(lodge).state == "not running"
    assert ticker.closed >= 2


@pytest.mark.usefixtures("instance_id")
def test_trouble_is_shown_while_the_service_goes_on(lodge: Lodge) -> None:
    ticker = Ticker(trouble="sales@lodge.test: wrong password")
    with attended(lodge, process("ticker", ticker)):
        assert soon(lambda: shown(lodge).last_error == ticker.trouble)
        before = ticker.ticks
        assert soon(lambda: ticker.ticks > before + 10)
        ticker.trouble = None
        assert soon(lambda: shown(lodge).last_error is None)


@pytest.mark.usefixtures("instance_id")
def test_s25_a_secret_is_neither_in_the_status_nor_in_the_log(
    lodge: Lodge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ticker = Ticker(error=f"LOGIN me {SECRET}: no, password=swordfish")
    with attended(lodge, process("ticker", ticker)):
        assert soon(lambda: shown(lodge).last_error is not None)
    assert shown(lodge).last_error == "LOGIN me ***: no, password=***"
    assert "LOGIN me ***" in caplog.text
    assert SECRET not in caplog.text
    assert "swordfish" not in caplog.text


def test_r73_an_instance_that_fails_does_not_stop_the_others(lodge: Lodge) -> None:
    make_instance(lodge, "poisoned")
    make_instance(lodge, "well")
    poisoned, well = Ticker(error="poison"), Ticker()
    with attended(lodge, process("poisoned", poisoned), process("well", well)):
        assert soon(lambda: shown(lodge, "poisoned").state == "failing" and well.ticks > 20)
        assert shown(lodge, "well").state == "running"


def test_r80_two_processes_never_work_at_one_instance_at_once(
    lodge: Lodge, open_more: OpenLodge
) -> None:
    make_instance(lodge, "ticker")
    ticker = Ticker()
    with attended(lodge, process("ticker", ticker), holder="a"):
        assert soon(lambda: ticker.ticks > 3)
        with attended(open_more(), process("ticker", ticker), holder="b"):
            time.sleep(1.5)
            assert shown(lodge).holder == "a"
    assert ticker.most_at_once == 1


@pytest.mark.usefixtures("instance_id")
def test_another_takes_over_when_the_first_lets_go(lodge: Lodge, open_more: OpenLodge) -> None:
    first, second = Ticker(), Ticker()
    with attended(open_more(), process("ticker", second), holder="b"):
        assert soon(lambda: second.ticks > 0)
        with attended(lodge, process("ticker", first), holder="a"):
            time.sleep(0.5)
            assert first.ticks == 0
    with attended(lodge, process("ticker", first), holder="a"):
        assert soon(lambda: first.ticks > 0)


def test_work_stops_when_the_lease_goes_to_another(lodge: Lodge, instance_id: int) -> None:
    ticker = Ticker()
    ended: list[int] = []
    with attended(lodge, process("ticker", ticker), end_process=ended.append):
        assert soon(lambda: ticker.ticks > 3)
        give_lease_to(lodge, instance_id, "b")
        assert soon(lambda: shown(lodge).holder == "b" and not still_ticks(ticker))
    assert ended == []


def test_the_process_ends_when_a_lease_is_lost_in_the_middle_of_a_round(
    lodge: Lodge, instance_id: int
) -> None:
    ticker = Ticker(hold=Event())
    ended: list[int] = []
    with attended(lodge, process("ticker", ticker), end_process=ended.append):
        assert soon(lambda: ticker.at_once == 1)
        give_lease_to(lodge, instance_id, "b")
        assert soon(lambda: bool(ended))
        assert ticker.hold is not None
        ticker.hold.set()
    assert ended[0] != 0


@pytest.mark.usefixtures("instance_id")
def test_an_instance_stops_and_starts_as_the_operator_wants(lodge: Lodge) -> None:
    ticker = Ticker()
    master = lodge.stores.master
    with attended(lodge, process("ticker", ticker)):
        assert soon(lambda: ticker.ticks > 3)
        want(master, "ticker", state=DesiredState.STOPPED, by="test", now=utc_now())
        assert soon(lambda: shown(lodge).state == "stopped")
        assert not still_ticks(ticker)
        want(master, "ticker", state=DesiredState.RUNNING, by="test", now=utc_now())
        assert soon(lambda: still_ticks(ticker))


@pytest.mark.usefixtures("instance_id")
def test_a_change_brings_the_next_round_soon_and_no_spinning(
    lodge: Lodge, open_more: OpenLodge
) -> None:
    ticker = Ticker(wait_seconds=30)
    with attended(lodge, process("ticker", ticker, Topic.OUTBOX)):
        assert soon(lambda: ticker.ticks > 0)
        time.sleep(0.5)
        before = ticker.ticks
        other = open_more()
        with other.stores.active.write() as connection:
            row = {"kind": "individual", "name": "Ada", "created_at": utc_now()}
            connection.execute(insert(Customer), row)
        bus_of(other).wake(Topic.OUTBOX)
        assert soon(lambda: ticker.ticks > before, 2)
        time.sleep(1)
        assert ticker.ticks <= before + 3


def test_a_topic_nobody_asked_for_wakes_nobody_on_postgresql(postgresql_lodge: Lodge) -> None:
    make_instance(postgresql_lodge, "ticker")
    ticker = Ticker(wait_seconds=30)
    with attended(postgresql_lodge, process("ticker", ticker, Topic.OUTBOX)):
        assert soon(lambda: ticker.ticks > 0)
        time.sleep(0.5)
        before = ticker.ticks
        bus_of(postgresql_lodge).wake(Topic.AGENT_STATE)
        time.sleep(0.7)
        assert ticker.ticks == before


def test_what_is_wrong_is_shown_while_the_master_store_is_locked(sqlite_lodge: Lodge) -> None:
    """The registry cannot be told, so the process' own file in the home says it."""
    make_instance(sqlite_lodge, "ticker")
    ticker = Ticker()
    path = str(sqlite_lodge.stores.master.engine.url.database)
    with attended(sqlite_lodge, process("ticker", ticker)):
        assert soon(lambda: ticker.ticks > 3)
        with closing(sqlite3.connect(path, isolation_level=None)) as own:
            own.execute("begin immediate")
            ticker.error = "active store: database is locked"
            assert soon(lambda: shown(sqlite_lodge).last_error == ticker.error)
            own.execute("rollback")
        ticker.error = None
        assert soon(lambda: shown(sqlite_lodge).state == "running")


def give_lease_to(lodge: Lodge, instance_id: int, holder: str | None) -> None:
    """What another holder's take looks like from the first one's side."""
    with lodge.stores.master.write() as connection:
        connection.execute(
            update(ServiceLease)
            .where(ServiceLease.service_instance_id == instance_id)
            .values(holder=holder, fencing_token=ServiceLease.fencing_token + 1)
        )


def still_ticks(ticker: Ticker) -> bool:
    before = ticker.ticks
    time.sleep(0.3)
    return ticker.ticks > before
