"""The search box's page: what was found, best first; and an article to read."""

from http import HTTPStatus

from fastapi import Request, Response
from sqlalchemy import select

from lodge_core.articles.seeing import articles_visible, versions_visible
from lodge_core.articles.writing import version_of
from lodge_core.console.router import router, show
from lodge_core.search.asking import MOST_CANDIDATES, Asked, Hit
from lodge_core.search.documents import ARTICLE, ARTICLE_DRAFT
from lodge_core.search.finding import find
from lodge_core.search.words import asked
from lodge_platform.clock import utc_now
from lodge_platform.errors import NotFoundError, RefusedError
from lodge_platform.identity import Action
from lodge_platform.schema.active import Article, ArticleVersion
from lodge_platform.web.rights import Reader, lodge_of, right

_PAGE = 20
_KINDS = {
    "activity": "activities",
    "case": "cases",
    "note": "notes",
    "article": "articles",
}
_ARTICLES, _VERSIONS = Article.__table__, ArticleVersion.__table__


@router.get("/search", dependencies=[right(Action.CONTENT_READ)])
def search_page(
    request: Request, reader: Reader, q: str = "", kind: str = "", start: int = 0
) -> Response:
    """What has all the words; the last may be only begun."""
    values: dict[str, object] = {
        "title": "Search",
        "q": q,
        "kind": kind if kind in _KINDS else "",
        "kinds": _KINDS,
        "found": None,
        "address": _address,
        "most": MOST_CANDIDATES,
    }
    if not q.strip():
        return show(request, "search.html", values)
    try:
        terms = asked(q, is_last_begun=True)
    except RefusedError as error:
        said = str(error)
        values["error"] = f"{said[:1].upper()}{said[1:]}."
        return show(request, "search.html", values, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    start = min(max(start, 0), MOST_CANDIDATES)
    wanted = Asked(terms=terms, offset=start, limit=_PAGE, is_counted=True)
    if kind in _KINDS:
        kinds = (ARTICLE, ARTICLE_DRAFT) if kind == ARTICLE else (kind,)
        wanted = Asked(terms=terms, object_types=kinds, offset=start, limit=_PAGE, is_counted=True)
    found, is_complete = find(lodge_of(request), wanted, reader=reader, now=utc_now())
    values |= {
        "found": found,
        "is_complete": is_complete,
        "start": start,
        "next": start + _PAGE if found.is_more else None,
    }
    return show(request, "search.html", values)


@router.get("/articles/{article_id}", dependencies=[right(Action.ARTICLE_READ)])
def article_page(request: Request, article_id: int, reader: Reader) -> Response:
    """The article's text: the newest version for those who see drafts, else the published one."""
    with lodge_of(request).stores.active.read() as connection:
        article = connection.execute(
            select(_ARTICLES).where(
                _ARTICLES.c.article_id == article_id,
                articles_visible(reader, Action.ARTICLE_READ),
                articles_visible(reader, Action.CONTENT_READ),
            )
        ).one_or_none()
        if article is None:
            raise NotFoundError(f"no article {article_id}")
        newest = connection.execute(
            select(_VERSIONS.c.article_version_no)
            .where(
                _VERSIONS.c.article_id == article_id,
                versions_visible(reader, Action.ARTICLE_READ),
            )
            .order_by(_VERSIONS.c.article_version_no.desc())
            .limit(1)
        ).scalar()
        if newest is None:
            raise NotFoundError(f"no article {article_id}")
        version = version_of(connection, article_id, newest)
    values: dict[str, object] = {
        "title": version.title,
        "article": article,
        "version": version,
        "is_draft": version.article_version_no != article.published_version_no,
    }
    return show(request, "article.html", values)


def _address(hit: Hit) -> str | None:
    """Where the thing is read; a note with what it is about."""
    if hit.article_id is not None:
        return f"/console/articles/{hit.article_id}"
    if hit.activity_id is not None:
        return f"/console/activities/{hit.activity_id}"
    return None if hit.case_id is None else f"/console/cases/{hit.case_id}"
