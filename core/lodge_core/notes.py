"""Notes: what people say to one another about an activity, a case or a customer.

A note belongs to the department it was written in and is shown to that department alone. Nothing
that leaves to a customer reads notes.
"""

from typing import Any

import msgspec
from sqlalchemy import Row, select

from lodge_core.activities.holding import agent_of
from lodge_core.customers.locking import hold_customers, usable_customer
from lodge_core.routing.claims import lock_activity, lock_case
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ForbiddenError, NotFoundError, RefusedError
from lodge_platform.events.of_notes import NoteDeleted, NoteEdited, NoteWritten
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Note
from lodge_platform.stores import allocate

_NOTES = Note.__table__


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a note is about: exactly one of the three."""

    activity_id: int | None = None
    case_id: int | None = None
    customer_id: int | None = None


def write(work: Work, about: About, text: str, *, department_id: int) -> int:
    """Write a note in a department, by who does the work; its key.

    Raises NotFoundError for a thing that is not there, RefusedError for an empty text.
    """
    _refuse_empty(text)
    context = _context(work, about)
    [note_id] = allocate(work.connection, "notes")
    work.record(
        NoteWritten(
            department_id=department_id,
            case_id=about.case_id,
            activity_id=about.activity_id,
            customer_id=about.customer_id,
            author_id=agent_of(work),
            text=text,
        ),
        note_id,
        department_id=department_id,
        **context,
    )
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)
    return note_id


def edit(work: Work, note_id: int, text: str, *, expected: int | None = None) -> None:
    """Change what a note says. Raises ForbiddenError for anybody but its author, StaleError."""
    _refuse_empty(text)
    note = _lock(work, note_id)
    refuse_stale(note, expected)
    _refuse_others(work, note)
    if note.text == text:
        return
    work.record(NoteEdited(old_text=note.text, new_text=text), note_id, **_context_of(note))
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def delete(
    work: Work, note_id: int, *, is_others_too: bool = False, expected: int | None = None
) -> None:
    """Let a note be shown to nobody any more. Raises ForbiddenError for anybody but its author,
    unless `is_others_too`."""
    note = _lock(work, note_id)
    refuse_stale(note, expected)
    if not is_others_too:
        _refuse_others(work, note)
    work.record(NoteDeleted(), note_id, **_context_of(note))
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def _context(work: Work, about: About) -> dict[str, int]:
    """Keys for the event; what the note is about is locked, so that it does not vanish."""
    if about.activity_id is not None:
        activity = lock_activity(work.connection, about.activity_id)
        return {"activity_id": about.activity_id, "case_id": activity.case_id}
    if about.case_id is not None:
        lock_case(work.connection, about.case_id)
        return {"case_id": about.case_id}
    if about.customer_id is not None:
        hold_customers(work.connection)
        usable_customer(work.connection, about.customer_id)
        return {}
    raise RefusedError("a note is about an activity, a case or a customer")


def _context_of(note: Row[Any]) -> dict[str, int | None]:
    return {
        "department_id": note.department_id,
        "case_id": note.case_id,
        "activity_id": note.activity_id,
    }


def _lock(work: Work, note_id: int) -> Row[Any]:
    row = work.connection.execute(
        select(_NOTES).where(_NOTES.c.note_id == note_id).with_for_update()
    ).one_or_none()
    if row is None or row.deleted_at is not None:
        raise NotFoundError(f"no note {note_id}")
    return row


def _refuse_others(work: Work, note: Row[Any]) -> None:
    if note.author_id != agent_of(work):
        raise ForbiddenError(f"note {note.note_id} is somebody else's")


def _refuse_empty(text: str) -> None:
    if not text.strip():
        raise RefusedError("a note says something; this one is empty", field="text")
