"""Wake-ups: soon after a commit, from thread to thread and from process to process."""

import logging
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, make_url

from lodge_platform.clock import utc_now
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.messaging.bus import Bus, bus_of, close_bus_of, open_bus
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Customer
from lodge_platform.settings import Settings

OpenBus = Callable[[Settings], tuple[Lodge, Bus]]


@pytest.fixture
def opened() -> Generator[OpenBus]:
    """Open a Lodge and a bus on it, as a process of its own would."""
    kept: list[tuple[Lodge, Bus]] = []

    def open_one(settings: Settings) -> tuple[Lodge, Bus]:
        lodge = open_lodge(settings)
        kept.append((lodge, open_bus(lodge)))
        return kept[-1]

    yield open_one
    for lodge, bus in kept:
        bus.close()
        close_bus_of(lodge)
        lodge.close()


def add_customer(lodge: Lodge) -> None:
    with lodge.stores.active.write() as connection:
        row = {"kind": "individual", "name": "Ada", "created_at": utc_now()}
        connection.execute(insert(Customer), row)


def settle(bus: Bus, *topics: str) -> None:
    """Let the first wake-up of a new listener pass."""
    bus.wait(topics, 0.6)


def test_a_wake_up_reaches_another_process_soon(settings: Settings, opened: OpenBus) -> None:
    _, waiting = opened(settings)
    settle(waiting, Topic.OUTBOX)
    lodge, waking = opened(settings)
    add_customer(lodge)
    waking.wake(Topic.OUTBOX)
    began = time.monotonic()
    assert waiting.wait([Topic.OUTBOX], 5) == {Topic.OUTBOX}
    assert time.monotonic() - began < 1


def test_a_wake_up_between_two_waits_is_kept(settings: Settings, opened: OpenBus) -> None:
    _, bus = opened(settings)
    settle(bus, Topic.OUTBOX, Topic.OFFER)
    bus.wake(Topic.OFFER)
    assert bus.wait([Topic.OUTBOX, Topic.OFFER], 0) == {Topic.OFFER}


def test_waiting_ends_in_time_when_nothing_happens(settings: Settings, opened: OpenBus) -> None:
    _, bus = opened(settings)
    settle(bus, Topic.OUTBOX)
    began = time.monotonic()
    assert bus.wait([Topic.OUTBOX], 0.3) == set()
    assert 0.2 < time.monotonic() - began < 1


def test_one_s_own_reading_wakes_nobody(settings: Settings, opened: OpenBus) -> None:
    lodge, bus = opened(settings)
    settle(bus, Topic.OUTBOX)
    with lodge.stores.active.read():
        pass
    assert bus.wait([Topic.OUTBOX], 0.4) == set()


def test_on_sqlite_a_commit_wakes_every_topic(sqlite_settings: Settings, opened: OpenBus) -> None:
    lodge, bus = opened(sqlite_settings)
    settle(bus, Topic.OUTBOX, Topic.OFFER)
    add_customer(lodge)
    assert bus.wait([Topic.OUTBOX, Topic.OFFER], 2) == {Topic.OUTBOX, Topic.OFFER}


def test_the_shared_bus_is_one_for_each_lodge(sqlite_settings: Settings, opened: OpenBus) -> None:
    lodge, _ = opened(sqlite_settings)
    assert bus_of(lodge) is bus_of(lodge)
    first = bus_of(lodge)
    close_bus_of(lodge)
    assert bus_of(lodge) is not first


def test_after_a_broken_connection_postgresql_wakes_again(
    postgresql_settings: Settings, opened: OpenBus, postgres_url: str
) -> None:
    _, bus = opened(postgresql_settings)
    settle(bus, Topic.OUTBOX)
    bus.wake(Topic.OFFER)
    cut_connections(postgres_url, postgresql_settings.active_url)
    assert bus.wait([Topic.OUTBOX], 5) == {Topic.OUTBOX}, "it looks by itself after the break"
    _, other = opened(postgresql_settings)
    assert soon_woken(bus, other)


def test_a_nats_server_carries_wake_ups(
    sqlite_settings: Settings, opened: OpenBus, nats_url: str
) -> None:
    settings = replace(sqlite_settings, bus_url=nats_url, partition_name="test")
    _, waiting = opened(settings)
    _, elsewhere = opened(replace(settings, partition_name="other"))
    settle(waiting, Topic.OUTBOX)
    settle(elsewhere, Topic.OUTBOX)
    _, waking = opened(settings)
    assert soon_woken(waiting, waking)
    assert elsewhere.wait([Topic.OUTBOX], 0.3) == set()


def test_without_its_nats_server_loops_look_each_second(
    sqlite_settings: Settings, opened: OpenBus, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    port = free_port()
    url = f"nats://me:swordfish@127.0.0.1:{port}"
    _, bus = opened(replace(sqlite_settings, bus_url=url))
    began = time.monotonic()
    bus.wake(Topic.OUTBOX)
    assert bus.wait([Topic.OFFER], 30) == set()
    assert time.monotonic() - began < 3
    assert bus.longest_wait_seconds == 1
    assert soon(lambda: "NATS at" in caplog.text)
    assert "swordfish" not in caplog.text


def test_a_nats_server_that_comes_back_wakes_again(
    sqlite_settings: Settings, opened: OpenBus, nats_program: str, tmp_path: Path
) -> None:
    port = free_port()
    settings = replace(sqlite_settings, bus_url=f"nats://127.0.0.1:{port}")
    _, waiting = opened(settings)
    _, waking = opened(settings)
    settle(waiting, Topic.OUTBOX)
    for _ in range(2):
        server = subprocess.Popen(
            [nats_program, "--addr", "127.0.0.1", "--port", str(port)],
            stderr=subprocess.DEVNULL,
            cwd=tmp_path,
        )
        try:
            assert soon(lambda: waiting.longest_wait_seconds > 1)
            assert soon_woken(waiting, waking)
        finally:
            server.terminate()
            server.wait()
        assert soon(lambda: waiting.longest_wait_seconds == 1)


def soon(is_so: Callable[[], bool], seconds: float = 15) -> bool:
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def soon_woken(waiting: Bus, waking: Bus) -> bool:
    """Whether a wake-up comes over, tried for a while: connections may still be coming up."""

    def is_woken() -> bool:
        waking.wake(Topic.OUTBOX)
        return waiting.wait([Topic.OUTBOX], 0.3) == {Topic.OUTBOX}

    return soon(is_woken)


def cut_connections(server_url: str, database_url: str) -> None:
    with closing(psycopg.connect(server_url, autocommit=True)) as own:
        own.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
            [make_url(database_url).database],
        )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
