"""Search over HTTP: what was just written is found, and only by whom it concerns."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.house import House, error_fields
from fixtures.waiting import soon
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import AccessRecord, Activity


@pytest.fixture
def sue(search_house: House) -> TestClient:
    return search_house.asker("sue", "supervisor")


def look(client: TestClient, q: str, **params: Any) -> dict[str, Any]:
    """What is found once the index has all that happened, which an open transaction delays."""
    pages: list[dict[str, Any]] = []

    def is_complete() -> bool:
        answer = client.get("/search", params={"q": q, **params})
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        return pages[-1]["is_complete"]

    assert soon(is_complete), pages[-1]
    return pages[-1]


def found(client: TestClient, q: str, **params: Any) -> list[tuple[str, int]]:
    """Type and key of what is found."""
    items = look(client, q, **params)["items"]
    return sorted((one["object_type"], one["object_id"]) for one in items)


def article(client: TestClient, title: str, html: str) -> str:
    """A draft; its path."""
    folder = client.post("/article-folders", json={"name": "Folder"}).json()
    body = {"article_folder_id": folder["article_folder_id"], "title": title, "html": html}
    return f"/articles/{client.post('/articles', json=body).json()['article_id']}"


def act(client: TestClient, method: str, path: str, of: str, body: Any = None) -> None:
    headers = {"if-match": client.get(of).headers["etag"]}
    answer = client.request(method, path, json=body, headers=headers)
    assert answer.status_code < 300, answer.text


def test_what_was_just_written_is_found_with_its_passage(
    search_house: House, sue: TestClient
) -> None:
    activity_id = search_house.place.queued(
        subject="Waschmaschine defekt",
        text_body="Guten Tag, die Trommel der Mühle dreht nicht mehr. Grüße",
        from_name="Ada Byron",
    )
    page = look(sue, "muhle trommel", types="activity", count="true")
    assert (page["total"], page["is_complete"], page["after"]) == (1, True, None)
    [hit] = page["items"]
    assert (hit["object_type"], hit["activity_id"]) == ("activity", activity_id)
    assert [part["text"] for part in hit["passage"] if part["is_hit"]] == ["Trommel", "Mühle"]
    assert [part["text"] for part in hit["title"]] == ["Waschmaschine defekt"]
    row = search_house.place.activity(activity_id)
    for query in ("wasch*", '"ada byron"', "WASCHMASCHINE -kaputt", "ada@example.org"):
        assert ("activity", activity_id) in found(sue, query), query
    assert found(sue, "waschmaschine", types="case") == [("case", row.case_id)]
    for query in ("wasch", '"trommel mühle"', "waschmaschine -defekt", "-kaputt", "!!!", "'"):
        assert found(sue, query) == [], query


def test_words_without_spaces_between_them_are_found_within(
    search_house: House, sue: TestClient
) -> None:
    activity_id = search_house.place.queued(text_body="先週の注文の返金をお願いします。")
    assert found(sue, "返金", types="activity") == [("activity", activity_id)]
    assert found(sue, "返金をお願い", types="activity") == [("activity", activity_id)]
    assert found(sue, "金返", types="activity") == []


def test_the_index_follows_what_changes(search_house: House, sue: TestClient) -> None:
    activity_id = search_house.place.queued()
    path = f"/activities/{activity_id}/notes"
    note = sue.post(path, json={"text": "He wants a zeppelin."}).json()
    assert found(sue, "zeppelin") == [("note", note["note_id"])]
    one = f"/notes/{note['note_id']}"
    act(sue, "PATCH", one, one, {"text": "He wants a balloon."})
    assert found(sue, "zeppelin") == []
    assert found(sue, "balloon") == [("note", note["note_id"])]
    act(sue, "DELETE", one, one)
    assert found(sue, "balloon") == []
    case_id = search_house.place.activity(activity_id).case_id
    act(sue, "PATCH", f"/cases/{case_id}", f"/cases/{case_id}", {"solution": "An umbrella."})
    assert found(sue, "umbrella") == [("case", case_id)]
    act(sue, "DELETE", f"/activities/{activity_id}", f"/activities/{activity_id}")
    assert found(sue, "refund", types="activity") == []


def test_s09_drafts_are_found_by_those_who_write_alone(
    search_house: House, sue: TestClient
) -> None:
    amy = search_house.asker("amy", "agent")
    path = article(sue, "Zeppelins", "<p>On balloons</p>")
    key = int(path.rsplit("/", 1)[1])
    assert found(sue, "balloons") == [("article_draft", key)]
    assert found(amy, "balloons") == []
    act(sue, "POST", f"{path}/publish", path, {})
    assert found(sue, "balloons") == found(amy, "balloons") == [("article", key)]
    act(sue, "PATCH", path, path, {"html": "<p>On umbrellas</p>"})
    assert found(amy, "umbrellas") == []
    assert found(sue, "umbrellas") == [("article_draft", key)]
    assert found(amy, "balloons") == [("article", key)]
    act(sue, "POST", f"{path}/withdraw", path)
    assert found(amy, "balloons") == []


def test_s09_s35_another_department_finds_and_counts_nothing(
    search_house: House, sue: TestClient
) -> None:
    search_house.place.queued(subject="Zeppelin", text_body="zeppelin")
    act_path = article(sue, "Zeppelin", "<p>zeppelin</p>")
    act(sue, "POST", f"{act_path}/publish", act_path, {})
    sales = search_house.department("Sales")
    eve = search_house.asker("eve", "administrator", department_id=sales)
    assert look(sue, "zeppelin", count="true")["total"] == 3
    for query in ("zeppelin", "zep*", "-x zeppelin"):
        page = look(eve, query, count="true")
        assert (page["items"], page["total"], page["after"]) == ([], 0, None)
    care = search_house.place.department_id
    assert look(eve, "zeppelin", department_id=str(care))["items"] == []
    assert look(sue, "zeppelin", department_id=str(sales))["items"] == []
    assert len(look(sue, "zeppelin", department_id=f"{care},{sales}")["items"]) == 3


def test_s09_rights_are_those_of_now(search_house: House, sue: TestClient) -> None:
    activity_id = search_house.place.queued(subject="Zeppelin")
    sales = search_house.department("Sales")
    eve = search_house.asker("eve", "supervisor", department_id=sales)
    assert found(sue, "zeppelin", types="activity") == [("activity", activity_id)]
    with search_house.lodge.stores.active.write() as connection:
        moved = Activity.__table__.update().where(Activity.activity_id == activity_id)
        connection.execute(moved.values(department_id=sales))
    assert found(sue, "zeppelin", types="activity") == []
    assert found(eve, "zeppelin", types="activity") == [("activity", activity_id)]


@pytest.mark.parametrize(
    ("actions", "kinds"),
    [
        ((Action.ACTIVITY_READ, Action.CONTENT_READ, Action.PERSONAL_READ), {"activity", "case"}),
        ((Action.ACTIVITY_READ, Action.CONTENT_READ), set[str]()),
        ((Action.ARTICLE_READ, Action.CONTENT_READ), {"article"}),
        ((Action.CONTENT_READ, Action.PERSONAL_READ), set[str]()),
    ],
)
def test_s09_words_are_found_by_who_may_read_them(
    search_house: House, sue: TestClient, actions: tuple[Action, ...], kinds: set[str]
) -> None:
    search_house.place.queued(subject="Zeppelin")
    path = article(sue, "Zeppelin", "<p>x</p>")
    act(sue, "POST", f"{path}/publish", path, {})
    search_house.person("bob", "supervisor")
    bob = search_house.program(search_house.key("bob", actions=actions))
    assert {kind for kind, _ in found(bob, "zeppelin")} == kinds


def test_s08_without_the_right_to_content_nobody_searches(search_house: House) -> None:
    search_house.person("bob", "supervisor")
    key = search_house.key("bob", actions=[Action.ACTIVITY_READ])
    assert search_house.program(key).get("/search?q=x").status_code == 403
    assert search_house.program().get("/search?q=x").status_code == 401


def test_who_works_in_one_queue_finds_what_is_in_it(search_house: House) -> None:
    place = search_house.place
    mine = place.queued("Refunds", subject="Zeppelin")
    place.queued("General", subject="Zeppelin", from_address="b@example.org")
    other = search_house.department("Sales")
    search_house.person("quin", department_id=other)
    search_house.narrow("quin", "agent", "Refunds")
    quin = search_house.program(search_house.key("quin"))
    assert found(quin, "zeppelin", types="activity") == [("activity", mine)]


def test_pages_go_on_where_the_last_one_ended(search_house: House, sue: TestClient) -> None:
    keys = search_house.place.many_queued(7, subject="Zeppelin")
    seen: list[int] = []
    after = None
    while True:
        params = {"limit": 3, "types": "activity"} | ({"after": after} if after else {})
        page = look(sue, "zeppelin", **params)
        seen += [one["activity_id"] for one in page["items"]]
        after = page["after"]
        if after is None:
            break
    assert sorted(seen) == keys
    assert sue.get("/search", params={"q": "other", "after": "xyz"}).status_code == 400
    for name, value in (("types", "person"), ("department_id", "x"), ("limit", "0"), ("p", "1")):
        answer = sue.get("/search", params={"q": "x", name: value})
        assert (answer.status_code, error_fields(answer)) == (400, [name])
    assert sue.get("/search").status_code == 400


def test_who_searched_for_what_is_written_down(search_house: House, sue: TestClient) -> None:
    assert sue.get("/search", params={"q": "zeppelin"}).status_code == 200
    [record] = search_house.place.rows(select(AccessRecord.__table__))
    assert (record.kind, record.user_id) == ("query", search_house.people["sue"])
    assert "zeppelin" in record.detail


def test_titles_count_more_than_bodies(search_house: House, sue: TestClient) -> None:
    body = search_house.place.queued(subject="Other", text_body="zeppelin " + "and more " * 50)
    title = search_house.place.queued(
        subject="Zeppelin", text_body="other", from_address="b@example.org"
    )
    search_house.place.queued(subject="Other", text_body="none", from_address="c@example.org")
    hits = look(sue, "zeppelin", types="activity")["items"]
    assert [one["activity_id"] for one in hits] == [title, body]
