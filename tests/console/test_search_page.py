"""The search box: what an agent may see is found and shown as text, with its hits marked."""

import re

import pytest
from fastapi.testclient import TestClient

from fixtures.asker import at_work
from fixtures.workplace import NINE
from lodge_core.articles.folders import create_folder
from lodge_core.articles.writing import NewArticle, create_article, publish_article
from lodge_platform.identity import create_user
from web.office import PASSWORD, Office


@pytest.fixture
def zeppelin(office: Office) -> int:
    """A mail about one, from somebody with a hostile name; the activity's key."""
    return office.place.queued(
        "Refunds",
        subject="A zeppelin <script>x()</script>",
        text_body="The zeppelin <img src=x onerror=x()> never came.",
    )


def test_what_was_found_links_to_where_it_is_read(grace: TestClient, zeppelin: int) -> None:
    page = grace.get("/console/search", params={"q": "zeppel"}).text
    assert f'href="/console/activities/{zeppelin}"' in page
    assert "<mark>zeppelin</mark>" in page
    assert "2 found" in page
    narrowed = grace.get("/console/search", params={"q": "zeppel", "kind": "activity"}).text
    assert "1 found" in narrowed
    assert re.search('<option value="activity" selected>', narrowed)


def test_s01_words_are_shown_as_text(grace: TestClient, zeppelin: int) -> None:
    page = grace.get("/console/search", params={"q": "zeppelin"}).text
    assert "<script>x()" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page
    mirrored = grace.get("/console/search", params={"q": '"><script>y()</script>'}).text
    assert "<script>y()" not in mirrored


def test_s09_another_department_s_agent_finds_nothing(
    office: Office, grace: TestClient, zeppelin: int
) -> None:
    sales = office.department("Sales")
    create_user(
        office.lodge,
        "eve",
        display_name="Eve",
        department_id=sales,
        password=PASSWORD,
        roles=["agent"],
        by="test",
        now=NINE,
    )
    page = office.signed_in("eve").get("/console/search", params={"q": "zeppelin"}).text
    assert "Nothing that you may see has these words" in page
    assert "never came" not in page


def test_a_query_that_is_too_long_says_so(grace: TestClient) -> None:
    answer = grace.get("/console/search", params={"q": "a " * 300})
    assert answer.status_code == 422
    assert "A query has at most" in answer.text
    assert grace.get("/console/search").status_code == 200
    assert "Nothing that you may see" in grace.get("/console/search?q=%21").text


def test_an_article_is_found_and_read(office: Office, grace: TestClient) -> None:
    place = office.place
    with at_work(place) as work:
        folder = create_folder(work, "Refunds", department_id=place.department_id)
    with at_work(place) as work:
        new = NewArticle(
            article_folder_id=folder, title="Balloons & more", html="<p>Up, <b>up</b>.</p>"
        )
        key = create_article(work, new)
    assert (
        "Balloons"
        not in grace.get("/console/search?q=balloons")
        .text.split("<main", 1)[1]
        .split('id="found"')[-1]
    )
    assert grace.get(f"/console/articles/{key}").status_code == 404
    with at_work(place) as work:
        publish_article(work, key, article_version_no=None, expected=None)
    found = grace.get("/console/search?q=balloons&kind=article").text
    assert f'href="/console/articles/{key}"' in found
    page = grace.get(f"/console/articles/{key}").text
    assert "Balloons &amp; more" in page
    assert "Up, up." in page
