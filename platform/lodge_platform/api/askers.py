"""Who asks: an API key or the console's session, known again without asking the store each time.

What is kept is believed only while nothing was committed to master since: SQLite tells by its
data version. It is asked once for all requests whose bytes were read before the event loop's
present turn, as what it tells is later than any of them. On PostgreSQL the keys of all requests
that came in meanwhile are looked up by one query that begins after they came. So a revoked right
is gone with the next request.
"""

import asyncio
import sqlite3
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from lodge_platform.api.rows import open_read_only
from lodge_platform.errors import TryAgainError
from lodge_platform.identity import SignedIn, who_is, who_is_key
from lodge_platform.lodge import Lodge

_MOST_KEPT = 5000
_KEPT_SECONDS = 30
_THREADS = 4


class Askers:
    """Finds who asks, for one Lodge."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge
        self._known = _Known()
        self._watched: sqlite3.Connection | None = None
        self._version = -1
        self._is_of_this_turn = False
        self._turns: dict[str, _Turn] = {}
        # Threads of their own: whoever waits for a row to change keeps nobody outside.
        self._threads = ThreadPoolExecutor(_THREADS, "askers")

    async def find(
        self, token: str, *, is_key: bool, address: str, now: datetime, is_background: bool = False
    ) -> SignedIn | None:
        """Who holds this key or session token; None for nobody."""
        if self._lodge.stores.master.is_sqlite:
            self._forget_if_changed()
            if (found := self._known.get(token, now)) is not None:
                return found
        found = await self._look(token, is_key, address, now, is_background)
        if found is not None and self._lodge.stores.master.is_sqlite:
            self._known.keep(token, found, now)
        return found

    def close(self) -> None:
        """Give back the connection and the threads."""
        self._threads.shutdown(wait=False)
        self._stop_watching()

    def _stop_watching(self) -> None:
        if self._watched is not None:
            self._watched.close()
            self._watched = None

    async def _look(
        self, token: str, is_key: bool, address: str, now: datetime, is_background: bool
    ) -> SignedIn | None:
        """Look it up in a thread; requests that come while one runs share the one after it."""
        loop = asyncio.get_running_loop()
        turn = self._turns.get(token)
        if turn is None or turn.loop is not loop:
            turn = self._turns[token] = _Turn(loop)
        if turn.next is None:
            asked = (token, is_key, address, now, is_background)
            turn.next = loop.create_task(self._take(turn, *asked))
        return await asyncio.shield(turn.next)

    async def _take(
        self,
        turn: "_Turn",
        token: str,
        is_key: bool,
        address: str,
        now: datetime,
        is_background: bool,
    ) -> SignedIn | None:
        async with turn.lock:
            turn.next = None
            loop = asyncio.get_running_loop()
            asked = (token, is_key, address, now, is_background)
            found = await loop.run_in_executor(self._threads, self._find, *asked)
        if turn.next is None and self._turns.get(token) is turn:
            del self._turns[token]
        return found

    def _find(
        self, token: str, is_key: bool, address: str, now: datetime, is_background: bool
    ) -> SignedIn | None:
        if is_key:
            return who_is_key(self._lodge, token, now, address)
        return who_is(self._lodge, token, now, is_background=is_background)

    def _forget_if_changed(self) -> None:
        if self._is_of_this_turn:
            return
        try:
            if self._watched is None:
                path = str(self._lodge.stores.master.engine.url.database)
                self._watched = open_read_only(path)
            version = self._watched.execute("pragma data_version").fetchone()[0]
        except sqlite3.OperationalError as error:
            self._stop_watching()
            raise TryAgainError(f"master store: {error}") from error
        if version != self._version:
            self._version = version
            self._known.clear()
        # What is called soon runs before anything that a socket brings from now on.
        self._is_of_this_turn = True
        asyncio.get_running_loop().call_soon(self._end_turn)

    def _end_turn(self) -> None:
        self._is_of_this_turn = False


class _Turn:
    """Look-ups of one token: the one that runs has the lock, the next is waited for by many."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.lock = asyncio.Lock()
        self.next: asyncio.Task[SignedIn | None] | None = None


class _Known:
    """Who was found for which token, for a short while."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[SignedIn, datetime]] = OrderedDict()

    def get(self, token: str, now: datetime) -> SignedIn | None:
        found, kept_at = self._kept.get(token, (None, now))
        if found is None or not 0 <= (now - kept_at).total_seconds() < _KEPT_SECONDS:
            return None
        return found if found.ends_at is None or now < found.ends_at else None

    def keep(self, token: str, found: SignedIn, now: datetime) -> None:
        self._kept[token] = found, now
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        self._kept.clear()
