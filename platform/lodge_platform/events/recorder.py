"""The one writer: events and the rows that follow from them, in one transaction, in groups."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, insert, update

from lodge_platform.errors import MistakeError
from lodge_platform.events.catalogue import Event, Payload, type_code_of
from lodge_platform.events.projection import row_changes
from lodge_platform.schema import ActiveBase
from lodge_platform.stores.keys import allocate
from lodge_platform.vocabulary import ActorKind


class Actor(msgspec.Struct, frozen=True):
    """Who did it; `actor_id` is a customer's, user's or workflow's key."""

    kind: ActorKind
    actor_id: int | None = None


SYSTEM = Actor(ActorKind.SYSTEM)


class Recorder:
    """Collects what happened in one transaction; `flush` writes it.

    `now` is when it is recorded and, unless said otherwise, when it occurred.
    """

    def __init__(
        self, connection: Connection, *, now: datetime, configuration_version_id: int
    ) -> None:
        self.connection = connection
        self.now = now
        self.configuration_version_id = configuration_version_id
        self._events: list[Event] = []
        self._keys: dict[int, int] = {}

    def record(
        self,
        payload: Payload,
        object_id: int,
        *,
        actor: Actor = SYSTEM,
        occurred_at: datetime | None = None,
        source_at: datetime | None = None,
        department_id: int | None = None,
        case_id: int | None = None,
        activity_id: int | None = None,
        queue_id: int | None = None,
        agent_id: int | None = None,
        caused_by: Event | None = None,
    ) -> Event:
        """Note one event; it is written, with its rows, at the next `flush`.

        Until then its key is provisional (negative); it may already be named as a cause.
        """
        event = Event(
            event_id=-(len(self._keys) + len(self._events) + 1),
            payload=payload,
            object_id=object_id,
            actor_kind=actor.kind,
            actor_id=actor.actor_id,
            configuration_version_id=self.configuration_version_id,
            occurred_at=occurred_at or self.now,
            recorded_at=self.now,
            source_at=source_at,
            department_id=department_id,
            case_id=case_id,
            activity_id=activity_id,
            queue_id=queue_id,
            agent_id=agent_id,
            caused_by_event_id=caused_by.event_id if caused_by else None,
        )
        self._events.append(event)
        return event

    def flush(self) -> list[Event]:
        """Write the events noted since the last flush, and the rows that follow from them.

        Keys are given only now. Rows that others may change are locked before this, so the
        order of keys is, for each row, the order of what happened to it.
        """
        noted, self._events = self._events, []
        if not noted:
            return []
        keys = allocate(self.connection, "activity_events", len(noted))
        self._keys |= {event.event_id: key for event, key in zip(noted, keys, strict=True)}
        events = [self._with_keys(event) for event in noted]
        _write_rows(self.connection, events)
        table = ActiveBase.metadata.tables["activity_events"]
        self.connection.execute(insert(table), [stored_form(event) for event in events])
        return events

    def _with_keys(self, event: Event) -> Event:
        cause = event.caused_by_event_id
        return msgspec.structs.replace(
            event,
            event_id=self._keys[event.event_id],
            caused_by_event_id=self._keys.get(cause, cause) if cause is not None else None,
        )


def stored_form(event: Event) -> dict[str, Any]:
    """The event as a row of `activity_events`."""
    row = msgspec.structs.asdict(event)
    row["payload"] = msgspec.to_builtins(event.payload)
    row["type_code"] = type_code_of(type(event.payload))
    row["object_type"] = type(event.payload).object_type
    return row


def _write_rows(connection: Connection, events: list[Event]) -> None:
    new: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    changed: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for event in events:
        for change in row_changes(event):
            if change.is_new:
                new[change.table][change.key] = dict(change.values)
            elif change.key in new[change.table]:
                new[change.table][change.key] |= change.values
            else:
                changed[change.table].setdefault(change.key, {}).update(change.values)
    for table in ActiveBase.metadata.sorted_tables:
        if rows := new.get(table.name):
            key = _key_of(table)
            lines = [{key: key_value} | values for key_value, values in rows.items()]
            connection.execute(insert(table), lines)
        if rows := changed.get(table.name):
            _update(connection, table, rows)


def _update(connection: Connection, table: Table, rows: dict[int, dict[str, Any]]) -> None:
    alike: dict[frozenset[str], list[dict[str, Any]]] = defaultdict(list)
    for key in sorted(rows):
        alike[frozenset(rows[key])].append({"row_key": key} | rows[key])
    for columns, lines in alike.items():
        statement = (
            update(table)
            .where(table.c[_key_of(table)] == bindparam("row_key"))
            .values({column: bindparam(column) for column in columns})
        )
        written = connection.execute(statement, lines).rowcount
        if written not in (-1, len(lines)):
            raise MistakeError(f"an event of {table.name} has no row: {written} of {len(lines)}")


def _key_of(table: Table) -> str:
    return next(iter(table.primary_key.columns)).name
