"""The resource `articles`: written, published, withdrawn, restored, expanded."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Row, select

from lodge_core.api.article_collections import (
    ARTICLES,
    FOLDERS,
    VERSIONS,
    article_for,
    folder_for,
)
from lodge_core.api.asking import ACTIVITIES, named
from lodge_core.api.bodies_of_articles import (
    ChangedArticle,
    Expanding,
    NewArticleBody,
    Publishing,
    WhichVersion,
)
from lodge_core.articles import writing
from lodge_core.articles.expanding import ExpandedArticle, expand_article
from lodge_core.articles.seeing import versions_visible
from lodge_core.articles.writing import ArticleEdit, NewArticle
from lodge_platform.api import Answer, Api, Call
from lodge_platform.api.visibility import sees_everywhere
from lodge_platform.errors import ForbiddenError, NotFoundError
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import ArticleVersion

api = Api("articles", "What people know and insert in answers, in folders, every version kept.")
api.collection(ARTICLES)
api.collection(VERSIONS)
_ONE = "/articles/{article_id}"
_V = ArticleVersion.__table__


class ArticleText(Struct, frozen=True):
    """The text of one version."""

    article_id: int
    article_version_id: int
    article_version_no: int
    title: str
    html: str
    text: str


@api.get(f"{_ONE}/text", action=Action.ARTICLE_READ, query=WhichVersion, answer=ArticleText)
def read_article_text(call: Call) -> Answer:
    """Read an article's text.

    Of the published version, or of the newest for those who may write.
    """
    row = _version(call, call.visible(ARTICLES, call.key("article_id")), call.query.version)
    values = row._mapping  # pyright: ignore[reportPrivateUsage]
    return call.value(ArticleText(*(values[name] for name in ArticleText.__struct_fields__)))


@api.post(
    "/articles", action=Action.ARTICLE_WRITE, body=NewArticleBody, answer=ARTICLES, status=201
)
def create_article(call: Call, body: NewArticleBody, work: Work) -> Answer:
    """Begin an article as a draft.

    Its HTML is made harmless: what is not on the list of elements and attributes goes.
    """
    folder = named(call, FOLDERS, body.article_folder_id, field="article_folder_id")
    call.require(Action.ARTICLE_WRITE, folder.department_id)
    new = NewArticle(
        article_folder_id=body.article_folder_id,
        title=body.title,
        html=body.html,
        language=body.language,
    )
    return call.created(ARTICLES, writing.create_article(work, new))


@api.patch(_ONE, action=Action.ARTICLE_WRITE, body=ChangedArticle, answer=ARTICLES)
def change_article(call: Call, body: ChangedArticle, work: Work) -> Answer:
    """Change some fields of an article.

    Another title or text is a new version, a draft until it is published.
    """
    change = ArticleEdit(
        article_folder_id=body.article_folder_id,
        language=body.language,
        title=body.title,
        html=body.html,
    )
    return _edited(call, change, work)


@api.put(_ONE, action=Action.ARTICLE_WRITE, body=NewArticleBody, answer=ARTICLES)
def replace_article(call: Call, body: NewArticleBody, work: Work) -> Answer:
    """Replace an article's folder, language, title and text, the last two by a new version."""
    change = ArticleEdit(
        article_folder_id=body.article_folder_id,
        language=body.language,
        title=body.title,
        html=body.html,
    )
    return _edited(call, change, work)


@api.delete(_ONE, action=Action.ARTICLE_WRITE)
def delete_article(call: Call, work: Work) -> Answer:
    """Delete an article. Its row and versions stay, and are shown to nobody."""
    key = call.key("article_id")
    article_for(call, key, Action.ARTICLE_WRITE, call.match)
    writing.delete_article(work, key, expected=call.match)
    return call.nothing()


@api.post(
    f"{_ONE}/publish",
    action=Action.ARTICLE_PUBLISH,
    body=Publishing,
    answer=ARTICLES,
    needs_match=True,
    refusals=("conflict",),
)
def publish_article(call: Call, body: Publishing, work: Work) -> Answer:
    """Publish a version of an article, in the place of any other."""
    key = call.key("article_id")
    article_for(call, key, Action.ARTICLE_PUBLISH, call.match)
    writing.publish_article(
        work, key, article_version_no=body.article_version_no, expected=call.match
    )
    return call.one(ARTICLES, key)


@api.post(
    f"{_ONE}/withdraw",
    action=Action.ARTICLE_PUBLISH,
    answer=ARTICLES,
    needs_match=True,
    refusals=("conflict",),
)
def withdraw_article(call: Call, work: Work) -> Answer:
    """Withdraw an article. Nobody uses it in answers any more; who may write still sees it."""
    key = call.key("article_id")
    article_for(call, key, Action.ARTICLE_PUBLISH, call.match)
    writing.withdraw_article(work, key, expected=call.match)
    return call.one(ARTICLES, key)


@api.post(
    f"{_ONE}/versions/{{article_version_id}}/restore",
    action=Action.ARTICLE_WRITE,
    answer=ARTICLES,
    needs_match=True,
)
def restore_article_version(call: Call, work: Work) -> Answer:
    """Write an older version again, as the newest one. If-Match names the article's version."""
    key = call.key("article_id")
    article_for(call, key, Action.ARTICLE_WRITE, call.match)
    version = call.visible(VERSIONS, call.key("article_version_id"))
    if version.article_id != key:
        raise NotFoundError("no version")
    writing.restore_version(work, key, version.article_version_no, expected=call.match)
    return call.one(ARTICLES, key)


@api.post(
    f"{_ONE}/expand",
    action=Action.ARTICLE_READ,
    body=Expanding,
    answer=ExpandedArticle,
    writes=None,
)
def expand_article_for(call: Call, body: Expanding) -> Answer:
    """Make an article ready for an answer.

    Its macros are replaced by what they stand for in the activity; `empty` names those for which
    there was no value, `reasons` why a data link gave none. Nothing is changed.
    """
    article = call.visible(ARTICLES, call.key("article_id"))
    version = _version(call, article, body.version)
    named(call, ACTIVITIES, body.activity_id, field="activity_id")
    expanded = expand_article(
        call.lodge, version.html, body.activity_id, reader=call.reader, now=call.now
    )
    return call.value(expanded)


def _edited(call: Call, change: ArticleEdit, work: Work) -> Answer:
    key = call.key("article_id")
    article_for(call, key, Action.ARTICLE_WRITE, call.match)
    if isinstance(change.article_folder_id, int):
        folder_for(call, change.article_folder_id, Action.ARTICLE_WRITE)
    writing.edit_article(work, key, change, expected=call.match)
    return call.one(ARTICLES, key)


def _version(call: Call, article: Row[Any], which: str) -> Row[Any]:
    """The version asked for, if the reader may see it and its content. Raises NotFoundError."""
    if not sees_everywhere(call.reader, Action.ARTICLE_READ, Action.CONTENT_READ):
        raise ForbiddenError(f"you lack the right {Action.CONTENT_READ.value}")
    number = article.published_version_no if which == "published" else article.newest_version_no
    query = select(_V).where(
        _V.c.article_id == article.article_id,
        _V.c.article_version_no == number,
        versions_visible(call.reader, Action.ARTICLE_READ),
    )
    with call.lodge.stores.active.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError("no such version")
    return row
