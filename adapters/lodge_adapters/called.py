"""One call of a link as the journal keeps it, and how many of them are written at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert

from lodge_adapters.states import SourceSaid, short
from lodge_platform.links.asking import Caller
from lodge_platform.schema.active import LinkCall
from lodge_platform.vocabulary import LinkOutcome

_CALLS: Any = LinkCall.__table__
_COLUMNS = (
    "link",
    "version",
    "caller_kind",
    "user_id",
    "api_key_id",
    "department_id",
    "activity_id",
    "outcome",
    "detail",
    "duration_seconds",
    "row_count",
    "byte_count",
    "discarded_count",
    "called_at",
)
_VALUES = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(_COLUMNS)))
_INSERT_SQLITE = (
    f"insert into link_calls ({', '.join(_COLUMNS)}) select {_VALUES} from json_each(?)"  # noqa: S608 - our own names
)


class Called(Struct, frozen=True, gc=False):
    """How one call ended; `said` is None where it tells nothing of the source."""

    link: str
    version: str
    caller: Caller
    outcome: LinkOutcome
    called_at: datetime
    duration_seconds: float
    row_count: int = 0
    byte_count: int = 0
    discarded_count: int = 0
    detail: str | None = None
    said: SourceSaid | None = None


def write_calls(connection: Connection, group: Sequence[Called]) -> None:
    """Write a row for each call.

    Thousands a second are noted beside those who ask, so the driver is called directly, and SQLite
    is given all of them in one statement: it works through them without the interpreter's lock.
    """
    dialect = connection.dialect
    at = _CALLS.c.called_at.type.dialect_impl(dialect).bind_processor(dialect)
    rows = [_row(called, at(called.called_at) if at else called.called_at) for called in group]
    if dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT_SQLITE, (msgspec.json.encode(rows).decode(),))
        return
    statement = str(insert(_CALLS).values(dict.fromkeys(_COLUMNS)).compile(dialect=dialect))
    named = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    connection.exec_driver_sql(statement, named)


def _row(called: Called, at: Any) -> tuple[Any, ...]:
    reader = called.caller.reader
    return (
        called.link,
        called.version,
        called.caller.kind.value,
        reader.user_id if reader else None,
        reader.api_key_id if reader else None,
        called.caller.department_id,
        called.caller.activity_id,
        called.outcome.value,
        short(called.detail),
        called.duration_seconds,
        called.row_count,
        called.byte_count,
        called.discarded_count,
        at,
    )
