"""Articles written, published, withdrawn, deleted; every version stays."""

import re
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import Connection, Row, select

from lodge_core.articles.folders import held_folder
from lodge_core.articles.html import harmless, words_of
from lodge_core.articles.link_macros import refuse_unknown_links
from lodge_core.articles.macros import refuse_unknown
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.events.catalogue import Event
from lodge_platform.events.of_activities import Change
from lodge_platform.events.of_articles import (
    ArticleChanges,
    ArticleCreated,
    ArticleDeleted,
    ArticleEdited,
    ArticlePublished,
    ArticleWithdrawn,
    ArticleWritten,
)
from lodge_platform.events.work import Work
from lodge_platform.links import registered_links
from lodge_platform.schema.active import Article, ArticleVersion
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ArticleStatus

MOST_TITLE = 400
_ARTICLES = Article.__table__
_VERSIONS = ArticleVersion.__table__
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,5}")


class NewArticle(Struct, frozen=True, kw_only=True):
    """An article to begin, as a draft."""

    article_folder_id: int
    title: str
    html: str
    language: str | None = None


class ArticleEdit(Struct, frozen=True, kw_only=True):
    """What to change of an article; a new title or text is a new version."""

    article_folder_id: int | UnsetType = UNSET
    language: str | UnsetType | None = UNSET
    title: str | UnsetType = UNSET
    html: str | UnsetType = UNSET


def create_article(work: Work, new: NewArticle) -> int:
    """Begin an article with its first version, a draft; its key. Raises RefusedError."""
    _refuse_title(new.title)
    _refuse_language(new.language)
    html = _checked_html(work, new.html)
    folder = held_folder(work.connection, new.article_folder_id)
    [article_id] = allocate(work.connection, "articles")
    created = work.record(
        ArticleCreated(
            department_id=folder.department_id,
            article_folder_id=new.article_folder_id,
            title=new.title,
            language=new.language,
        ),
        article_id,
        department_id=folder.department_id,
    )
    _write(
        work,
        article_id,
        1,
        new.title,
        html,
        is_titled=True,
        department_id=folder.department_id,
        caused_by=created,
    )
    return article_id


def edit_article(work: Work, article_id: int, edit: ArticleEdit, *, expected: int | None) -> None:
    """Move the article, change its language, or write a version of it.

    Raises NotFoundError, StaleError, RefusedError.
    """
    row = _locked(work.connection, article_id)
    refuse_stale(row, expected)
    changes: dict[str, Change[Any]] = {}
    folder_id = edit.article_folder_id
    if folder_id is not UNSET and folder_id != row.article_folder_id:
        held_folder(work.connection, folder_id, department_id=row.department_id)
        changes["article_folder_id"] = Change(row.article_folder_id, folder_id)
    if edit.language is not UNSET and edit.language != row.language:
        _refuse_language(edit.language)
        changes["language"] = Change(row.language, edit.language)
    if changes:
        edited = ArticleEdited(ArticleChanges(**changes))
        work.record(edited, article_id, department_id=row.department_id)
    newest = version_of(work.connection, article_id, row.newest_version_no)
    title = newest.title if edit.title is UNSET else edit.title
    html = newest.html if edit.html is UNSET else _checked_html(work, edit.html)
    if (title, html) != (newest.title, newest.html):
        _refuse_title(title)
        _write_next(work, row, title, html)


def restore_version(
    work: Work, article_id: int, article_version_no: int, *, expected: int | None
) -> None:
    """Write an older version again, as the newest one. Raises NotFoundError, StaleError."""
    row = _locked(work.connection, article_id)
    refuse_stale(row, expected)
    old = version_of(work.connection, article_id, article_version_no)
    # What was harmless then is made harmless by the rules of now.
    _write_next(work, row, old.title, harmless(old.html), restored_version_no=article_version_no)


def publish_article(
    work: Work, article_id: int, *, article_version_no: int | None, expected: int | None
) -> None:
    """Let a version, or the newest, be used in answers. Raises NotFoundError, StaleError,
    ConflictError when that version is published already."""
    row = _locked(work.connection, article_id)
    refuse_stale(row, expected)
    version = version_of(work.connection, article_id, article_version_no or row.newest_version_no)
    if version.article_version_no == row.published_version_no:
        raise ConflictError(f"version {version.article_version_no} is published already")
    published = ArticlePublished(article_version_no=version.article_version_no, title=version.title)
    work.record(published, article_id, department_id=row.department_id)


def withdraw_article(work: Work, article_id: int, *, expected: int | None) -> None:
    """Let no version be used any more. Raises NotFoundError, StaleError, ConflictError."""
    row = _locked(work.connection, article_id)
    refuse_stale(row, expected)
    if row.status != ArticleStatus.PUBLISHED.value:
        raise ConflictError("the article is not published")
    work.record(ArticleWithdrawn(), article_id, department_id=row.department_id)


def delete_article(work: Work, article_id: int, *, expected: int | None) -> None:
    """Show the article to nobody any more. Raises NotFoundError, StaleError."""
    row = _locked(work.connection, article_id)
    refuse_stale(row, expected)
    work.record(ArticleDeleted(), article_id, department_id=row.department_id)


def version_of(connection: Connection, article_id: int, article_version_no: int) -> Row[Any]:
    """One version of an article. Raises NotFoundError."""
    row = connection.execute(
        select(_VERSIONS).where(
            _VERSIONS.c.article_id == article_id,
            _VERSIONS.c.article_version_no == article_version_no,
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"no version {article_version_no} of article {article_id}")
    return row


def _write_next(
    work: Work, row: Row[Any], title: str, html: str, *, restored_version_no: int | None = None
) -> None:
    _write(
        work,
        row.article_id,
        row.newest_version_no + 1,
        title,
        html,
        is_titled=row.status == ArticleStatus.DRAFT.value,
        department_id=row.department_id,
        restored_version_no=restored_version_no,
    )


def _write(
    work: Work,
    article_id: int,
    article_version_no: int,
    title: str,
    html: str,
    *,
    is_titled: bool,
    department_id: int,
    restored_version_no: int | None = None,
    caused_by: Event | None = None,
) -> None:
    [version_id] = allocate(work.connection, "article_versions")
    written = ArticleWritten(
        article_version_id=version_id,
        article_version_no=article_version_no,
        author_id=work.actor.actor_id,
        title=title,
        html=html,
        text=words_of(html),
        is_titled=is_titled,
        restored_version_no=restored_version_no,
    )
    work.record(written, article_id, department_id=department_id, caused_by=caused_by)


def _locked(connection: Connection, article_id: int) -> Row[Any]:
    row = connection.execute(
        select(_ARTICLES)
        .where(_ARTICLES.c.article_id == article_id, _ARTICLES.c.deleted_at.is_(None))
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"no article {article_id}")
    return row


def _checked_html(work: Work, html: str) -> str:
    checked = harmless(html)
    refuse_unknown(checked, field="html")
    refuse_unknown_links(
        checked, field="html", described=lambda: registered_links(work.lodge).described()
    )
    return checked


def _refuse_title(title: str) -> None:
    if not title.strip() or len(title) > MOST_TITLE or "\0" in title:
        raise RefusedError(f"a title has 1 to {MOST_TITLE} characters", field="title")


def _refuse_language(language: str | None) -> None:
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise RefusedError(
            "a language is a BCP 47 tag", field="language", allowed=["a tag such as en or de-CH"]
        )
