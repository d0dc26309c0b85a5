"""One piece of work on the active store: what happened is recorded, committed once, and told.

    with working(lodge, actor=Actor(ActorKind.AGENT, 7), now=now) as work:
        case = lock_case(work.connection, case_id)
        work.record(CaseClosed(), case_id, case_id=case_id, department_id=case.department_id)

Functions that act take a `Work`, so that several of them, and the API's own rows, are one commit.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from lodge_platform.configuration import version_in_force
from lodge_platform.events.catalogue import Event
from lodge_platform.events.payload import Payload
from lodge_platform.events.recorder import Actor, Recorder
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic


@dataclass
class Work:
    """An open transaction on active with its recorder; `actor` is who does it, at `now`."""

    lodge: Lodge
    connection: Connection
    recorder: Recorder
    actor: Actor
    now: datetime
    topics: set[Topic] = field(default_factory=set[Topic])

    def record(self, payload: Payload, object_id: int, **context: Any) -> Event:
        """Note one event by `actor`; `context` as for `Recorder.record`."""
        values: dict[str, Any] = {"actor": self.actor, **context}
        return self.recorder.record(payload, object_id, **values)

    def flush(self) -> list[Event]:
        """Write what was noted, so that the rows can be read; the commit comes later."""
        return self.recorder.flush()

    def wakes(self, *topics: Topic) -> None:
        """Wake these after the commit."""
        self.topics.update(topics)


@contextmanager
def working(lodge: Lodge, *, actor: Actor, now: datetime) -> Generator[Work]:
    """A piece of work: all of it is committed at the end, or none; then others are woken."""
    with lodge.stores.master.read() as connection:
        version = version_in_force(connection)
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=version)
        work = Work(lodge, connection, recorder, actor, now)
        yield work
        work.flush()
    if work.topics:
        wake(lodge, *sorted(work.topics))
