"""Many consoles at once: each stream stays open and is told, whoever comes while others are."""

import asyncio

import httpx
import pytest

from fixtures.workplace import NINE
from lodge_core.console.routes import router as console
from lodge_platform.clock import utc_now
from lodge_platform.identity import grant_role
from lodge_platform.identity.sessions import start_session
from lodge_platform.web import assembly
from lodge_platform.web.rights import SESSION_COOKIE
from web.office import Office, serving

CONSOLES = 80


def test_consoles_that_open_while_others_are_looked_after_all_stay_open(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "registered_routers", lambda: [console])
    tokens = [_session(sqlite_office, f"agent{number}") for number in range(CONSOLES)]
    with serving(sqlite_office.lodge) as (address, _):
        told = asyncio.run(_told(sqlite_office, address, tokens))
    assert told == ["changed"] * CONSOLES


def _session(office: Office, name: str) -> str:
    user_id = office.place.agent(name)
    department_id = office.place.department_id
    grant_role(
        office.lodge, user_id, role="agent", department_id=department_id, by="test", now=NINE
    )
    with office.lodge.stores.master.write() as connection:
        return start_session(connection, user_id, hours=1, now=utc_now())


async def _told(office: Office, address: str, tokens: list[str]) -> list[str]:
    """The first thing each console hears after it began."""
    begun = asyncio.Semaphore(0)
    limits = httpx.Limits(max_connections=len(tokens))
    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:

        async def listen(token: str) -> str:
            cookie = {"cookie": f"{SESSION_COOKIE}={token}"}
            url = f"{address}/console/live"
            async with client.stream("GET", url, headers=cookie) as answer:
                async for line in answer.aiter_lines():
                    word = line.removeprefix("event: ")
                    if word == "begun":
                        begun.release()
                    elif word in ("changed", "ended"):
                        return word
            return "over"

        streams: list[asyncio.Task[str]] = []
        for token in tokens:  # spread over several looks at who is still signed in
            streams.append(asyncio.create_task(listen(token)))
            await asyncio.sleep(0.03)
        for _ in tokens:
            await asyncio.wait_for(begun.acquire(), 60)
        await asyncio.to_thread(office.place.queued)
        return list(await asyncio.gather(*streams))
