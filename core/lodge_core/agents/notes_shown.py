"""Notes as pages show them, with their authors' names. Reads only."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, or_, select

from lodge_platform.identity import Action, SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Note
from lodge_platform.schema.master import User

_N = Note.__table__.c


class NoteView(Struct, frozen=True):
    """One note; `about` is activity or case."""

    note_id: int
    about: str
    author_id: int | None
    author: str
    text: str
    written_at: datetime
    edited_at: datetime | None


def notes_of(
    lodge: Lodge, reader: SignedIn, *, case_id: int, activity_id: int | None = None
) -> tuple[NoteView, ...]:
    """Notes of the case, and of one of its activities, that departments of the reader wrote."""
    about: list[ColumnElement[bool]] = [_N.case_id == case_id]
    if activity_id is not None:
        about.append(_N.activity_id == activity_id)
    departments = sorted(reader.departments_near(Action.ACTIVITY_READ))
    with lodge.stores.active.read() as connection:
        rows = connection.execute(
            select(Note.__table__)
            .where(or_(*about), _N.deleted_at.is_(None), _N.department_id.in_(departments))
            .order_by(_N.note_id)
        ).all()
    names = names_of(lodge, {row.author_id for row in rows if row.author_id})
    return tuple(
        NoteView(
            note_id=row.note_id,
            about="case" if row.case_id else "activity",
            author_id=row.author_id,
            author=names.get(row.author_id, "a rule"),
            text=row.text,
            written_at=row.written_at,
            edited_at=row.edited_at,
        )
        for row in rows
    )


def names_of(lodge: Lodge, user_ids: Iterable[int]) -> dict[int, str]:
    """Names of these users by key."""
    with lodge.stores.master.read() as connection:
        rows = connection.execute(
            select(User.user_id, User.display_name).where(User.user_id.in_(list(user_ids)))
        )
        return {row[0]: row[1] for row in rows}
