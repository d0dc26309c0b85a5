"""Change one row of the configuration: made, changed or deleted, under the same rules as a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import UNSET
from sqlalchemy import select

from lodge_platform.configuration import ConfigurationSession
from lodge_platform.configuring.bringing import bring_columns, new_defaults
from lodge_platform.configuring.comparing import differences
from lodge_platform.configuring.keys import Keys
from lodge_platform.configuring.kind import Bringing, ConfigurationKind
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.registry import configuration_kinds
from lodge_platform.configuring.removing import delete_unused
from lodge_platform.configuring.rows import read_rows
from lodge_platform.configuring.rules import Asker, refuse_wrong
from lodge_platform.errors import ConflictError
from lodge_platform.lodge import Lodge


def change_one(
    session: ConfigurationSession,
    lodge: Lodge,
    kind: ConfigurationKind,
    values: Mapping[str, Any],
    *,
    key: int | None,
    place: Place,
    now: datetime,
    asker: Asker,
    members: Mapping[str, list[int]] = {},
) -> int:
    """Bring the row with `key`, or a new one for None, to `values`; gives the key.

    Values are by column; those left out stay, or take their default in a new row. `members` are
    the keys of list parts by field, all that the row shall have. Raises RefusedError naming the
    field, ForbiddenError, ConflictError.
    """
    kinds = configuration_kinds()
    before = read_rows(session.connection(), kinds)
    bringing = Bringing(lodge, session, Keys(session, kinds), now)
    wanted = {column: value for column, value in values.items() if value is not UNSET}
    for column in kind.name_columns:
        if column in wanted:
            wanted[column] = kind.normal(wanted[column])
    row, _ = bring_columns(bringing, kind, wanted, key=key, place=place)
    found: int = getattr(row, kind.key_column)
    for part in kind.parts:
        if part.field in members and part.bring_keys is not None:
            part.bring_keys(bringing, found, members[part.field])
    session.flush()
    after = read_rows(session.connection(), kinds)
    changes = differences(before, after)
    places = {(kind.plural, found): place}
    refuse_wrong(before, after, places=places, changes=changes, asker=asker, lodge=lodge)
    return found


def delete_one(
    session: ConfigurationSession, lodge: Lodge, kind: ConfigurationKind, key: int, *, asker: Asker
) -> None:
    """Delete a row that nothing names. Raises ConflictError for one that others need."""
    kinds = configuration_kinds()
    before = read_rows(session.connection(), kinds)
    with lodge.stores.active.read() as active:
        is_gone = delete_unused(session, active, kind, key)
    if not is_gone:
        hint = "; switch it off instead" if kind.off() else ""
        raise ConflictError(f"this {kind.word} is in use{hint}")
    after = read_rows(session.connection(), kinds)
    changes = differences(before, after)
    refuse_wrong(before, after, places={}, changes=changes, asker=asker, lodge=lodge)


def with_defaults(kind: ConfigurationKind, values: Mapping[str, Any]) -> dict[str, Any]:
    """A whole row: what is given, and for the rest what a new row has."""
    row = kind.row(**new_defaults(kind.table))
    found: dict[str, Any] = {}
    for column, value in values.items():
        if value is not UNSET:
            found[column] = value
            continue
        default: Any = kind.table.c[column].default
        if default is None:
            found[column] = getattr(row, column)
        else:
            found[column] = default.arg(None) if default.is_callable else default.arg
    return found


def lock_row(session: ConfigurationSession, kind: ConfigurationKind, key: int) -> Any:
    """The row, locked, so that its version can be compared."""
    column = kind.table.c[kind.key_column]
    return session.scalars(select(kind.row).where(column == key).with_for_update()).one()
