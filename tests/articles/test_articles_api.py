"""Articles over HTTP: written, published, used, and seen by whom they concern."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.house import House, error_fields


@pytest.fixture
def sue(article_house: House) -> TestClient:
    return article_house.asker("sue", "supervisor")


@pytest.fixture
def amy(article_house: House) -> TestClient:
    return article_house.asker("amy", "agent")


def tag(client: TestClient, path: str) -> dict[str, str]:
    return {"if-match": client.get(path).headers["etag"]}


def written(client: TestClient, html: str = "<p>Dear {{customer.name}}</p>") -> dict[str, Any]:
    folder = client.post("/article-folders", json={"name": "Refunds"}).json()
    answer = client.post(
        "/articles",
        json={
            "article_folder_id": folder["article_folder_id"],
            "title": "How to refund",
            "html": html,
            "language": "en",
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_an_article_s_life_over_http(
    article_house: House, sue: TestClient, amy: TestClient
) -> None:
    article = written(sue)
    path = f"/articles/{article['article_id']}"
    assert (article["status"], article["newest_version_no"]) == ("draft", 1)
    assert amy.get(path).status_code == 404
    assert sue.get(f"{path}/text").status_code == 404
    draft = sue.get(f"{path}/text", params={"version": "newest"}).json()
    assert draft["html"] == "<p>Dear {{customer.name}}</p>"
    assert sue.post(f"{path}/publish", json={}).status_code == 428
    published = sue.post(f"{path}/publish", json={}, headers=tag(sue, path))
    assert published.json()["published_version_no"] == 1
    changed = sue.patch(path, json={"html": "<p>Draft</p>"}, headers=tag(sue, path))
    assert changed.json()["newest_version_no"] == 2
    assert amy.get(f"{path}/text").json()["text"] == "Dear {{customer.name}}"
    assert amy.get(f"{path}/text", params={"version": "newest"}).status_code == 404
    assert len(amy.get(f"{path}/versions").json()["items"]) == 1
    versions = sue.get(f"{path}/versions").json()["items"]
    assert len(versions) == 2
    first = versions[0]["article_version_id"]
    restored = sue.post(f"{path}/versions/{first}/restore", headers=tag(sue, path))
    assert restored.json()["newest_version_no"] == 3
    assert sue.post(f"{path}/withdraw", headers=tag(sue, path)).json()["status"] == "withdrawn"
    assert sue.post(f"{path}/withdraw", headers=tag(sue, path)).status_code == 409
    assert amy.get(path).status_code == 404
    assert sue.delete(path, headers=tag(sue, path)).status_code == 204
    assert sue.get(path).status_code == 404
    assert article_house.place.differences() == []


def test_s08_an_agent_reads_and_does_not_write(sue: TestClient, amy: TestClient) -> None:
    article = written(sue)
    path = f"/articles/{article['article_id']}"
    sue.post(f"{path}/publish", json={}, headers=tag(sue, path))
    match = tag(amy, path)
    for method, one, body in (
        ("POST", "/article-folders", {"name": "x"}),
        ("POST", "/articles", {"article_folder_id": 1, "title": "x", "html": "x"}),
        ("PATCH", path, {"title": "x"}),
        ("POST", f"{path}/publish", {}),
        ("POST", f"{path}/withdraw", None),
        ("DELETE", path, None),
        ("PATCH", f"/article-folders/{article['article_folder_id']}", {"name": "x"}),
    ):
        answer = amy.request(method, one, json=body, headers=match)
        assert answer.status_code == 403, (method, one, answer.text)


def test_s09_another_department_sees_no_article_folder_or_version(
    article_house: House, sue: TestClient
) -> None:
    article = written(sue)
    path = f"/articles/{article['article_id']}"
    sue.post(f"{path}/publish", json={}, headers=tag(sue, path))
    sales = article_house.department("Sales")
    eve = article_house.asker("eve", "administrator", department_id=sales)
    for one in (
        path,
        f"{path}/text",
        f"{path}/versions",
        f"{path}/attachments",
        f"/article-folders/{article['article_folder_id']}",
    ):
        assert eve.get(one).status_code == 404, one
    for many in ("/articles", "/article-folders"):
        assert eve.get(f"{many}?count=true").json()["total"] == 0
    for key in (article["article_folder_id"], 4711):
        body = {"article_folder_id": key, "title": "x", "html": "x"}
        answer = eve.post("/articles", json=body)
        assert (answer.status_code, error_fields(answer)) == (422, ["article_folder_id"])


def test_s19_an_article_is_expanded_for_an_activity_that_the_asker_sees(
    article_house: House, sue: TestClient, amy: TestClient
) -> None:
    html = "<p>Dear {{customer.name}}: {{7*7}} {% x %} ${y}</p>"
    path = f"/articles/{written(sue, html)['article_id']}"
    sue.post(f"{path}/publish", json={}, headers=tag(sue, path))
    activity_id = article_house.place.queued(from_name="{{agent.name}}")
    expanded = amy.post(f"{path}/expand", json={"activity_id": activity_id})
    assert expanded.status_code == 200, expanded.text
    assert expanded.json() == {
        "html": "<p>Dear {{agent.name}}: {{7*7}} {% x %} ${y}</p>",
        "text": "Dear {{agent.name}}: {{7*7}} {% x %} ${y}",
        "empty": [],
        "reasons": [],
    }
    unseen = amy.post(f"{path}/expand", json={"activity_id": 4711})
    assert (unseen.status_code, error_fields(unseen)) == (422, ["activity_id"])


def test_an_unknown_macro_is_refused_with_those_there_are(sue: TestClient) -> None:
    article = written(sue)
    path = f"/articles/{article['article_id']}"
    answer = sue.patch(path, json={"html": "{{customer.nmae}}"}, headers=tag(sue, path))
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == "html"
    assert "customer.name" in error["allowed"]
