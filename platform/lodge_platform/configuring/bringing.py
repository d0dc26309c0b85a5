"""Bring one row of master to what was said of it: made, changed, or left as it is."""

from typing import Any

from msgspec import UNSET
from sqlalchemy import Table

from lodge_platform.configuring.comparing import Change
from lodge_platform.configuring.kind import Bringing, ConfigurationKind
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.words import Said
from lodge_platform.errors import ConflictError
from lodge_platform.schema.base import MasterBase


def bring(
    bringing: Bringing, kind: ConfigurationKind, said: Said, place: Place
) -> tuple[MasterBase, Change | None]:
    """The row that `said` names, made or brought to it, and a note of what no column shows.

    Raises RefusedError naming the place; parts come later, when every row is there.
    """
    wanted = kind.columns_of(said)
    for reference in kind.references:
        name = wanted.pop(reference.field)
        if name is not UNSET:
            at = place.at(reference.field)
            wanted[reference.column] = (
                None if name is None else bringing.keys.find(reference.kind, name, at)
            )
    for column in kind.name_columns:
        wanted[column] = kind.normal(wanted[column])
    name = kind.name_of(wanted)
    key = bringing.keys.known(kind.plural).get(name)
    row, is_new = bring_columns(bringing, kind, wanted, key=key, place=place)
    notes = kind.also(bringing, row, said, place, is_new=is_new)
    if not notes:
        return row, None
    return row, Change("made" if is_new else "changed", kind.word, name, (), notes, kind.plural)


def bring_columns(
    bringing: Bringing,
    kind: ConfigurationKind,
    wanted: dict[str, Any],
    *,
    key: int | None,
    place: Place,
) -> tuple[MasterBase, bool]:
    """The row with that key brought to `wanted`, or a new one; and whether it is new.

    Values that are UNSET are left as they are, or take the schema's default in a new row.
    """
    given = {column: value for column, value in wanted.items() if value is not UNSET}
    name = kind.name_of(given) if all(column in given for column in kind.name_columns) else None
    if name is not None:
        other = bringing.keys.lookalike(kind.plural, name, key=key)
        if other is not None:
            at = place.at(kind.name_columns[-1])
            said = at.refusal(f"there is a {kind.word} {other!r} already")
            raise ConflictError(str(said), field=said.field)
    if key is None:
        fresh = kind.fresh(bringing.lodge) if kind.fresh else {}
        row = kind.row(**new_defaults(kind.table), **fresh)
        _set(row, given)
        bringing.session.add(row)
    else:
        found = bringing.session.get(kind.row, key)
        assert found is not None  # noqa: S101 - the key was read in this transaction
        row = found
        _set(row, given)
    bringing.session.flush()
    if name is not None:
        bringing.keys.add(kind.plural, name, getattr(row, kind.key_column))
    return row, key is None


def _set(row: MasterBase, given: dict[str, Any]) -> None:
    for column, value in given.items():
        if getattr(row, column) != value:
            setattr(row, column, value)


def new_defaults(table: Table) -> dict[str, Any]:
    """Empty lists and mappings for columns whose default only the database knows."""
    found: dict[str, Any] = {}
    for column in table.columns:
        if column.server_default is not None and column.name not in ("change_no", "version_no"):
            text = str(getattr(column.server_default, "arg", ""))
            if text in ("'[]'", "'{}'"):
                found[column.name] = [] if text == "'[]'" else {}
    return found
