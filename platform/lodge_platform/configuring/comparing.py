"""What differs between two moments of the configuration, row by row, as it is told to people."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import Enum
from typing import Any, Literal

import msgspec

from lodge_platform.configuring.kind import ConfigurationKind, Part, Values
from lodge_platform.configuring.rows import Rows, shown_columns

Action = Literal["made", "changed", "removed", "kept"]
_LONGEST = 60


class ColumnChange(msgspec.Struct, frozen=True):
    """A value before and after, as text; keys are told as names. Never a secret."""

    name: str
    old: str
    new: str

    def told(self) -> str:
        """`name: old → new`."""
        return f"{self.name}: {self.old} → {self.new}"


class Change(msgspec.Struct, frozen=True):
    """One row made, changed, taken away, or kept though it should go.

    `department_ids` are those it belongs to or did.
    """

    action: Action
    kind: str
    name: str
    columns: tuple[ColumnChange, ...] = ()
    notes: tuple[str, ...] = ()
    plural: str = ""
    department_ids: tuple[int, ...] = ()

    def told(self) -> list[str]:
        """What changed of the row, a text for each."""
        return [*(column.told() for column in self.columns), *self.notes]


def differences(before: Rows, after: Rows, notes: Sequence[Change] = ()) -> list[Change]:
    """Every change between the two, kinds in their order; `notes` tell what no row shows."""
    told: list[Change] = []
    for kind in after.kinds:
        own = list(_of_kind(kind, before, after))
        noted = [note for note in notes if note.plural == kind.plural]
        told += _merged(own, noted)
        for part in kind.parts:
            told += _of_part(kind, part, before, after)
    return told


def _of_kind(kind: ConfigurationKind, before: Rows, after: Rows) -> Iterator[Change]:
    old_rows, new_rows = before.of(kind.row), after.of(kind.row)
    for key, new in after.sorted_of(kind):
        old = old_rows.get(key)
        if old is None:
            yield _change("made", kind, new, ())
        elif old != new:
            yield _change("changed", kind, new, _columns(kind, old, new, before, after), old)
    for key, old in before.sorted_of(kind):
        if key not in new_rows:
            yield _change("removed", kind, old, ())


def _change(
    action: Action,
    kind: ConfigurationKind,
    values: Values,
    columns: tuple[ColumnChange, ...],
    old: Values | None = None,
) -> Change:
    rows: list[Values] = [values] if old is None else [values, old]
    departments: set[int] = {row["department_id"] for row in rows if "department_id" in row}
    return Change(
        action,
        kind.word,
        kind.name_of(values),
        columns,
        plural=kind.plural,
        department_ids=tuple(sorted(departments)),
    )


def _columns(
    kind: ConfigurationKind, old: Values, new: Values, before: Rows, after: Rows
) -> tuple[ColumnChange, ...]:
    named = {reference.column: reference for reference in kind.references}
    told: list[ColumnChange] = []
    for column in shown_columns(kind.table):
        if old.get(column) == new[column]:
            continue
        reference = named.get(column)
        if reference:
            was = before.name(reference.kind, old.get(column))
            told.append(
                ColumnChange(
                    reference.field, shown(was), shown(after.name(reference.kind, new[column]))
                )
            )
        else:
            told.append(_column(column, old.get(column), new[column]))
    return tuple(told)


def _column(name: str, old: Any, new: Any) -> ColumnChange:
    if isinstance(old, str) and isinstance(new, str) and ("\n" in old or "\n" in new):
        lost, won = _lines(old, new)
        return ColumnChange(name, f"-{lost} lines", f"+{won} lines")
    return ColumnChange(name, shown(old), shown(new))


def _lines(old: str, new: str) -> tuple[int, int]:
    """How many lines went and came."""
    before, after = old.splitlines(), new.splitlines()
    kept = sum(
        block.size for block in SequenceMatcher(None, before, after, False).get_matching_blocks()
    )
    return len(before) - kept, len(after) - kept


def shown(value: Any) -> str:
    """A value in few characters; nothing for None."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value.value if isinstance(value, Enum) else value)
    return f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text


def _of_part(kind: ConfigurationKind, part: Part, before: Rows, after: Rows) -> Iterator[Change]:
    if not part.is_exported:
        return  # the same rows are told by the kind at their other end
    for key in sorted(before.of(kind.row).keys() | after.of(kind.row).keys()):
        old, new = part.elements(before, key), part.elements(after, key)
        if old == new:
            continue
        owner = after.of(kind.row).get(key) or before.of(kind.row)[key]
        for action, rows, elements in (
            ("made", after, [one for one in new if one not in old]),
            ("removed", before, [one for one in old if one not in new]),
        ):
            for element in elements:
                yield Change(
                    "made" if action == "made" else "removed",
                    part.word,
                    f"{kind.name_of(owner)}: {part.told(rows, element)}",
                    plural=kind.plural,
                    department_ids=_departments(kind, owner, element),
                )


def _departments(kind: ConfigurationKind, owner: Values, _element: Any) -> tuple[int, ...]:
    return () if kind.is_house_wide else (owner["department_id"],)


def _merged(own: list[Change], noted: Sequence[Change]) -> list[Change]:
    """Notes put with the change of the same row, else behind."""
    left = {note.name: note for note in noted}
    merged: list[Change] = []
    for change in own:
        note = left.pop(change.name, None)
        if note is not None and change.action == "changed":
            change = msgspec.structs.replace(change, notes=note.notes)
        merged.append(change)
    return merged + [note for note in left.values() if note.action != "made"]
