"""Rebuild rows from their events, and say where the stored rows differ."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from lodge_platform.events.catalogue import Event, payload_from
from lodge_platform.events.projection import row_changes
from lodge_platform.schema import ActiveBase
from lodge_platform.schema.active import ActivityEvent

PROJECTED = (
    "customers",
    "contact_persons",
    "contact_points",
    "cases",
    "case_relations",
    "activities",
    "notes",
    "offers",
    "agent_states",
    "article_folders",
    "articles",
    "article_versions",
)


class Difference(msgspec.Struct, frozen=True):
    """One value that is not what the events say; `stored` or `rebuilt` is None for a lost row."""

    table: str
    key: int
    column: str
    stored: Any
    rebuilt: Any


def read_events(connection: Connection) -> Iterator[Event]:
    """Every event of the store, in the order of the book."""
    table = ActivityEvent.__table__
    result = connection.execution_options(yield_per=2000).execute(
        select(table).order_by(table.c.event_id)
    )
    for row in result:
        yield event_from(row)


def event_from(row: Row[Any]) -> Event:
    """A stored row as the event it is."""
    values = dict(row._mapping)  # pyright: ignore[reportPrivateUsage]
    values["payload"] = payload_from(values.pop("type_code"), values["payload"])
    for column in ("object_type", "change_no"):
        del values[column]
    return Event(**values)


def differences(connection: Connection) -> Iterator[Difference]:
    """Compare every projected row with what its events make of it, in one read of the store."""
    rebuilt: dict[str, dict[int, dict[str, Any]]] = {}
    for event in read_events(connection):
        for change in row_changes(event):
            rows = rebuilt.setdefault(change.table, {})
            rows.setdefault(change.key, {}).update(change.values)
    for name in PROJECTED:
        yield from _compare(connection, name, rebuilt.pop(name, {}))
    for name, rows in rebuilt.items():
        yield from _compare(connection, name, rows, is_whole=False)


def _compare(
    connection: Connection,
    name: str,
    rebuilt: dict[int, dict[str, Any]],
    *,
    is_whole: bool = True,
) -> Iterator[Difference]:
    table = ActiveBase.metadata.tables[name]
    key_column = next(iter(table.primary_key.columns)).name
    for row in connection.execution_options(yield_per=2000).execute(select(table)):
        stored = row._mapping  # pyright: ignore[reportPrivateUsage]
        key = stored[key_column]
        values = rebuilt.pop(key, None)
        if values is None:
            if is_whole:
                yield Difference(name, key, "*", "a row", None)
            continue
        for column, value in values.items():
            if _plain(stored[column]) != _plain(value):
                yield Difference(name, key, column, _plain(stored[column]), _plain(value))
    for key in rebuilt:
        yield Difference(name, key, "*", None, "a row")


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value
