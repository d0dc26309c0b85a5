"""What of each thing can be found: its title, and all other words of it. Reads only."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, select

from lodge_core.articles.html import words_of
from lodge_platform.schema.active import (
    Activity,
    Article,
    ArticleVersion,
    Attachment,
    Case,
    Email,
    Note,
)

ACTIVITY, CASE, NOTE = "activity", "case", "note"
ARTICLE, ARTICLE_DRAFT = "article", "article_draft"
OBJECT_TYPES = (ACTIVITY, CASE, NOTE, ARTICLE, ARTICLE_DRAFT)
_A, _C, _N = Activity.__table__.c, Case.__table__.c, Note.__table__.c
_E, _F = Email.__table__.c, Attachment.__table__.c
_R, _V = Article.__table__.c, ArticleVersion.__table__.c


class Words(Struct, frozen=True):
    """The text of one thing, as people wrote it."""

    title: str
    body: str


def words_of_things(
    connection: Connection, object_type: str, object_ids: Iterable[int]
) -> dict[int, Words]:
    """The words of each thing that is there; deleted ones are left out."""
    return _READERS[object_type](connection, sorted(set(object_ids)))


def _of_activities(connection: Connection, keys: list[int]) -> dict[int, Words]:
    rows = connection.execute(
        select(_A.activity_id, _A.subject, _A.description).where(
            _A.activity_id.in_(keys), _A.deleted_at.is_(None)
        )
    ).all()
    titles = {row.activity_id: row.subject for row in rows}
    texts: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(
        select(
            _E.activity_id, _E.subject, _E.from_name, _E.from_address, _E.text_body, _E.html_body
        )
        .where(_E.activity_id.in_(keys))
        .order_by(_E.email_id)
    ):
        body = row.text_body or (words_of(row.html_body) if row.html_body else "")
        subject = "" if row.subject == titles.get(row.activity_id) else row.subject
        texts[row.activity_id] += [body, subject, row.from_name, row.from_address]
    for row in connection.execute(
        select(_F.activity_id, _F.filename)
        .where(_F.activity_id.in_(keys), _F.deleted_at.is_(None))
        .order_by(_F.attachment_id)
    ):
        texts[row.activity_id].append(row.filename)
    return {
        row.activity_id: Words(row.subject, _joined(row.description, *texts[row.activity_id]))
        for row in rows
    }


def _of_cases(connection: Connection, keys: list[int]) -> dict[int, Words]:
    rows = connection.execute(
        select(_C.case_id, _C.subject, _C.description, _C.solution).where(
            _C.case_id.in_(keys), _C.deleted_at.is_(None)
        )
    )
    return {row.case_id: Words(row.subject, _joined(row.description, row.solution)) for row in rows}


def _of_notes(connection: Connection, keys: list[int]) -> dict[int, Words]:
    rows = connection.execute(
        select(_N.note_id, _N.text).where(_N.note_id.in_(keys), _N.deleted_at.is_(None))
    )
    return {row.note_id: Words("", row.text) for row in rows}


def _of_articles(connection: Connection, keys: list[int]) -> dict[int, Words]:
    return _of_versions(connection, keys, _R.published_version_no)


def _of_drafts(connection: Connection, keys: list[int]) -> dict[int, Words]:
    """The newest versions, where they are not what is published."""
    is_other = _R.published_version_no.is_distinct_from(_R.newest_version_no)
    return _of_versions(connection, keys, _R.newest_version_no, is_other)


def _of_versions(
    connection: Connection, keys: list[int], number: Any, *conditions: Any
) -> dict[int, Words]:
    rows = connection.execute(
        select(_R.article_id, _V.title, _V.text)
        .select_from(Article.__table__)
        .join(
            ArticleVersion.__table__,
            and_(_V.article_id == _R.article_id, _V.article_version_no == number),
        )
        .where(_R.article_id.in_(keys), _R.deleted_at.is_(None), *conditions)
    )
    return {row.article_id: Words(row.title, row.text) for row in rows}


_READERS: Mapping[str, Callable[[Connection, list[int]], dict[int, Words]]] = {
    ACTIVITY: _of_activities,
    CASE: _of_cases,
    NOTE: _of_notes,
    ARTICLE: _of_articles,
    ARTICLE_DRAFT: _of_drafts,
}


def _joined(*texts: str | None) -> str:
    return " · ".join(text for text in texts if text)
