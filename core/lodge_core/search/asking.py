"""Asking the index: what the reader may see now, best first, with a passage of each.

A thing is found only by words the reader may read: rights are asked of the rows themselves, never
of the index, and notes and drafts are documents of their own.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    column,
    desc,
    exists,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from lodge_core.api.case_collections import notes_visible
from lodge_core.articles.seeing import articles_visible, drafts_in
from lodge_core.search import documents as of
from lodge_core.search.documents import Words, words_of_things
from lodge_core.search.words import Part, Term, passage
from lodge_platform.api.visibility import Visible, activities_visible, cases_visible
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import Activity, Article, Case, Note, SearchDocument
from lodge_platform.vocabulary import ArticleStatus

MOST_CANDIDATES = 2_000
_D = SearchDocument.__table__
_A, _C, _N, _R = Activity.__table__, Case.__table__, Note.__table__, Article.__table__
_OF_PEOPLE = (Action.ACTIVITY_READ, Action.CONTENT_READ, Action.PERSONAL_READ)
_OF_ARTICLES = (Action.ARTICLE_READ, Action.CONTENT_READ)


class Asked(Struct, frozen=True, kw_only=True):
    """What is looked for, and where; no departments: in all that the reader may see."""

    terms: tuple[Term, ...]
    object_types: tuple[str, ...] = of.OBJECT_TYPES
    department_ids: tuple[int, ...] = ()
    offset: int = 0
    limit: int = 20
    is_counted: bool = False


class Hit(Struct, frozen=True, kw_only=True):
    """One thing found; the keys say what it is and what it belongs to."""

    object_type: str
    object_id: int
    department_id: int
    title: list[Part]
    passage: list[Part]
    happened_at: datetime
    activity_id: int | None = None
    case_id: int | None = None
    customer_id: int | None = None
    article_id: int | None = None


class Found(Struct, frozen=True, kw_only=True):
    """A page of hits; `total` counts to MOST_CANDIDATES, None when nobody asked."""

    hits: list[Hit]
    is_more: bool
    total: int | None


def look_for(connection: Connection, wanted: Asked, reader: SignedIn) -> Found:
    """What the reader may see and has all the terms, the best first, newer before older."""
    if not any(not term.is_excluded for term in wanted.terms):
        return Found(hits=[], is_more=False, total=0 if wanted.is_counted else None)
    candidates = _candidates(connection, wanted, reader).subquery()
    page = (
        select(candidates.c.object_type, candidates.c.object_id)
        .order_by(candidates.c.rank, desc(candidates.c.search_document_id))
        .offset(wanted.offset)
        .limit(wanted.limit + 1)
    )
    keys = [(row.object_type, row.object_id) for row in connection.execute(page)]
    total = None
    if wanted.is_counted:
        total = connection.execute(select(func.count()).select_from(candidates)).scalar_one()
    shown = keys[: wanted.limit]
    return Found(
        hits=_hits(connection, shown, wanted.terms), is_more=len(keys) > len(shown), total=total
    )


def _candidates(
    connection: Connection, wanted: Asked, reader: SignedIn
) -> Select[*tuple[Any, ...]]:
    """The newest documents that have the words and may be seen, each with its rank, least best."""
    is_sqlite = connection.dialect.name == "sqlite"
    matching = _sqlite(wanted.terms) if is_sqlite else _postgresql(wanted.terms)
    return (
        matching.where(or_(*_visible(wanted, reader)))
        .order_by(desc(_D.c.search_document_id))
        .limit(MOST_CANDIDATES)
    )


def _sqlite(terms: Sequence[Term]) -> Select[*tuple[Any, ...]]:
    words = table("search_words", column("rowid"))
    name: ColumnElement[Any] = literal_column("search_words")
    return (
        select(
            _D.c.search_document_id,
            _D.c.object_type,
            _D.c.object_id,
            func.bm25(name, 4.0, 1.0).label("rank"),
        )
        .select_from(_D)
        .join(words, words.c.rowid == _D.c.search_document_id)
        .where(name.op("match")(_fts5(terms)))
    )


def _fts5(terms: Sequence[Term]) -> str:
    """The terms in FTS5's language; folded words hold no quote, so each stands for itself."""

    def quoted(term: Term) -> str:
        return f'"{" ".join(term.words)}"{" *" if term.is_prefix else ""}'

    every = " AND ".join(quoted(term) for term in terms if not term.is_excluded)
    without = "".join(f" NOT {quoted(term)}" for term in terms if term.is_excluded)
    return f"({every}){without}"


def _postgresql(terms: Sequence[Term]) -> Select[*tuple[Any, ...]]:
    words: ColumnElement[Any] = literal_column("search_documents.words", TSVECTOR())
    query = _tsquery(terms)
    return select(
        _D.c.search_document_id,
        _D.c.object_type,
        _D.c.object_id,
        (-func.ts_rank(words, query)).label("rank"),
    ).where(words.op("@@")(query))


def _tsquery(terms: Sequence[Term]) -> ColumnElement[Any]:
    """The terms in PostgreSQL's language, made by its own functions from parameters."""
    every: ColumnElement[Any] | None = None
    for term in terms:
        if term.is_prefix:
            said = " <-> ".join(f"'{word}'" for word in term.words) + ":*"
            one: ColumnElement[Any] = func.to_tsquery("simple", said, type_=TSQUERY())
        else:
            one = func.phraseto_tsquery("simple", " ".join(term.words), type_=TSQUERY())
        if term.is_excluded:
            one = func.tsquery_not(one, type_=TSQUERY())
        every = one if every is None else every.op("&&", return_type=TSQUERY())(one)
    assert every is not None  # noqa: S101 - `look_for` asks for one term at least
    return every


def _visible(wanted: Asked, reader: SignedIn) -> list[ColumnElement[bool]]:
    """For each type: its documents whose thing the reader may see and whose words they may read."""
    drafts = _R.c.department_id.in_(drafts_in(reader))
    published = _R.c.status == ArticleStatus.PUBLISHED.value
    things: dict[str, tuple[Any, Any, ColumnElement[bool]]] = {
        of.ACTIVITY: (_A, _A.c.activity_id, _all(activities_visible, reader, _OF_PEOPLE)),
        of.CASE: (_C, _C.c.case_id, _all(cases_visible, reader, _OF_PEOPLE)),
        of.NOTE: (_N, _N.c.note_id, _all(notes_visible, reader, _OF_PEOPLE)),
        of.ARTICLE: (
            _R,
            _R.c.article_id,
            and_(published, _all(articles_visible, reader, _OF_ARTICLES)),
        ),
        of.ARTICLE_DRAFT: (
            _R,
            _R.c.article_id,
            and_(drafts, _all(articles_visible, reader, _OF_ARTICLES)),
        ),
    }
    conditions: list[ColumnElement[bool]] = []
    for object_type in wanted.object_types:
        rows, key, is_visible = things[object_type]
        is_within = (
            rows.c.department_id.in_(wanted.department_ids)
            if wanted.department_ids
            else literal(True)
        )
        there = exists().where(key == _D.c.object_id, is_within, is_visible)
        conditions.append(and_(_D.c.object_type == object_type, there))
    return conditions or [not_(literal(True))]


def _all(visible: Visible, reader: SignedIn, actions: Collection[Action]) -> ColumnElement[bool]:
    return and_(*(visible(reader, action) for action in actions))


def _hits(
    connection: Connection, keys: Sequence[tuple[str, int]], terms: Sequence[Term]
) -> list[Hit]:
    by_type: dict[str, list[int]] = defaultdict(list)
    for object_type, object_id in keys:
        by_type[object_type].append(object_id)
    words = {kind: words_of_things(connection, kind, ids) for kind, ids in by_type.items()}
    rows = {kind: _contexts(connection, kind, ids) for kind, ids in by_type.items()}
    return [
        _hit(kind, key, words[kind][key], rows[kind][key], terms)
        for kind, key in keys
        if key in words[kind] and key in rows[kind]
    ]


def _hit(kind: str, key: int, words: Words, context: dict[str, Any], terms: Sequence[Term]) -> Hit:
    return Hit(
        object_type=kind,
        object_id=key,
        title=passage(words.title, terms, width=160),
        passage=passage(words.body, terms),
        **context,
    )


def _contexts(connection: Connection, kind: str, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Department, instant and keys of the things, by key."""
    if kind == of.ACTIVITY:
        query = select(_A, _A.c.created_at.label("happened_at")).where(_A.c.activity_id.in_(ids))
    elif kind == of.CASE:
        query = select(_C, _C.c.opened_at.label("happened_at")).where(_C.c.case_id.in_(ids))
    elif kind == of.NOTE:
        query = select(_N, _N.c.written_at.label("happened_at")).where(_N.c.note_id.in_(ids))
    else:
        query = select(_R, _R.c.changed_at.label("happened_at")).where(_R.c.article_id.in_(ids))
    names = ("department_id", "happened_at", "activity_id", "case_id", "customer_id", "article_id")
    return {
        next(iter(row.values())): {name: row[name] for name in names if name in row}
        for row in connection.execute(query).mappings()
    }
