"""Bring every row back to what it was right after a configuration version, as new versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from lodge_platform.configuration import (
    ConfigurationSession,
    change_configuration,
    remake,
    version_in_force,
)
from lodge_platform.configuring.applying import (
    Applied,
    NotKept,
    Plan,
    effects_of,
    refuse_moved,
)
from lodge_platform.configuring.comparing import Change, differences
from lodge_platform.configuring.kind import Values
from lodge_platform.configuring.registry import Kinds, configuration_kinds
from lodge_platform.configuring.removing import kept_note, remove
from lodge_platform.configuring.rows import Rows, read_rows, shown_columns
from lodge_platform.configuring.rules import OPERATOR, Asker, refuse_wrong
from lodge_platform.errors import RefusedError
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.base import MasterBase
from lodge_platform.schema.master import ConfigurationVersion

_Past = Mapping[str, Mapping[int, Values]]


def rollback(
    lodge: Lodge,
    version: int,
    *,
    by: str,
    now: datetime,
    expect: int | None = None,
    asker: Asker = OPERATOR,
) -> Applied:
    """Every kind's rows and parts as they were at `version`, in one transaction.

    Passwords and other secrets stay as they are now; rows made since are deleted, or switched off
    where others name them. Raises RefusedError for a version that was never, or whose
    configuration cannot be any more; StaleError as `apply` does.
    """
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        applied = bring_back_in(session, lodge, version, expect=expect, asker=asker)
    if applied.changes:
        wake(lodge, Topic.CONFIGURATION)
    return applied


def plan_rollback(lodge: Lodge, version: int, *, now: datetime, asker: Asker = OPERATOR) -> Plan:
    """What `rollback` would change and do to live work; nothing is kept."""
    applied: Applied | None = None
    try:
        with change_configuration(lodge.stores.master, by="plan", now=now) as session:
            applied = bring_back_in(session, lodge, version, asker=asker)
            raise NotKept
    except NotKept:
        assert applied is not None  # noqa: S101 - it was made before
    return Plan(applied.from_version, applied.changes, effects_of(lodge, applied, now=now))


def rows_at(connection: Connection, kinds: Kinds, version: int) -> _Past:
    """The rows by table and key as they were right after that configuration version."""
    lines = ConfigurationVersion.__table__.c
    names = [row.__tablename__ for row in kinds.tables()]
    last = (
        select(func.max(lines.configuration_version_id).label("line"))
        .where(lines.configuration_version_id <= version, lines.table_name.in_(names))
        .group_by(lines.table_name, lines.changed_row_id)
        .subquery()
    )
    found: dict[str, dict[int, Values]] = {name: {} for name in names}
    rows: Any = connection.execute(
        select(lines.table_name, lines.changed_row_id, lines.action, lines.new_values).join(
            last, last.c.line == lines.configuration_version_id
        )
    )
    for row in rows:
        if row.action != "deleted" and row.new_values is not None:
            found[row.table_name][row.changed_row_id] = row.new_values
    return found


def bring_back_in(
    session: ConfigurationSession,
    lodge: Lodge,
    version: int,
    *,
    expect: int | None = None,
    asker: Asker = OPERATOR,
) -> Applied:
    """As `rollback`, in a session of `change_configuration` that the caller ends."""
    kinds, connection = configuration_kinds(), session.connection()
    present = refuse_moved(session, expect)
    if not 1 <= version <= present:
        raise RefusedError(
            f"there is no configuration version {version}; allowed: 1 to {present}",
            field="version",
        )
    before, past = read_rows(connection, kinds), rows_at(connection, kinds, version)
    for row in reversed(kinds.part_tables()):
        _delete_made_since(session, row, past)
    _free_names(session, kinds, past)
    for kind in kinds:
        for key, values in sorted(past[kind.row.__tablename__].items()):
            fresh = kind.fresh(lodge) if kind.fresh else {}
            _bring_row(session, kind.row, key, values, fresh)
    for row in kinds.part_tables():
        for key, values in sorted(past[row.__tablename__].items()):
            _bring_row(session, row, key, values, {})
    notes = _remove_made_since(session, lodge, kinds, past)
    session.flush()
    after = read_rows(connection, kinds)
    changes = differences(before, after, notes)
    refuse_wrong(before, after, places={}, changes=changes, asker=asker, lodge=lodge)
    return Applied(present, version_in_force(connection), changes, before, after)


def _delete_made_since(session: ConfigurationSession, row: type[MasterBase], past: _Past) -> None:
    for key in _keys(session, row) - past[row.__tablename__].keys():
        session.delete(session.get(row, key))
    session.flush()


def _keys(session: ConfigurationSession, row: type[MasterBase]) -> set[int]:
    key = next(iter(row.__table__.primary_key.columns))
    return set(session.scalars(select(key)))


def _free_names(session: ConfigurationSession, kinds: Kinds, past: _Past) -> None:
    """Give rows whose name another row had at that time a name of their own meanwhile."""
    for kind in kinds:
        wanted = {kind.name_of(values): key for key, values in past[kind.row.__tablename__].items()}
        for row in list(session.scalars(select(kind.row))):
            values = {column: getattr(row, column) for column in kind.name_columns}
            key = getattr(row, kind.key_column)
            if wanted.get(kind.name_of(values), key) != key:
                last = kind.name_columns[-1]
                setattr(row, last, f"{values[last]} ({kind.word} {key})")
        session.flush()


def _bring_row(
    session: ConfigurationSession,
    kind: type[MasterBase],
    key: int,
    values: Values,
    fresh: Mapping[str, Any],
) -> None:
    """One row as it was; columns that the past does not know keep what they have."""
    known = {name: values[name] for name in shown_columns(kind.__table__) if name in values}
    row = session.get(kind, key)
    if row is None:
        remake(session, kind, {**fresh, **known})
        return
    for column, value in known.items():
        if getattr(row, column) != value:
            setattr(row, column, value)
    session.flush()


def _remove_made_since(
    session: ConfigurationSession, lodge: Lodge, kinds: Kinds, past: _Past
) -> list[Change]:
    told: list[Change] = []
    with lodge.stores.active.read() as active:
        for kind in reversed(list(kinds)):
            since = _keys(session, kind.row) - past[kind.row.__tablename__].keys()
            for key in sorted(remove(session, active, kind, since)):
                row = session.get(kind.row, key)
                values = {column: getattr(row, column) for column in kind.name_columns}
                told.append(kept_note(kind, kind.name_of(values)))
    return told


def past_of(connection: Connection, kinds: Kinds, version: int) -> Rows:
    """The configuration as it was at `version`, to be exported or compared."""
    return Rows(kinds, rows_at(connection, kinds, version))
