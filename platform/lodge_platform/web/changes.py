"""What changed in the active store since the last look: whom and which departments it concerns.

One look serves every reader. It costs a `pragma data_version` on SQLite, an index look-up on
PostgreSQL. A change that was seen once may be named again; none is left out.
"""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import text

from lodge_platform.stores import Store
from lodge_platform.stores.horizon import settled


@dataclass(frozen=True)
class Change:
    """Agents, departments and queues named by the events since the last look."""

    agent_ids: frozenset[int]
    department_ids: frozenset[int]
    queue_ids: frozenset[int] = frozenset()

    def is_seen_by(self, department_ids: frozenset[int], queue_ids: frozenset[int]) -> bool:
        """Whether it concerns somebody who may read these departments, or only these queues."""
        return bool(self.department_ids & department_ids or self.queue_ids & queue_ids)


class Changes:
    """Looks at one store; to be used by one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._look = _OnSqlite(store) if store.is_sqlite else _OnPostgresql(store)

    def look(self) -> Change | None:
        """What changed since the last look; None for nothing. The first look sees nothing."""
        rows = self._look.rows()
        if not rows:
            return None
        return Change(
            frozenset(agent for agent, _, _ in rows if agent is not None),
            frozenset(department for _, department, _ in rows if department is not None),
            frozenset(queue for _, _, queue in rows if queue is not None),
        )

    def close(self) -> None:
        """Give back the connection and forget the past; the next look is a first one."""
        self._look.close()


_Rows = set[tuple[int | None, int | None, int | None]]


class _OnSqlite:
    def __init__(self, store: Store) -> None:
        self._path = str(store.engine.url.database)
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._seen = -1

    def rows(self) -> _Rows:
        connection = self._connection = self._connection or sqlite3.connect(
            f"file:{self._path}?mode=ro", uri=True, check_same_thread=False, timeout=1
        )
        version = _one(connection, "pragma data_version")
        if version == self._version:
            return set()
        self._version = version
        upto = _one(connection, "select change_no from change_counters")
        since, self._seen = self._seen, upto
        if since < 0:
            return set()
        return set(
            connection.execute(
                "select distinct agent_id, department_id, queue_id from activity_events "
                "where change_no > ?",
                (since,),
            )
        )

    def close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        self._version = self._seen = -1


def _one(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])


class _OnPostgresql:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._horizon: int | None = None
        self._named: set[int] = set()

    def rows(self) -> _Rows:
        with self._store.read() as connection:
            horizon, ahead = settled(connection)
            is_first = self._horizon is None or self._horizon > ahead  # it is another store now
            since = horizon if self._horizon is None or is_first else self._horizon
            found = connection.execute(
                text(
                    "select event_id, agent_id, department_id, queue_id from activity_events "
                    "where change_no >= :since"
                ),
                {"since": since},
            ).all()
        self._horizon = max(since, horizon)
        fresh = {(row[1], row[2], row[3]) for row in found if row[0] not in self._named}
        self._named = {row[0] for row in found}
        return set() if is_first else fresh

    def close(self) -> None:
        self._horizon = None
        self._named = set()
