"""The service `link_writer`: carries what is to be written to its source, several at once.

Claim, write and end of each are separate commits. A kill at any instant leaves a write that was
never begun, or one that the source perhaps has: that one is written again, under the same key.
"""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from lodge_platform.clock import utc_now
from lodge_platform.messaging.topics import Topic
from lodge_platform.services import Round, ServiceProcess
from lodge_platform.services.held import holder_name, require_lease
from lodge_platform.services.saying import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Row

    from lodge_adapters.library import KnownLink
    from lodge_platform.lodge import Lodge

_AT_ONCE = 16
_OF_ONE = 4
_BUSY_SECONDS = 0.05
_IDLE_SECONDS = 2.0
_LONGEST_AWAY_SECONDS = 300
_USUAL_PATIENCE = timedelta(minutes=6)
_FORGOTTEN_AFTER = timedelta(minutes=15)
_LOG = logging.getLogger(__name__)


@dataclass
class _Away:
    """A place that does not answer: one write at a time asks whether it is back."""

    failures: int
    until: datetime
    answer: str


class LinkWriter:
    """The writer at work. What a try takes longer than its link's limit plus `patience` is taken
    to be abandoned."""

    def __init__(
        self,
        lodge: Lodge,
        *,
        by: str = "here",
        clock: Callable[[], datetime] = utc_now,
        patience: timedelta = timedelta(seconds=20),
    ) -> None:
        from lodge_adapters.library import Library

        self._lodge = lodge
        self._library = Library(lodge)
        self._by = by
        self._clock = clock
        self._patience = patience
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="link-write")
        self._under_way: dict[int, str] = {}
        self._away: dict[str, _Away] = {}
        self._lock = Lock()

    @property
    def is_busy(self) -> bool:
        """Whether something is being written."""
        with self._lock:
            return bool(self._under_way)

    def tick(self, now: datetime) -> Round:
        """Begin what is due and has room; comes back while writes are under way."""
        from lodge_adapters.writing_claims import links_due

        require_lease(now)
        self._take_back(now)
        with self._lodge.stores.active.read() as connection:
            due = links_due(connection, now)
        links, troubles = self._ready(due)
        for write in self._claim(links, now):
            self._threads.submit(self._carry, *links[write.link], write)
        troubles += self._places_away(now)
        wait = _BUSY_SECONDS if self.is_busy else _IDLE_SECONDS
        return Round(wait, "; ".join(troubles) or None)

    def close(self) -> None:
        """Wait for what is under way, at most as long as one write takes."""
        self._threads.shutdown(wait=True)
        self._library.close()

    def _ready(self, due: set[str]) -> tuple[dict[str, tuple[KnownLink, str]], list[str]]:
        """Links that can be written by, each with its place; and what is wrong with others."""
        from lodge_platform.errors import LodgeError

        ready: dict[str, tuple[KnownLink, str]] = {}
        troubles: list[str] = []
        for name in sorted(due):
            try:
                known = self._library.get(name)
                if known.link.writes:
                    ready[name] = known, known.source().place
                else:
                    troubles.append(f"link {name}: it writes no more; what was to be written waits")
            except LodgeError as error:
                troubles.append(f"link {name}: {say(error)}; what is to be written waits")
        return ready, troubles

    def _claim(self, links: Mapping[str, tuple[KnownLink, str]], now: datetime) -> list[Row[Any]]:
        from lodge_adapters.writing_claims import claim

        room = self._room(links, now)
        if not room:
            return []
        with self._lodge.stores.active.write() as connection:
            claimed = claim(connection, room, by=self._by, now=now)
        with self._lock:
            self._under_way |= {row.link_write_id: links[row.link][1] for row in claimed}
        return claimed

    def _room(self, links: Mapping[str, tuple[KnownLink, str]], now: datetime) -> dict[str, int]:
        """How many more of each link may begin, places with the least under way first.

        A place that is away is asked by one at a time, after growing pauses.
        """
        with self._lock:
            busy = Counter(self._under_way.values())
            away = dict(self._away)
        left = _AT_ONCE - busy.total()
        room: dict[str, int] = {}
        for name in sorted(links, key=lambda each: busy[links[each][1]]):
            known, place = links[name]
            most = min(_OF_ONE, known.link.limits.at_once)
            if place in away:
                most = int(away[place].until <= now)
            places = max(0, min(most - busy[place], left))
            busy[place] += places
            left -= places
            if places:
                room[name] = places
        return room

    def _carry(self, known: KnownLink, place: str, write: Row[Any]) -> None:
        from lodge_adapters.writing_claims import finish
        from lodge_adapters.writing_once import journal, write_once

        called_at, began = self._clock(), monotonic()
        try:
            ended = write_once(self._lodge, known, write, clock=self._clock)
            seconds = monotonic() - began
            self._note(place, ended)
            with self._lodge.stores.active.write() as connection:
                finish(connection, write, ended, by=self._by)
                journal(connection, known, write, ended, called_at=called_at, seconds=seconds)
        except Exception as error:
            # It counts as begun, and is taken back and written again when patience is over.
            _LOG.warning("write %s: %s", write.link_write_id, say(error))
        finally:
            with self._lock:
                self._under_way.pop(write.link_write_id, None)

    def _note(self, place: str, ended: Any) -> None:
        """The pause of a place that does not answer doubles, from a second to five minutes."""
        with self._lock:
            if not ended.is_away:
                self._away.pop(place, None)
                return
            before = self._away.get(place)
            failures = 1 if before is None else before.failures + 1
            pause = timedelta(seconds=min(_LONGEST_AWAY_SECONDS, 2 ** min(failures - 1, 9)))
            until = ended.finished_at + max(pause, ended.retry_after or pause)
            self._away[place] = _Away(failures, until, ended.answer)

    def _places_away(self, now: datetime) -> list[str]:
        """What does not answer, as long as it is asked."""
        with self._lock:
            self._away = {
                place: away
                for place, away in self._away.items()
                if now - away.until < _FORGOTTEN_AFTER
            }
            return [f"{place}: {away.answer}" for place, away in self._away.items()]

    def _take_back(self, now: datetime) -> None:
        from lodge_adapters.writing_claims import abandoned, lock, take_back

        with self._lock:
            ours = list(self._under_way)
        patience = {
            known.name: timedelta(seconds=known.link.limits.seconds) + self._patience
            for known in self._library.links()
            if known.link.writes
        }
        active = self._lodge.stores.active
        with active.read() as connection:
            keys = abandoned(connection, now, patience=patience, usual=_USUAL_PATIENCE, ours=ours)
        if keys:
            with active.write() as connection:
                lock(connection)
                keys = abandoned(
                    connection, now, patience=patience, usual=_USUAL_PATIENCE, ours=ours
                )
                take_back(connection, keys)


def _build(lodge: Lodge, _instance: str) -> LinkWriter:
    return LinkWriter(lodge, by=holder_name("link_writer"))


process = ServiceProcess(
    name="link_writer",
    summary="Carries what data links are to write to its source, in order, until it is taken.",
    build=_build,
    group="links",
    wakes_on=(Topic.LINK_WRITE,),
)
