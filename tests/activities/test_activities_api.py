"""Activities through the API: what each person may, what is refused and how it says so."""

import pytest

from fixtures.team import declare
from fixtures.team_api import DeskOf, fields
from lodge_platform.schema import master


def test_a_task_is_made_read_changed_replaced_and_deleted(desk_of: DeskOf) -> None:
    team = desk_of.team
    declare(team, "order_number")
    mail = team.place.queued()
    customer_id = team.place.activity(mail).customer_id
    body = {
        "subject": "Call back",
        "customer_id": customer_id,
        "queue_id": team.place.queues["General"],
        "due_at": "2026-02-01T13:00:00+01:00",
        "attributes": {"order_number": "1842"},
    }
    made = desk_of("grace").post("/activities", json=body)
    assert made.status_code == 201, made.text
    task = made.json()
    assert (task["media"], task["status"], task["department_id"]) == (
        "task",
        "queued",
        team.place.department_id,
    )
    assert (task["due_at"], task["attributes"]) == (
        "2026-02-01T12:00:00Z",
        {"order_number": "1842"},
    )
    path = f"/activities/{task['activity_id']}"
    assert made.headers["location"] == f"/api/v1{path}"
    assert desk_of("grace").get(path).headers["etag"] == made.headers["etag"]

    patched = desk_of.change("grace", "PATCH", path, {"priority": 1, "description": "Soon"})
    assert (patched.json()["priority"], patched.json()["subject"]) == (1, "Call back")
    whole = desk_of.change("grace", "PUT", path, {"subject": "Write back"})
    assert whole.status_code == 200, whole.text
    now = whole.json()
    assert (now["subject"], now["priority"], now["due_at"]) == ("Write back", 4, None)
    assert (now["attributes"], now["description"]) == ({}, None)
    assert desk_of.change("grace", "DELETE", path).status_code == 403
    assert desk_of.change("sue", "DELETE", path).status_code == 204
    assert desk_of("sue").get(path).status_code == 404
    assert team.place.differences() == []


def test_only_tasks_are_made_and_what_is_wrong_is_named(desk_of: DeskOf) -> None:
    grace = desk_of("grace")
    answer = grace.post("/activities", json={"subject": "x", "media": "email"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0] | {"detail": ""} == {
        "field": "media",
        "detail": "",
        "allowed": ["task"],
    }
    for body, field in (
        ({"subject": "x"}, "case_id"),
        ({"subject": "x", "case_id": 999}, "case_id"),
        ({"subject": "x", "customer_id": 999}, "customer_id"),
        ({"subject": "", "customer_id": 1}, "subject"),
        ({"subject": "x", "customer_id": 1, "priority": 8}, "priority"),
        ({"subject": "x", "customer_id": 1, "due_at": "2026-02-01T12:00:00"}, "due_at"),
    ):
        answer = grace.post("/activities", json=body)
        assert (answer.status_code, fields(answer)) == (422, [field]), answer.text


@pytest.mark.parametrize(
    "given",
    [
        {"agent_id": 1},
        {"department_id": 2},
        {"status": "completed"},
        {"change_no": 1},
        {"created_at": "2020-01-01T00:00:00Z"},
        {"deleted_at": None},
        {"is_pinned": True},
        {"customer_id": 1},
    ],
)
def test_s12_nothing_but_what_can_be_changed_is_taken_from_a_body(
    desk_of: DeskOf, given: dict[str, object]
) -> None:
    activity_id = desk_of.team.place.queued()
    path = f"/activities/{activity_id}"
    before = desk_of("grace").get(path).json()
    for method, body in (("PATCH", given), ("PUT", {"subject": before["subject"]} | given)):
        answer = desk_of.change("grace", method, path, body)
        assert answer.status_code == 422
        assert fields(answer) == list(given)
    assert desk_of("grace").get(path).json() == before


def test_s12_department_author_and_agent_are_who_asks(desk_of: DeskOf) -> None:
    team = desk_of.team
    activity_id = team.place.queued()
    customer_id = team.place.activity(activity_id).customer_id
    body = {"subject": "x", "customer_id": customer_id, "department_id": team.sales_id}
    assert desk_of("grace").post("/activities", json=body).status_code == 403
    body["department_id"] = 999
    assert desk_of("grace").post("/activities", json=body).status_code == 403
    note = desk_of("grace").post(
        f"/activities/{activity_id}/notes", json={"text": "x", "author_id": 1, "department_id": 2}
    )
    assert note.status_code == 422
    note = desk_of("alan").post(f"/activities/{activity_id}/notes", json={"text": "x"})
    assert note.json()["author_id"] == team.people["alan"]
    assert note.json()["department_id"] == team.place.department_id


def test_two_changes_of_what_was_read_once_are_one_change_and_a_412(desk_of: DeskOf) -> None:
    path = f"/activities/{desk_of.team.held()}"
    etag = desk_of("grace").get(path).headers["etag"]
    first = desk_of("grace").patch(path, json={"priority": 1}, headers={"if-match": etag})
    second = desk_of("alan").patch(path, json={"priority": 2}, headers={"if-match": etag})
    assert (first.status_code, second.status_code) == (200, 412)
    assert desk_of("grace").get(path).json()["priority"] == 1
    assert desk_of("grace").patch(path, json={"priority": 3}).status_code == 428
    for action in ("complete", "pin", "transfer", "reply", "change-case", "reject"):
        body = {"transfer": {"agent_id": 1}, "reply": {"text": "x"}, "change-case": {"case_id": 1}}
        answer = desk_of("grace").post(
            f"{path}/{action}", json=body.get(action, {}), headers={"if-match": etag}
        )
        assert answer.status_code in (412, 422), (action, answer.text)
        assert desk_of("grace").get(path).json()["status"] == "assigned"


def test_an_activity_is_pulled_answered_and_completed(desk_of: DeskOf) -> None:
    team = desk_of.team
    assert desk_of("grace").post("/activities/pull").status_code == 409
    team.place.queued(subject="My refund")
    pulled = desk_of("grace").post("/activities/pull")
    assert (pulled.status_code, pulled.json()["agent_id"]) == (200, team.people["grace"])
    path = f"/activities/{pulled.json()['activity_id']}"
    kept = desk_of.change("grace", "POST", f"{path}/reply", {"text": "Soon.", "then": "keep"})
    assert (kept.status_code, kept.json()["status"]) == (200, "assigned")
    assert desk_of.change("alan", "POST", f"{path}/complete").status_code == 403
    assert desk_of.change("grace", "POST", f"{path}/complete").json()["status"] == "completed"
    emails = desk_of("grace").get(f"{path}/emails").json()["items"]
    assert [one["direction"] for one in emails] == ["inbound", "outbound"]
    assert emails[0]["text_body"] == "Where is my refund?"
    sent = f"/emails/{emails[1]['email_id']}"
    assert desk_of("grace").get(sent).json()["reply_text"] == "Soon."
    to = desk_of("grace").get(f"{sent}/recipients").json()["items"]
    assert [one["address"] for one in to] == ["ada@example.org"]
    assert team.place.differences() == []


def test_an_activity_is_picked_pinned_and_given_on(desk_of: DeskOf) -> None:
    team = desk_of.team
    path = f"/activities/{team.place.queued()}"
    assert desk_of.change("grace", "POST", f"{path}/pick").status_code == 403
    assert desk_of.change("sue", "POST", f"{path}/pick").json()["status"] == "assigned"
    assert desk_of.change("sue", "POST", f"{path}/pin").json()["is_pinned"] is True
    assert desk_of.change("sue", "POST", f"{path}/unpin").json()["is_pinned"] is False
    to_alan = {"agent_id": team.people["alan"], "reason": "His customer"}
    given = desk_of.change("sue", "POST", f"{path}/transfer", to_alan)
    assert (given.status_code, given.content) == (204, b"")
    assert desk_of("sue").get(path).json()["agent_id"] == team.people["alan"]
    assert desk_of.change("grace", "POST", f"{path}/transfer", to_alan).status_code == 403
    away = {"department_id": team.sales_id}
    assert desk_of.change("alan", "POST", f"{path}/transfer", away).status_code == 204
    assert desk_of("alan").get(path).status_code == 404
    assert desk_of("eve").get(path).status_code == 200
    assert team.place.differences() == []


def test_classes_case_and_customer_are_changed_by_operations_of_their_own(desk_of: DeskOf) -> None:
    team = desk_of.team
    category = team.add(master.Category, department_id=team.place.department_id, name="Refunds")
    activity_id, other = team.place.queued(), team.place.queued()
    path = f"/activities/{activity_id}"
    classes = {"category_ids": [category], "resolution_code_ids": []}
    done = desk_of.change("grace", "PUT", f"{path}/classification", classes)
    assert done.json()["category_ids"] == [category]
    wrong = {"category_ids": [999], "resolution_code_ids": []}
    answer = desk_of.change("grace", "PUT", f"{path}/classification", wrong)
    assert (answer.status_code, fields(answer)) == (422, ["category_ids"])
    assert answer.json()["errors"][0]["allowed"] == [str(category)]
    case = {"case_id": team.case_of(other)}
    assert (
        desk_of.change("grace", "POST", f"{path}/change-case", case).json()["case_id"]
        == (case["case_id"])
    )
    assert desk_of.change("grace", "POST", f"{path}/change-case", case).status_code == 409
    stranger = {"customer_id": team.customer()}  # nobody of the department knows this customer
    answer = desk_of.change("grace", "POST", f"{path}/change-customer", stranger)
    assert (answer.status_code, fields(answer)) == (422, ["customer_id"])
    assert team.place.differences() == []


def test_a_list_is_filtered_by_what_an_activity_is(desk_of: DeskOf) -> None:
    team = desk_of.team
    declare(team, "order_number")
    held, waiting = team.held(subject="One"), team.place.queued("Refunds", subject="Two")
    path = f"/activities/{waiting}"
    desk_of.change("grace", "PATCH", path, {"attributes": {"order_number": "1842"}})
    for query, expected in (
        ("status=assigned", [held]),
        (f"queue_id={team.place.queues['Refunds']}", [waiting]),
        ("subject.contains=Tw", [waiting]),
        ("attributes.order_number=1842", [waiting]),
        ("sort=-activity_id", [waiting, held]),
        ("due_at.is=given", []),
    ):
        items = desk_of("grace").get(f"/activities?{query}").json()["items"]
        assert [one["activity_id"] for one in items] == expected, query
    assert desk_of("grace").get("/activities?colour=red").status_code == 400


def test_bulk_does_each_by_itself_and_says_what_became_of_it(desk_of: DeskOf) -> None:
    team = desk_of.team
    mine, others, done = team.held(), team.held("alan"), team.place.queued()
    stale = desk_of("grace").get(f"/activities/{mine}").headers["etag"]
    body = {
        "action": "change",
        "items": [
            {"id": mine, "etag": stale},
            {"id": others, "etag": '"1"'},
            {"id": done},
            {"id": 999},
        ],
        "body": {"priority": 1},
    }
    again = {"idempotency-key": "bulk-1"}
    answer = desk_of("grace").post("/activities/bulk", json=body, headers=again)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert [one["status"] for one in said["results"]] == [200, 412, 200, 404]
    assert (said["done"], said["refused"]) == (2, 2)
    assert said["results"][1]["problem"]["status"] == 412
    etag = desk_of("grace").get(f"/activities/{mine}").headers["etag"]
    assert said["results"][0]["etag"] == etag
    assert team.place.activity(others).priority == 4
    replayed = desk_of("grace").post("/activities/bulk", json=body, headers=again)
    assert replayed.json() == said
    assert team.place.history(mine).count("activity_edited") == 1

    complete = {"action": "complete", "items": [{"id": key} for key in (mine, others, done)]}
    said = desk_of("grace").post("/activities/bulk", json=complete).json()
    assert [one["status"] for one in said["results"]] == [200, 403, 409]
    assert team.place.differences() == []


def test_bulk_refuses_as_a_whole_what_cannot_be_meant(desk_of: DeskOf) -> None:
    activity_id = desk_of.team.place.queued()
    one = {"id": activity_id}
    for body, field in (
        ({"action": "explode", "items": [one]}, "action"),
        ({"action": "pick", "items": []}, "items"),
        ({"action": "pick", "items": [one, one]}, "items"),
        ({"action": "pick", "items": [{"id": key} for key in range(1, 202)]}, "items"),
        ({"action": "change", "items": [one], "body": {"agent_id": 1}}, "body.agent_id"),
        ({"action": "complete", "items": [one], "body": {"text": "x"}}, "body"),
        ({"action": "pick", "items": [{"id": activity_id, "etag": "x"}]}, "items[0].etag"),
    ):
        answer = desk_of("grace").post("/activities/bulk", json=body)
        assert (answer.status_code, fields(answer)) == (422, [field]), answer.text


def test_the_same_post_twice_makes_one_task_and_one_note(desk_of: DeskOf) -> None:
    team = desk_of.team
    activity_id = team.place.queued()
    body = {"subject": "Call", "case_id": team.case_of(activity_id)}
    for path, content in (
        ("/activities", body),
        (f"/activities/{activity_id}/notes", {"text": "n"}),
    ):
        first, second = (
            desk_of("grace").post(path, json=content, headers={"idempotency-key": path})
            for _ in range(2)
        )
        assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(desk_of("grace").get("/activities").json()["items"]) == 2
    assert len(desk_of("grace").get("/notes").json()["items"]) == 1


def test_xml_is_given_and_taken_for_activities(desk_of: DeskOf) -> None:
    path = f"/activities/{desk_of.team.place.queued(subject='A <b> & c')}"
    answer = desk_of("grace").get(path, headers={"accept": "application/xml"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    assert "A &lt;b&gt; &amp; c" in answer.text
