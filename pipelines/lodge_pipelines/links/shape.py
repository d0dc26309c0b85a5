"""What becomes of a link's table when its file says something else than before. Pure.

New fields become columns. A field that is no longer declared keeps its column, empty from then on;
older snapshots go on to show what it held. Another type of a field, or another key, cannot be told
of rows that are there, so the table is made anew. Whenever fields, types or the cursor change, all
rows are asked for again, so that new columns are filled.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lodge_pipelines.links.columns import LOADED_AT, LinkTable
from lodge_pipelines.links.control import LastLoad


@dataclass(frozen=True)
class Change:
    """`is_new`: the table is made, or made anew. `added` are columns to add, `kept` those of before
    that nobody declares any more, with their types. `is_read_anew`: ask for all rows."""

    is_new: bool
    added: tuple[str, ...]
    kept: dict[str, str]
    is_read_anew: bool
    notes: tuple[str, ...]


def change_of(table: LinkTable, present: dict[str, str], last: LastLoad | None) -> Change:
    """What is to be done; `present` are the table's columns with types, empty where none is."""
    if not present:
        return Change(True, (), {}, True, ())
    if reasons := tuple(_reasons_to_begin_again(table, present, last)):
        return Change(True, (), {}, True, (f"made anew: {', '.join(reasons)}",))
    assert last is not None  # noqa: S101 - a table without a load is made anew
    added = tuple(name for name in table.types if name not in present)
    kept = {
        name: kind
        for name, kind in present.items()
        if name not in table.types and name != LOADED_AT
    }
    cursor = table.cursor.name if table.cursor else None
    is_read_anew = last.columns != table.types or last.cursor_field != cursor
    return Change(False, added, kept, is_read_anew, tuple(_notes(table, last, added, is_read_anew)))


def _reasons_to_begin_again(
    table: LinkTable, present: dict[str, str], last: LastLoad | None
) -> Iterator[str]:
    if last is None:
        yield "nothing says what its rows are"
        return
    if last.key != table.key:
        yield f"its key is {' and '.join(table.key)} now, was {' and '.join(last.key)}"
    known = {name.lower(): name for name in present}
    for name, kind in table.types.items():
        before = known.get(name.lower())
        if before is None:
            continue
        if before != name:
            yield f"{name} was written {before}"
        elif present[name] != kind:
            yield f"{name} is {kind} now, was {present[name]}"


def _notes(
    table: LinkTable, last: LastLoad, added: tuple[str, ...], is_read_anew: bool
) -> Iterator[str]:
    if added:
        yield f"new: {', '.join(added)}"
    if dropped := [name for name in last.columns if name not in table.types]:
        yield f"no longer declared, and empty from now on: {', '.join(dropped)}"
    if is_read_anew:
        yield "all rows were asked for, because the link's fields changed"
