"""What an apply changes, row by row, as it is told to the reader."""

from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET
from sqlalchemy.orm import Session

from lodge_platform.schema.base import MasterBase

_Row = TypeVar("_Row", bound=MasterBase)


class Change(msgspec.Struct, frozen=True):
    """One row made, changed or taken away; `columns` says `name: old → new`, never a secret."""

    action: Literal["made", "changed", "removed"]
    kind: str
    name: str
    columns: tuple[str, ...] = ()


def bring_to(row: MasterBase, wanted: dict[str, Any]) -> tuple[str, ...]:
    """Set what differs on `row` and say it; values left out of the file are left as they are."""
    told: list[str] = []
    for column, value in wanted.items():
        old = getattr(row, column)
        if value is UNSET or old == value:
            continue
        setattr(row, column, value)
        told.append(f"{column}: {_shown(old)} → {_shown(value)}")
    return tuple(told)


def upsert(
    session: Session,
    found: _Row | None,
    kind: type[_Row],
    wanted: dict[str, Any],
    *,
    word: str,
    name: str,
) -> tuple[_Row, list[Change]]:
    """The row, made or brought to `wanted`, flushed, and what that changed."""
    if found is None:
        row = kind(**{column: value for column, value in wanted.items() if value is not UNSET})
        session.add(row)
        session.flush()
        return row, [Change("made", word, name)]
    columns = bring_to(found, wanted)
    session.flush()
    return found, [Change("changed", word, name, columns)] if columns else []


def _shown(value: Any) -> str:
    text = str(getattr(value, "value", value))
    return f"{text[:60]}…" if len(text) > 60 else text
