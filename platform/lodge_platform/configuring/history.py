"""What changed in the configuration, by change, or row by row: newest first."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from lodge_platform.configuring.registry import Kinds
from lodge_platform.errors import RefusedError, nearest
from lodge_platform.schema.master import ConfigurationVersion

_LINES = ConfigurationVersion.__table__.c


class HistoryLine(msgspec.Struct, frozen=True):
    """One change: all rows that one transaction changed; `version` is the one right after it."""

    version: int
    changed_at: datetime
    changed_by: str
    rows: int
    kinds: tuple[str, ...]


class RowHistoryLine(msgspec.Struct, frozen=True):
    """One version of one row; values are by column, secrets were never in them."""

    version: int
    kind: str
    name: str
    version_no: int
    action: str
    changed_at: datetime
    changed_by: str
    old_values: dict[str, Any]
    new_values: dict[str, Any]


def changes_made(
    connection: Connection, kinds: Kinds, *, most: int, before: int | None = None
) -> list[HistoryLine]:
    """The last changes, `most` of them, below version `before` where that is given."""
    words = {kind.table.name: kind.word for kind in kinds}
    words |= {
        row.__tablename__: part.word for kind in kinds for part in kind.parts for row in part.rows
    }
    last = func.max(_LINES.configuration_version_id).label("version")
    by_change = (
        select(last, _LINES.changed_at, _LINES.changed_by, func.count().label("number"))
        .group_by(_LINES.changed_at, _LINES.changed_by)
        .order_by(last.desc())
        .limit(most)
    )
    if before is not None:
        by_change = by_change.having(last < before)
    found: list[HistoryLine] = []
    for row in connection.execute(by_change).all():
        within = select(_LINES.table_name).where(
            _LINES.changed_at == row.changed_at, _LINES.changed_by == row.changed_by
        )
        tables: list[str] = [line.table_name for line in connection.execute(within.distinct())]
        named = tuple(sorted({words.get(table, table) for table in tables}))
        found.append(HistoryLine(row.version, row.changed_at, row.changed_by, row.number, named))
    return found


def versions_of(
    connection: Connection, kinds: Kinds, plural: str, *, key: int | None = None, most: int
) -> list[RowHistoryLine]:
    """The last versions of a kind's rows, or of one row. Raises RefusedError for no such kind."""
    if plural not in kinds.plurals():
        raise RefusedError(
            f"there is no kind {plural!r}; {nearest(plural, kinds.plurals())}",
            allowed=kinds.plurals(),
        )
    kind = kinds[plural]
    query = select(*_LINES).where(_LINES.table_name == kind.table.name)
    if key is not None:
        query = query.where(_LINES.changed_row_id == key)
    rows: Any = connection.execute(
        query.order_by(_LINES.configuration_version_id.desc()).limit(most)
    )
    return [
        RowHistoryLine(
            version=row.configuration_version_id,
            kind=kind.word,
            name=kind.name_of(row.new_values or row.old_values),
            version_no=row.version_no,
            action=row.action,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
            old_values=row.old_values or {},
            new_values=row.new_values or {},
        )
        for row in rows
    ]
