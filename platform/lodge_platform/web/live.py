"""Live pages by server-sent events: "something changed for you, version N", never what.

The page then fetches itself again, where rights are applied. One watcher serves every reader; it
looks only while somebody listens. A stream ends when its session does.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from time import monotonic

from fastapi import Request
from fastapi.responses import StreamingResponse
from sqlalchemy.exc import SQLAlchemyError

from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.sessions import hash_token, living_sessions
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.web.changes import Change, Changes

LOOK_SECONDS = 0.25
SESSION_SECONDS = 1.0
BEAT_SECONDS = 15.0
# A change that only moves the counts of one's departments may wait this long for the next.
OTHERS_SECONDS = 2.0
STREAMS_A_SESSION = 4
_LOG = logging.getLogger(__name__)


@dataclass(eq=False)
class Listener:
    """One open stream, of somebody who may read all work of `department_ids`, and that of
    `queue_ids`. `version` counts what it was told."""

    user_id: int
    department_ids: frozenset[int]
    queue_ids: frozenset[int]
    token_hash: str
    version: int = 0
    end: str | None = None
    told_at: float = -OTHERS_SECONDS
    is_waiting: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self, *, end: str | None = None) -> None:
        """Let the stream say that something changed, or that it ends and why."""
        self.end = self.end or end
        self.version += 1
        self.told_at = monotonic()
        self.is_waiting = False
        self.woken.set()


class Live:
    """The streams of one application and their watcher."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge
        self._changes = Changes(lodge.stores.active)
        self._listeners: list[Listener] = []
        self._watcher: asyncio.Task[None] | None = None
        self._looked = asyncio.Event()

    def stream(self, request: Request, reader: SignedIn, token: str) -> StreamingResponse:
        """The answer that tells `reader` of changes until the session, the page or we end."""
        listener = Listener(
            user_id=reader.user_id,
            department_ids=reader.departments_with(Action.ACTIVITY_READ),
            queue_ids=reader.queues_with(Action.ACTIVITY_READ),
            token_hash=hash_token(token),
        )
        return StreamingResponse(
            self._told(listener),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    def end_all(self) -> None:
        """The application stops: every stream says so, and its page will call again."""
        for listener in self._listeners:
            listener.wake(end="stopping")

    async def close(self) -> None:
        """End every stream and the watcher."""
        self.end_all()
        self._looked.set()
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        self._changes.close()

    async def _told(self, listener: Listener) -> AsyncIterator[str]:
        try:
            await self._admit(listener)
            yield "retry: 2000\n\nevent: begun\ndata: 0\n\n"
            while listener.end is None:
                try:
                    await asyncio.wait_for(listener.woken.wait(), BEAT_SECONDS)
                except TimeoutError:
                    yield "event: beat\ndata: 0\n\n"
                    continue
                listener.woken.clear()
                if listener.end is None:
                    yield f"event: changed\nid: {listener.version}\ndata: {listener.version}\n\n"
            yield f"event: ended\ndata: {listener.end}\n\n"
        finally:
            if listener in self._listeners:
                self._listeners.remove(listener)

    async def _admit(self, listener: Listener) -> None:
        """From here on nothing is missed: the page fetches itself once when this is done."""
        others = [each for each in self._listeners if each.token_hash == listener.token_hash]
        for oldest in others[: max(0, len(others) + 1 - STREAMS_A_SESSION)]:
            oldest.wake(end="too_many")
        self._listeners.append(listener)
        if self._watcher is None or self._watcher.done():
            self._changes.close()
            self._looked.clear()
            self._watcher = asyncio.create_task(self._watch())
        await self._looked.wait()

    async def _watch(self) -> None:
        checked = 0.0
        pause = LOOK_SECONDS
        while self._listeners:
            try:
                self._tell(await asyncio.to_thread(self._changes.look))
                self._looked.set()
                if monotonic() - checked >= SESSION_SECONDS:
                    await self._end_the_ended()
                    checked = monotonic()
                pause = LOOK_SECONDS
            except (LodgeError, SQLAlchemyError, sqlite3.Error) as error:
                pause = min(pause * 2, 10.0)
                _LOG.warning("live pages wait %.1f s: %s", pause, error)
            await asyncio.sleep(pause)

    def _tell(self, change: Change | None) -> None:
        for listener in self._listeners:
            if change and listener.user_id in change.agent_ids:
                listener.wake()
            elif change and change.is_seen_by(listener.department_ids, listener.queue_ids):
                listener.is_waiting = True
            if listener.is_waiting and monotonic() - listener.told_at >= OTHERS_SECONDS:
                listener.wake()

    async def _end_the_ended(self) -> None:
        hashes = {listener.token_hash for listener in self._listeners}
        living = await asyncio.to_thread(living_sessions, self._lodge, hashes, utc_now())
        ended = hashes - living  # who came meanwhile was not asked about
        for listener in self._listeners:
            if listener.token_hash in ended:
                listener.wake(end="signed_out")
