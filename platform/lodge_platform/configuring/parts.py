"""Parts that are plain lists: what one row has of another kind, or of a closed list of words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from lodge_platform.configuring.kind import Bringing, Part, Values
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.rows import Rows
from lodge_platform.schema.base import MasterBase


def list_part(
    field: str,
    word: str,
    row: type[MasterBase],
    *,
    owner_column: str,
    member_column: str,
    members: str | None = None,
    is_exported: bool = True,
) -> Part:
    """A part kept in a table with an owner's column and a member's.

    `members` is the plural of the kind whose names are listed; None where the words themselves
    are kept. The list is all the owner has.
    """

    def named(rows: Rows, element: Any) -> str:
        return str(element) if members is None else str(rows.name(members, element))

    def elements(rows: Rows, key: int) -> Sequence[Any]:
        held = [values[member_column] for values in rows.related(row, owner_column, key)]
        return sorted(held, key=lambda element: named(rows, element))

    def said(rows: Rows, _owner: Values, element: Any) -> str:
        return named(rows, element)

    def bring(bringing: Bringing, key: int, value: Sequence[Any], place: Place) -> bool:
        wanted: set[Any] = set()
        for number, one in enumerate(value):
            at = place.at(number)
            member = one if members is None else bringing.keys.find(members, one, at)
            if member in wanted:
                raise at.refusal(f"{one!r} is given twice")
            wanted.add(member)
        return bring_members(bringing, row, (owner_column, key), (member_column, wanted))

    def bring_keys(bringing: Bringing, key: int, keys: list[int]) -> bool:
        return bring_members(bringing, row, (owner_column, key), (member_column, set(keys)))

    return Part(
        field,
        word,
        (row,),
        owner_column,
        elements,
        said,
        named,
        bring,
        is_exported,
        None if members is None else bring_keys,
    )


def bring_members(
    bringing: Bringing,
    row: type[MasterBase],
    owner: tuple[str, int],
    members: tuple[str, set[Any]],
) -> bool:
    """Make an owner's rows those of `members`, each a column and what it holds; whether changed."""
    session, table = bringing.session, row.__table__
    (owner_column, key), (member_column, wanted) = owner, members
    rows = session.scalars(select(row).where(table.c[owner_column] == key))
    held = {getattr(one, member_column): one for one in rows}
    for member in sorted(wanted - held.keys()):
        session.add(row(**{owner_column: key, member_column: member}))
    for member in sorted(held.keys() - wanted):
        session.delete(held[member])
    session.flush()
    return wanted != held.keys()
