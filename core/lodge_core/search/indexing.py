"""The index follows the change feed: what an event touched is read again and its words replaced."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from lodge_core.search.documents import (
    ACTIVITY,
    ARTICLE,
    ARTICLE_DRAFT,
    CASE,
    NOTE,
    words_of_things,
)
from lodge_core.search.words import indexed
from lodge_platform.feed import is_waiting, number_all
from lodge_platform.schema.active import ActivityEvent, FeedLine, FeedMark, SearchDocument
from lodge_platform.stores import Store

FOLLOWER = "search"
AT_ONCE = 500
_LOCK = 4_610_005  # any number, as long as nobody else takes it
_MOST_TITLE_BYTES = 8_000
_FEED, _EVENTS = FeedLine.__table__, ActivityEvent.__table__
_MARKS, _DOCUMENTS = FeedMark.__table__, SearchDocument.__table__
# Queueing, offers and the like change no word, and are most of what happens.
_WITHOUT_WORDS = frozenset(
    {
        "activity_assigned",
        "activity_case_changed",
        "activity_classified",
        "activity_completed",
        "activity_customer_changed",
        "activity_pinned",
        "activity_queued",
        "activity_transferred",
        "activity_unpinned",
        "case_closed",
        "case_customer_changed",
        "case_reopened",
        "note_customer_changed",
        "note_moved",
    }
)
_BY_OBJECT = {CASE: (CASE,), NOTE: (NOTE,), ARTICLE: (ARTICLE, ARTICLE_DRAFT)}
_OF_ACTIVITIES = frozenset({ACTIVITY, "attachment", "email"})


def index_all(active: Store, now: datetime, *, passes: int = 20) -> int:
    """Bring the index up to the last event, in passes of bounded size; how many were read."""
    number_all(active, now, passes=passes)
    done = 0
    for _ in range(passes):
        read = index_events(active, now)
        done += read
        if read < AT_ONCE:
            break
    return done


def index_events(active: Store, now: datetime, *, at_once: int = AT_ONCE) -> int:
    """One pass: read at most `at_once` events and renew what they touched; how many.

    Nothing is written when there is nothing new. Raises TryAgainError.
    """
    with active.read() as connection:
        if not _lines(connection, _position(connection), 1):
            return 0
    with active.write() as connection:
        if not active.is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        lines = _lines(connection, _position(connection), at_once)
        if lines:
            for object_type, keys in touched_by(lines).items():
                renew(connection, object_type, keys, now=now)
            _move(connection, lines[-1].feed_no, now)
    return len(lines)


def is_behind(connection: Connection) -> bool:
    """Whether events wait to be read, or to be numbered first."""
    return bool(_lines(connection, _position(connection), 1)) or is_waiting(connection)


def touched_by(lines: Iterable[Any]) -> dict[str, set[int]]:
    """Keys of the things whose words an event may have changed, by type. Pure.

    A line has `type_code`, `object_type`, `object_id` and `activity_id`.
    """
    touched: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        if line.type_code in _WITHOUT_WORDS:
            continue
        if line.object_type in _OF_ACTIVITIES and line.activity_id is not None:
            touched[ACTIVITY].add(line.activity_id)
        elif line.object_type == ACTIVITY:
            touched[ACTIVITY].add(line.object_id)
        for object_type in _BY_OBJECT.get(line.object_type, ()):
            touched[object_type].add(line.object_id)
    return touched


def renew(
    connection: Connection, object_type: str, object_ids: Iterable[int], *, now: datetime
) -> None:
    """Write the words of these things as they are now; take away those of things that are gone."""
    keys = sorted(set(object_ids))
    found = words_of_things(connection, object_type, keys)
    wanted = {
        key: {
            "title": indexed(words.title, _MOST_TITLE_BYTES),
            "body": indexed(words.body),
            "indexed_at": now,
        }
        for key, words in found.items()
    }
    known = _known(connection, object_type, keys)
    gone = [document_id for key, (document_id, _) in known.items() if key not in wanted]
    if gone:
        connection.execute(delete(_DOCUMENTS).where(_DOCUMENTS.c.search_document_id.in_(gone)))
    changed = [
        {"document_id": known[key][0], **values}
        for key, values in wanted.items()
        if key in known and known[key][1] != (values["title"], values["body"])
    ]
    if changed:
        connection.execute(
            update(_DOCUMENTS)
            .where(_DOCUMENTS.c.search_document_id == bindparam("document_id"))
            .values({name: bindparam(name) for name in ("title", "body", "indexed_at")}),
            changed,
        )
    new = [
        {"object_type": object_type, "object_id": key, **values}
        for key, values in wanted.items()
        if key not in known
    ]
    if new:
        connection.execute(insert(_DOCUMENTS), new)


def _known(
    connection: Connection, object_type: str, keys: list[int]
) -> Mapping[int, tuple[int, tuple[str, str]]]:
    """Key of the document and its words, by thing."""
    rows = connection.execute(
        select(_DOCUMENTS).where(
            _DOCUMENTS.c.object_type == object_type, _DOCUMENTS.c.object_id.in_(keys)
        )
    )
    return {row.object_id: (row.search_document_id, (row.title, row.body)) for row in rows}


def _lines(connection: Connection, position: int, count: int) -> list[Any]:
    rows = connection.execute(
        select(
            _FEED.c.feed_no,
            _EVENTS.c.type_code,
            _EVENTS.c.object_type,
            _EVENTS.c.object_id,
            _EVENTS.c.activity_id,
        )
        .join(_EVENTS, _EVENTS.c.event_id == _FEED.c.event_id)
        .where(_FEED.c.feed_no > position)
        .order_by(_FEED.c.feed_no)
        .limit(count)
    )
    return list(rows)


def _position(connection: Connection) -> int:
    found = connection.execute(
        select(func.max(_MARKS.c.position)).where(_MARKS.c.follower == FOLLOWER)
    )
    return found.scalar() or 0


def _move(connection: Connection, position: int, now: datetime) -> None:
    moved = (
        update(_MARKS).where(_MARKS.c.follower == FOLLOWER).values(position=position, moved_at=now)
    )
    if connection.execute(moved).rowcount == 0:
        connection.execute(
            insert(_MARKS).values(follower=FOLLOWER, position=position, moved_at=now)
        )
