"""Who sees which article: readers what is published, who writes or publishes drafts as well."""

from sqlalchemy import ColumnElement, and_, or_, select

from lodge_platform.api.visibility import by_department
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import Article, ArticleFolder, ArticleVersion
from lodge_platform.vocabulary import ArticleStatus

_ARTICLES = Article.__table__
_VERSIONS = ArticleVersion.__table__

folders_visible = by_department(ArticleFolder.__table__, is_near=True)


def drafts_in(reader: SignedIn) -> list[int]:
    """Keys of the departments whose drafts the reader sees."""
    writes = reader.departments_near(Action.ARTICLE_WRITE)
    return sorted(writes | reader.departments_near(Action.ARTICLE_PUBLISH))


def articles_visible(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    """Articles of the reader's departments; what is not published only where they
    may write or publish."""
    near = sorted(reader.departments_near(action))
    writing = drafts_in(reader)
    return and_(
        _ARTICLES.c.deleted_at.is_(None),
        _ARTICLES.c.department_id.in_(near),
        or_(
            _ARTICLES.c.status == ArticleStatus.PUBLISHED.value,
            _ARTICLES.c.department_id.in_(writing),
        ),
    )


def versions_visible(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    """Versions of visible articles: the published one, and every one where drafts are seen."""
    writing = drafts_in(reader)
    return _VERSIONS.c.article_id.in_(
        select(_ARTICLES.c.article_id).where(
            articles_visible(reader, action),
            or_(
                _ARTICLES.c.published_version_no == _VERSIONS.c.article_version_no,
                _ARTICLES.c.department_id.in_(writing),
            ),
        )
    )
