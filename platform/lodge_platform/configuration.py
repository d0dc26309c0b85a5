"""Configuration with a past: the one way to change a master row, which leaves its version."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, event, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstanceState, Session
from sqlalchemy.orm.exc import StaleDataError

from lodge_platform.errors import ConflictError, MistakeError
from lodge_platform.schema.base import MasterBase, Versioned
from lodge_platform.schema.master import ConfigurationVersion
from lodge_platform.schema.terms import term_of
from lodge_platform.sessions_ended import end_untrue_sessions, revoke_untrue_keys
from lodge_platform.stores.engines import Store
from lodge_platform.vocabulary import Sensitivity

_LOCK = 4_610_002  # any number, as long as nobody else takes it


class ConfigurationSession(Session):
    """A session whose flushes leave a line in `configuration_versions` for each changed row."""


@contextmanager
def change_configuration(
    master: Store, *, by: str, now: datetime
) -> Generator[ConfigurationSession]:
    """A session to change master rows in; committed at the end, with every row's version.

    `by` says who: "user:KEY", or a service's or verb's name. Raises ConflictError when a row
    changed meanwhile or breaks a rule of the schema. One change follows another, so that a higher
    version is always the later one.
    """
    with master.write() as connection, ConfigurationSession(bind=connection) as session:
        if not master.is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        session.info.update(by=by, now=now)
        try:
            yield session
            session.flush()
        except StaleDataError as error:
            raise ConflictError("the row changed since it was read; read it again") from error
        except IntegrityError as error:
            # What PostgreSQL adds below its first line is the row itself, with its secrets.
            reason = str(error.orig).strip().split("\n", 1)[0]
            raise ConflictError(f"this cannot be kept: {reason}") from error


def note_change(session: Session, table: str, row_id: int, action: str) -> None:
    """A line in `configuration_versions` for a row that keeps no versions of its own.

    `action` is created, changed or deleted; values are left out, since such rows are secret.
    """
    lines = ConfigurationVersion.__table__
    highest = select(func.coalesce(func.max(lines.c.version_no), 0)).where(
        lines.c.table_name == table, lines.c.changed_row_id == row_id
    )
    values = {
        "table_name": table,
        "changed_row_id": row_id,
        "version_no": (session.scalar(highest) or 0) + 1,
        "action": action,
        "old_values": None,
        "new_values": None,
        "changed_by": session.info["by"],
        "changed_at": session.info["now"],
        "valid_from_at": session.info["now"],
    }
    session.connection().execute(insert(ConfigurationVersion), [values])


def version_in_force(connection: Connection) -> int:
    """The number that names the whole configuration as it is now; 0 before the first change."""
    highest = func.max(ConfigurationVersion.configuration_version_id)
    return connection.execute(select(highest)).scalar() or 0


@event.listens_for(ConfigurationSession, "before_flush")
def _revoke_keys(session: ConfigurationSession, _context: object, _instances: object) -> None:
    revoke_untrue_keys(session)


def remake(session: ConfigurationSession, kind: type[MasterBase], values: dict[str, Any]) -> None:
    """Make a row that was deleted again, under its old key, as its next version."""
    table = kind.__table__
    [key] = [column.name for column in table.primary_key.columns]
    lines = ConfigurationVersion.__table__.c
    last = session.execute(
        select(func.max(lines.version_no)).where(
            lines.table_name == table.name, lines.changed_row_id == values[key]
        )
    ).scalar()
    row_values = {**values, "version_no": (last or 0) + 1}
    session.execute(insert(table).values(**row_values))
    row = session.get(kind, values[key])
    if not isinstance(row, Versioned):
        raise MistakeError(f"{table.name} keeps no versions")
    session.connection().execute(insert(ConfigurationVersion), [_line(session, row, "created")])


@event.listens_for(ConfigurationSession, "after_flush")
def _keep_versions(session: ConfigurationSession, _context: object) -> None:
    end_untrue_sessions(session)
    lines = [
        *(_line(session, row, "created") for row in session.new if isinstance(row, Versioned)),
        *(
            _line(session, row, "changed")
            for row in session.dirty
            if isinstance(row, Versioned) and session.is_modified(row)
        ),
        *(_line(session, row, "deleted") for row in session.deleted if isinstance(row, Versioned)),
    ]
    if lines:
        session.connection().execute(insert(ConfigurationVersion), lines)


def _line(session: ConfigurationSession, row: Versioned, action: str) -> dict[str, Any]:
    state: InstanceState[Any] = inspect(row)  # pyright: ignore[reportAssignmentType]
    mapper = state.mapper
    shown = [column for column in mapper.columns if _is_shown(column)]
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for column in shown:
        name = mapper.get_property_by_column(column).key
        history = state.attrs[name].history
        if action != "created" and history.deleted:
            old[name] = _plain(history.deleted[0])
        new[name] = _plain(getattr(row, name))
    key = mapper.primary_key_from_instance(row)
    if len(key) != 1:
        raise MistakeError(f"{mapper.local_table.description} must have a key of one column")
    return {
        "table_name": mapper.local_table.description,
        "changed_row_id": key[0],
        "version_no": row.version_no + (1 if action == "deleted" else 0),
        "action": action,
        "old_values": new if action == "deleted" else (old or None),
        "new_values": None if action == "deleted" else new,
        "changed_by": session.info["by"],
        "changed_at": session.info["now"],
        "valid_from_at": session.info["now"],
    }


def _is_shown(column: Any) -> bool:
    said = term_of(column)
    is_secret = said is not None and said.sensitivity is Sensitivity.SECRET
    return not is_secret and column.name != "change_no"


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value
