"""Take rows away: deleted where nothing names them, switched off where the past needs them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, exists, select
from sqlalchemy.exc import IntegrityError

from lodge_platform.configuration import ConfigurationSession
from lodge_platform.configuring.comparing import Change
from lodge_platform.configuring.kind import Bringing, ConfigurationKind
from lodge_platform.configuring.reading import ConfigurationFile
from lodge_platform.configuring.registry import Kinds
from lodge_platform.errors import MistakeError
from lodge_platform.schema.base import ActiveBase, MasterBase


def prune(bringing: Bringing, kinds: Kinds, file: ConfigurationFile) -> list[Change]:
    """Remove the rows that the file does not name, of the kinds that it names; tell those kept."""
    told: list[Change] = []
    with bringing.lodge.stores.active.read() as active:
        for kind in reversed(list(kinds)):
            if kind.plural not in file.said:
                continue
            named = {kind.name_of(kind.columns_of(said)) for said in file.said[kind.plural]}
            known = bringing.keys.known(kind.plural)
            extra = [key for name, key in sorted(known.items()) if name not in named]
            kept = remove(bringing.session, active, kind, extra)
            names = [name for name, key in sorted(known.items()) if key in kept]
            told += [kept_note(kind, name) for name in names]
    return told


def remove(
    session: ConfigurationSession, active: Connection, kind: ConfigurationKind, keys: Iterable[int]
) -> set[int]:
    """Delete the rows with their parts where nothing names them, else switch them off.

    Gives the keys of those that are named and cannot be switched off: they are left as they are.
    """
    left = {key for key in keys if is_used(active, kind, key)}
    rest = set(keys) - left
    while gone := {key for key in sorted(rest) if _is_deleted(session, kind, key)}:
        rest -= gone  # what was named by those alone can go now
    left |= rest
    off = kind.off()
    for key in sorted(left if off else ()):
        row = _row(session, kind, key)
        for column, value in off.items():
            if getattr(row, column) != value:
                setattr(row, column, value)
    session.flush()
    return set() if off else left


def delete_unused(
    session: ConfigurationSession, active: Connection, kind: ConfigurationKind, key: int
) -> bool:
    """Delete the row with its parts where nothing names it; whether it was deleted."""
    return not is_used(active, kind, key) and _is_deleted(session, kind, key)


def is_used(active: Connection, kind: ConfigurationKind, key: int) -> bool:
    """Whether any row of the active store names the row."""
    if kind.is_used is not None and kind.is_used(active, key):
        return True
    names = {kind.key_column, *kind.traces}
    for table in ActiveBase.metadata.sorted_tables:
        for column in table.columns:
            if column.name in names and not column.primary_key:
                found: Any = select(exists().where(column == key))
                if active.execute(found).scalar():
                    return True
    return False


def kept_note(kind: ConfigurationKind, name: str) -> Change:
    """Tells that the row stays though it should go."""
    why = "others refer to it, and it cannot be switched off"
    return Change("kept", kind.word, name, (), (why,), kind.plural)


def _row(session: ConfigurationSession, kind: ConfigurationKind, key: int) -> MasterBase:
    row = session.get(kind.row, key)
    if row is None:
        raise MistakeError(f"there is no {kind.word} {key}")
    return row


def _is_deleted(session: ConfigurationSession, kind: ConfigurationKind, key: int) -> bool:
    row = _row(session, kind, key)
    try:
        with session.begin_nested():
            for part in kind.parts:
                _delete_part(session, part.rows, part.owner_column, key)
            session.delete(row)
            session.flush()
    except IntegrityError:
        return False
    return True


def _delete_part(
    session: ConfigurationSession, rows: tuple[type[MasterBase], ...], column: str, key: int
) -> None:
    """Rows of a part, and what hangs on them, the latter first."""
    owner = rows[0].__table__
    found = list(session.scalars(select(rows[0]).where(owner.c[column] == key)))
    own_key = next(iter(owner.primary_key.columns)).name
    keys = [getattr(one, own_key) for one in found]
    for hanging in reversed(rows[1:]):
        table = hanging.__table__
        for one in session.scalars(select(hanging).where(table.c[own_key].in_(keys))):
            session.delete(one)
    session.flush()
    for one in found:
        session.delete(one)
    session.flush()
