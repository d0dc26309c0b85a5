"""Articles, their folders, versions and attached files, as collections of the API."""

from typing import Any

from sqlalchemy import FromClause, Row

from lodge_core.articles.seeing import articles_visible, folders_visible, versions_visible
from lodge_platform.api import Call, Collection, refuse_stale
from lodge_platform.api.visibility import through
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import Article, ArticleFolder, ArticleVersion, Attachment

_FOLDERS: FromClause = ArticleFolder.__table__
_ARTICLES: FromClause = Article.__table__
_VERSIONS: FromClause = ArticleVersion.__table__
_ATTACHMENTS: FromClause = Attachment.__table__

FOLDERS = Collection(
    name="article-folders",
    one="article-folder",
    table=_FOLDERS,
    action=Action.ARTICLE_READ,
    visible=folders_visible,
    filters=("article_folder_id", "department_id", "parent_folder_id", "name", "created_at"),
    sorts=("article_folder_id", "name", "created_at"),
    description="Folders of your departments.",
)

ARTICLES = Collection(
    name="articles",
    one="article",
    table=_ARTICLES,
    action=Action.ARTICLE_READ,
    visible=articles_visible,
    filters=(
        "article_id",
        "department_id",
        "article_folder_id",
        "title",
        "status",
        "language",
        "created_at",
        "changed_at",
    ),
    sorts=("article_id", "title", "created_at", "changed_at"),
    is_xml=True,
    description="Articles of your departments: the published ones, and all of them where you may "
    "write.",
)

VERSIONS = Collection(
    name="versions",
    one="version",
    table=_VERSIONS,
    action=Action.ARTICLE_READ,
    visible=versions_visible,
    filters=("article_version_id", "article_version_no", "author_id", "written_at"),
    sorts=("article_version_id", "written_at"),
    under=ARTICLES,
    description="The published version; where you may write, every version there ever was.",
)

ARTICLE_ATTACHMENTS = Collection(
    name="attachments",
    one="article attachment",
    table=_ATTACHMENTS,
    action=Action.ARTICLE_READ,
    visible=through(_ATTACHMENTS, "article_id", _ARTICLES, articles_visible),
    leaves_out=("activity_id", "email_id", "content_id", "is_inline"),
    filters=("attachment_id", "filename", "content_type", "sha256", "size_bytes", "added_at"),
    sorts=("attachment_id", "filename", "size_bytes"),
    under=ARTICLES,
    description="Files attached to the article. Their type is what somebody claimed.",
)


def article_for(call: Call, key: int, action: Action, match: int | None = None) -> Row[Any]:
    """The article, to which the reader may do `action`.

    Raises NotFoundError for one they may not see, ForbiddenError for one they only see, StaleError
    for another version than `match`.
    """
    row = call.visible(ARTICLES, key)
    call.require(action, row.department_id)
    refuse_stale(row, match)
    return row


def folder_for(call: Call, key: int, action: Action) -> Row[Any]:
    """The folder, as `article_for`."""
    row = call.visible(FOLDERS, key)
    call.require(action, row.department_id)
    return row
