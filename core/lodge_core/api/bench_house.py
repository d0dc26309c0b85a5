"""A house for `lodge bench api`: two departments, many activities, a key, agents at consoles."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert

from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.events import Recorder
from lodge_platform.events.catalogue import ActivityQueued
from lodge_platform.identity import (
    Action,
    SignedIn,
    create_user,
    make_key,
    seed_roles,
    who_is,
    who_is_key,
)
from lodge_platform.identity.sessions import start_session
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.schema.active import Activity, Case, Customer
from lodge_platform.schema.master import Department
from lodge_platform.settings import load
from lodge_platform.stores import migrate
from lodge_platform.vocabulary import ActivityStatus, CaseStatus, Media, Mode
from lodge_platform.web.rights import SESSION_COOKIE

KEYS = 20_000
_CHANGES = 20


@dataclass(frozen=True)
class House:
    """The key that asks, the reader it stands for, the department of the consoles."""

    key: str
    reader: SignedIn
    department_id: int


@dataclass(frozen=True)
class ListenedTo:
    """How consoles were told: of so many changes, how many came, and how soon most of them."""

    consoles: int
    expected: int
    told: int
    seconds: float
    p99_seconds: float


def fill(lodge: Lodge) -> House:
    """Make all of it; half of the activities are of the other department."""
    migrate(lodge.stores.master)
    migrate(lodge.stores.active)
    now = utc_now()
    with change_configuration(lodge.stores.master, by="bench", now=now) as session:
        seed_roles(session)
        ours, others = Department(name="Ours"), Department(name="Others")
        session.add_all([ours, others])
        session.flush()
        keys = ours.department_id, others.department_id
    user_id = create_user(
        lodge,
        "bench",
        display_name="Bench",
        department_id=keys[0],
        password=None,
        roles=["administrator"],
        by="bench",
        now=now,
    )
    with lodge.stores.master.write() as connection:
        token = start_session(connection, user_id, hours=1, now=now)
    reader = who_is(lodge, token, now)
    if reader is None:
        raise AssertionError("the session just begun is not there")
    actions = [Action.ACTIVITY_READ, Action.PERSONAL_READ, Action.CONTENT_READ]
    made = make_key(
        lodge, reader, name="bench", actions=actions, expires_at=now + timedelta(days=1), now=now
    )
    _fill_active(lodge, keys)
    found = who_is_key(lodge, made.key, now, "127.0.0.1")
    if found is None:
        raise AssertionError("the key just made is not there")
    return House(made.key, found, keys[0])


def listen_as_consoles(
    folder: Path, environ: dict[str, str], port: int, house: House, consoles: int
) -> ListenedTo:
    """Open so many consoles' streams, make changes, and count who was told and when."""
    lodge = open_lodge(load(folder, environ))
    try:
        tokens = _agents(lodge, house.department_id, consoles)
        return asyncio.run(_listen(lodge, f"http://127.0.0.1:{port}/console/live", tokens, house))
    finally:
        lodge.close()


def _agents(lodge: Lodge, department_id: int, count: int) -> list[str]:
    now = utc_now()
    tokens: list[str] = []
    for number in range(count):
        user_id = create_user(
            lodge,
            f"agent{number}",
            display_name=f"Agent {number}",
            department_id=department_id,
            password=None,
            roles=["agent"],
            by="bench",
            now=now,
        )
        with lodge.stores.master.write() as connection:
            tokens.append(start_session(connection, user_id, hours=1, now=now))
    return tokens


async def _listen(lodge: Lodge, address: str, tokens: list[str], house: House) -> ListenedTo:
    heard: list[float] = []
    limits = httpx.Limits(max_connections=len(tokens) + 1)
    begun = asyncio.Semaphore(0)
    made_at = [0.0]
    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:

        async def console(token: str) -> None:
            headers = {"cookie": f"{SESSION_COOKIE}={token}"}
            async with client.stream("GET", address, headers=headers) as answer:
                async for line in answer.aiter_lines():
                    if line == "event: begun":
                        begun.release()
                    if line == "event: changed":
                        heard.append(time.monotonic() - made_at[0])

        streams = [asyncio.create_task(console(token)) for token in tokens]
        for _ in tokens:
            await asyncio.wait_for(begun.acquire(), 60)
        start = time.monotonic()
        for number in range(_CHANGES):
            before = len(heard)
            made_at[0] = time.monotonic()
            await asyncio.to_thread(_change, lodge, house.department_id, number + 1)
            deadline = time.monotonic() + 10
            while len(heard) - before < len(tokens) and time.monotonic() < deadline:
                await asyncio.sleep(0.02)
        seconds = time.monotonic() - start
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    heard.sort()
    p99 = heard[int(len(heard) * 0.99) - 1] if heard else 0.0
    return ListenedTo(len(tokens), len(tokens) * _CHANGES, len(heard), seconds, round(p99, 3))


def _change(lodge: Lodge, department_id: int, activity_id: int) -> None:
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=utc_now(), configuration_version_id=0)
        recorder.record(
            ActivityQueued(queue_id=1, reason="requeued"),
            activity_id,
            activity_id=activity_id,
            department_id=department_id,
            queue_id=1,
        )
        recorder.flush()


def _fill_active(lodge: Lodge, departments: tuple[int, int]) -> None:
    now = utc_now()
    with lodge.stores.active.write() as connection:
        customer: dict[str, Any] = {"kind": "individual", "name": "Ada Byron", "created_at": now}
        connection.execute(insert(Customer), [customer])
        cases = [
            {
                "department_id": departments[number % 2],
                "customer_id": 1,
                "subject": f"Order {number}",
                "status": CaseStatus.OPEN,
                "opened_at": now,
                "reopened_count": 0,
            }
            for number in range(KEYS)
        ]
        connection.execute(insert(Case), cases)
        activities = [
            {
                "case_id": number + 1,
                "department_id": departments[number % 2],
                "customer_id": 1,
                "queue_id": 1,
                "subject": f"Order {number} did not arrive",
                "media": Media.EMAIL,
                "mode": Mode.INBOUND,
                "status": ActivityStatus.QUEUED,
                "priority": 4,
                "created_at": now,
                "queued_at": now,
            }
            for number in range(KEYS)
        ]
        connection.execute(insert(Activity), activities)
