"""Articles: folders, versions, publishing; who sees a draft."""

from typing import Any

import pytest
from sqlalchemy import select

from fixtures.asker import asker, at_work
from fixtures.workplace import Workplace, at
from lodge_core.articles.expanding import expand_article
from lodge_core.articles.folders import FolderEdit, create_folder, delete_folder, edit_folder
from lodge_core.articles.seeing import articles_visible, versions_visible
from lodge_core.articles.writing import (
    ArticleEdit,
    NewArticle,
    create_article,
    delete_article,
    edit_article,
    publish_article,
    restore_version,
    withdraw_article,
)
from lodge_platform.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    StaleError,
)
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import Article, ArticleFolder, ArticleVersion


def folder(place: Workplace, name: str = "Refunds", parent: int | None = None) -> int:
    with at_work(place) as work:
        return create_folder(work, name, department_id=place.department_id, parent_folder_id=parent)


def article(
    place: Workplace, html: str = "<p>Send it back.</p>", title: str = "How to refund"
) -> int:
    folder_id = folder(place)
    with at_work(place) as work:
        return create_article(
            work, NewArticle(article_folder_id=folder_id, title=title, html=html, language="en")
        )


def row_of(place: Workplace, key: int) -> Any:
    return place.one(select(Article.__table__).where(Article.article_id == key))


def versions(place: Workplace, key: int) -> list[Any]:
    table = ArticleVersion.__table__
    query = select(table).where(table.c.article_id == key).order_by(table.c.article_version_no)
    return list(place.rows(query))


def test_an_article_is_written_published_and_written_on(workplace: Workplace) -> None:
    key = article(workplace)
    assert row_of(workplace, key).status == "draft"
    with at_work(workplace) as work:
        publish_article(work, key, article_version_no=None, expected=None)
    with at_work(workplace, now=at(60)) as work:
        edit = ArticleEdit(title="How to refund soon", html="<p>Keep it.</p>", language="en-GB")
        edit_article(work, key, edit, expected=None)
    row = row_of(workplace, key)
    assert (row.status, row.title, row.language) == ("published", "How to refund", "en-GB")
    assert (row.newest_version_no, row.published_version_no) == (2, 1)
    assert [one.text for one in versions(workplace, key)] == ["Send it back.", "Keep it."]
    assert [one.author_id for one in versions(workplace, key)] == [71, 71]
    with at_work(workplace, now=at(120)) as work:
        publish_article(work, key, article_version_no=2, expected=row.change_no)
    with pytest.raises(ConflictError, match="published already"), at_work(workplace) as work:
        publish_article(work, key, article_version_no=2, expected=None)
    assert row_of(workplace, key).title == "How to refund soon"
    with at_work(workplace, now=at(180)) as work:
        withdraw_article(work, key, expected=None)
    row = row_of(workplace, key)
    assert (row.status, row.published_version_no) == ("withdrawn", None)
    assert workplace.differences() == []


def test_an_older_version_comes_back_as_a_new_one(workplace: Workplace) -> None:
    key = article(workplace)
    with at_work(workplace) as work:
        edit_article(work, key, ArticleEdit(html="<p>Wrong.</p>"), expected=None)
    with at_work(workplace) as work:
        restore_version(work, key, 1, expected=None)
    assert [one.text for one in versions(workplace, key)] == [
        "Send it back.",
        "Wrong.",
        "Send it back.",
    ]
    with pytest.raises(NotFoundError, match="no version 9"), at_work(workplace) as work:
        restore_version(work, key, 9, expected=None)
    assert workplace.differences() == []


def test_saving_without_a_change_writes_no_version(workplace: Workplace) -> None:
    key = article(workplace)
    with at_work(workplace) as work:
        edit_article(work, key, ArticleEdit(html="<p>Send it back.</p>"), expected=None)
    assert len(versions(workplace, key)) == 1


def test_two_edits_of_one_version_do_not_overwrite_one_another(workplace: Workplace) -> None:
    key = article(workplace)
    read = row_of(workplace, key).change_no
    with at_work(workplace) as work:
        edit_article(work, key, ArticleEdit(title="First"), expected=read)
    with pytest.raises(StaleError), at_work(workplace) as work:
        edit_article(work, key, ArticleEdit(title="Second"), expected=read)


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (ArticleEdit(title=" "), "title"),
        (ArticleEdit(html="x" * 200_001), "html"),
        (ArticleEdit(html="<div>" * 5_000), "html"),
        (ArticleEdit(html="<p>{{customer.nmae}}</p>"), "html"),
        (ArticleEdit(language="english, please"), "language"),
        (ArticleEdit(article_folder_id=4711), "article_folder_id"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    workplace: Workplace, edit: ArticleEdit, field: str
) -> None:
    key = article(workplace)
    with pytest.raises(RefusedError) as refused, at_work(workplace) as work:
        edit_article(work, key, edit, expected=None)
    assert refused.value.field == field


def test_s01_html_is_made_harmless_when_it_is_written(workplace: Workplace) -> None:
    html = (
        '<p onclick="x()">Ask <a href="javascript:x()">us</a> or <a href="https://example.org/">'
        'look</a></p><script>x()</script><form action="/"><input></form><img src="https://x/y">'
    )
    [version] = versions(workplace, article(workplace, html))
    for word in ("script", "onclick", "form", "input", "https://x/y"):
        assert word not in version.html
    assert 'href="https://example.org/"' in version.html
    assert version.text.split() == ["Ask", "us", "or", "look"]


def test_folders_are_a_tree_without_circles(workplace: Workplace) -> None:
    top = folder(workplace, "Top")
    middle = folder(workplace, "Middle", top)
    low = folder(workplace, "Low", middle)

    def move(key: int, parent: int | None) -> None:
        with at_work(workplace) as work:
            edit_folder(work, key, FolderEdit(parent_folder_id=parent), expected=None)

    for key, parent in ((top, low), (top, top), (low, 4711)):
        with pytest.raises(RefusedError) as refused:
            move(key, parent)
        assert refused.value.field == "parent_folder_id"
    move(low, None)
    move(top, low)
    with pytest.raises(ConflictError, match="not empty"), at_work(workplace) as work:
        delete_folder(work, low, expected=None)
    with at_work(workplace) as work:
        delete_folder(work, middle, expected=None)
    parents = {
        row.article_folder_id: row.parent_folder_id
        for row in workplace.rows(select(ArticleFolder.__table__))
    }
    assert parents == {top: low, middle: top, low: None}
    assert workplace.differences() == []


def test_s35_a_folder_of_another_department_is_no_place(workplace: Workplace) -> None:
    key = article(workplace)
    with at_work(workplace) as work:
        theirs = create_folder(work, "Theirs", department_id=99)
    with pytest.raises(RefusedError, match=f"no folder {theirs}"), at_work(workplace) as work:
        edit_article(work, key, ArticleEdit(article_folder_id=theirs), expected=None)
    with pytest.raises(RefusedError, match="in this department"):
        folder(workplace, "Ours", theirs)


def seen(place: Workplace, role: str, department_id: int) -> tuple[set[int], set[int]]:
    """Keys of the articles, and numbers of the versions, that such a reader sees."""
    reader = asker(department_id, role=role)
    articles = place.rows(
        select(Article.article_id).where(articles_visible(reader, Action.ARTICLE_READ))
    )
    found = place.rows(
        select(ArticleVersion.article_version_no).where(
            versions_visible(reader, Action.ARTICLE_READ)
        )
    )
    return {row[0] for row in articles}, {row[0] for row in found}


def test_s09_drafts_are_seen_by_those_who_write_and_nothing_by_others(
    workplace: Workplace,
) -> None:
    key, here = article(workplace), workplace.department_id
    assert seen(workplace, "agent", here) == (set(), set())
    assert seen(workplace, "supervisor", here) == ({key}, {1})
    with at_work(workplace) as work:
        publish_article(work, key, article_version_no=None, expected=None)
    with at_work(workplace) as work:
        edit_article(work, key, ArticleEdit(html="<p>Not yet.</p>"), expected=None)
    assert seen(workplace, "agent", here) == ({key}, {1})
    assert seen(workplace, "supervisor", here) == ({key}, {1, 2})
    assert seen(workplace, "administrator", 99) == (set(), set())
    assert seen(workplace, "analyst", here) == (set(), set())
    with at_work(workplace) as work:
        delete_article(work, key, expected=None)
    assert seen(workplace, "supervisor", here) == (set(), set())


def test_an_article_speaks_of_the_activity_it_answers(workplace: Workplace) -> None:
    activity_id = workplace.mail(from_name="Ada <b>Byron</b>", from_address="ada@example.org")
    html = "<p>Dear {{customer.name}}, {{ activity.subject }} is with {{agent.name}}.</p>"
    [version] = versions(workplace, article(workplace, html))
    reader = asker(workplace.department_id)
    expanded = expand_article(workplace.lodge, version.html, activity_id, reader=reader, now=at(0))
    assert expanded.html == (
        "<p>Dear Ada &lt;b&gt;Byron&lt;/b&gt;, Refund for order 1842 is with Ada.</p>"
    )
    assert expanded.text == "Dear Ada <b>Byron</b>, Refund for order 1842 is with Ada."
    assert expanded.empty == []


def test_a_macro_shows_nobody_what_they_may_not_see(workplace: Workplace) -> None:
    activity_id = workplace.mail()
    reader = asker(workplace.department_id, actions=[Action.ACTIVITY_READ, Action.ARTICLE_READ])
    for html in ("{{customer.name}}", "{{customer.address}}", "{{activity.subject}}"):
        with pytest.raises(ForbiddenError):
            expand_article(workplace.lodge, html, activity_id, reader=reader, now=at(0))
    plain = expand_article(
        workplace.lodge, "{{activity.number}} {{today}}", activity_id, reader=reader, now=at(0)
    )
    assert plain.html == f"{activity_id} 2026-01-05"
