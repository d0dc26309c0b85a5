"""Cases and notes through the API, and S-09: nothing of another department can be inferred."""

import httpx
import pytest
from sqlalchemy import select

from fixtures.team import Team
from fixtures.team_api import DeskOf, fields
from fixtures.workplace import at
from lodge_core.activities.transferring import Target, transfer
from lodge_core.agents import desk
from lodge_platform.schema.active import Case, OutboxMessage
from lodge_platform.vocabulary import ActivityStatus


def shared(team: Team) -> tuple[int, int, int]:
    """A case of Customer care whose second activity went to Sales: case, own activity, theirs."""
    own = team.held()
    case_id = team.case_of(own)
    theirs = team.held(case_id=case_id, subject="An order")
    with team.work() as work:
        transfer(work, theirs, Target(department_id=team.sales_id))
    return case_id, own, theirs


def keys(answer: httpx.Response, name: str) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [item[name] for item in answer.json()["items"]]


def test_a_case_is_opened_changed_closed_reopened_and_deleted(desk_of: DeskOf) -> None:
    team = desk_of.team
    customer_id = team.place.activity(team.place.queued()).customer_id
    body = {"customer_id": customer_id, "subject": "A call", "severity": "high"}
    made = desk_of("grace").post("/cases", json=body)
    assert made.status_code == 201, made.text
    path = made.headers["location"].removeprefix("/api/v1")
    changed = desk_of.change("grace", "PATCH", path, {"owner_id": team.people["grace"]})
    assert (changed.json()["owner_id"], changed.json()["severity"]) == (
        team.people["grace"],
        "high",
    )
    whole = desk_of.change("grace", "PUT", path, {"subject": "A long call"})
    assert (whole.json()["owner_id"], whole.json()["severity"]) == (None, "medium")
    closed = desk_of.change("grace", "POST", f"{path}/close", {"solution": "Said sorry"})
    assert (closed.json()["status"], closed.json()["solution"]) == ("closed", "Said sorry")
    assert desk_of.change("grace", "POST", f"{path}/close", {}).status_code == 409
    assert desk_of.change("grace", "POST", f"{path}/reopen").json()["reopened_count"] == 1
    assert desk_of.change("grace", "DELETE", path).status_code == 403
    assert desk_of.change("sue", "DELETE", path).status_code == 204
    assert desk_of("sue").get(path).status_code == 404
    assert team.place.differences() == []


@pytest.mark.parametrize("given", [{"department_id": 2}, {"status": "closed"}, {"closed_at": None}])
def test_s12_a_case_takes_nothing_but_what_can_be_changed(
    desk_of: DeskOf, given: dict[str, object]
) -> None:
    case_id = desk_of.team.case_of(desk_of.team.place.queued())
    for method, body in (("PATCH", given), ("PUT", {"subject": "x"} | given)):
        answer = desk_of.change("grace", method, f"/cases/{case_id}", body)
        assert (answer.status_code, fields(answer)) == (422, list(given))


def test_cases_are_merged_split_and_related(desk_of: DeskOf) -> None:
    team = desk_of.team
    first, second = team.place.queued(), team.place.queued()
    one, two = team.case_of(first), team.case_of(second)
    merged = desk_of.change("grace", "POST", f"/cases/{two}/merge", {"into_case_id": one})
    assert merged.json()["case_id"] == one
    assert keys(desk_of("grace").get(f"/cases/{one}/activities"), "activity_id") == [first, second]
    assert desk_of("grace").get(f"/cases/{two}").json()["merged_into_case_id"] == one
    split = desk_of.change("grace", "POST", f"/cases/{one}/split", {"activity_ids": [second]})
    assert split.status_code == 201, split.text
    new = split.json()["case_id"]
    assert keys(desk_of("grace").get(f"/cases/{one}/relations"), "case_id") == [new]
    assert desk_of.change("grace", "DELETE", f"/cases/{new}/relations/{one}").status_code == 204
    assert keys(desk_of("grace").get(f"/cases/{one}/relations"), "case_id") == []
    again = desk_of("grace").post(f"/cases/{one}/relations", json={"related_case_id": new})
    assert (again.status_code, [case["case_id"] for case in again.json()["items"]]) == (201, [new])
    itself = desk_of("grace").post(f"/cases/{one}/relations", json={"related_case_id": one})
    assert fields(itself) == ["related_case_id"]
    unknown = desk_of.change("grace", "POST", f"/cases/{one}/merge", {"into_case_id": 999})
    assert (unknown.status_code, fields(unknown)) == (422, ["into_case_id"])
    assert team.place.differences() == []


def test_bulk_closes_what_can_be_closed(desk_of: DeskOf) -> None:
    team = desk_of.team
    done = team.held()
    desk.complete(team.lodge, done, agent_id=team.people["grace"], now=at(5))
    cases = [team.case_of(done), team.case_of(team.place.queued()), 999]
    items = [{"id": key} for key in cases]
    said = desk_of("grace").post("/cases/bulk", json={"action": "reopen", "items": items[:1]})
    assert said.json()["done"] == 1
    said = desk_of("grace").post("/cases/bulk", json={"action": "close", "items": items}).json()
    assert [one["status"] for one in said["results"]] == [200, 409, 404]
    assert team.place.differences() == []


def test_a_note_is_written_read_changed_and_deleted(desk_of: DeskOf) -> None:
    team = desk_of.team
    activity_id = team.place.queued()
    case_id = team.case_of(activity_id)
    about = [f"/activities/{activity_id}", f"/cases/{case_id}"]
    made = [desk_of("grace").post(f"{path}/notes", json={"text": "Careful"}) for path in about]
    assert [one.status_code for one in made] == [201, 201]
    assert [keys(desk_of("alan").get(f"{path}/notes"), "note_id") for path in about] == [
        [one.json()["note_id"]] for one in made
    ]
    path = f"/notes/{made[0].json()['note_id']}"
    assert desk_of.change("alan", "PATCH", path, {"text": "x"}).status_code == 403
    assert desk_of.change("grace", "PATCH", path, {"text": "Kind"}).json()["text"] == "Kind"
    assert desk_of.change("alan", "DELETE", path).status_code == 403
    assert desk_of.change("sue", "DELETE", path).status_code == 204
    assert desk_of("grace").get(path).status_code == 404
    assert keys(desk_of("grace").get(f"{about[0]}/notes"), "note_id") == []
    assert team.place.differences() == []


def test_s09_each_department_sees_its_own_activities_of_a_shared_case(desk_of: DeskOf) -> None:
    team = desk_of.team
    case_id, own, theirs = shared(team)
    other_case = team.case_of(team.place.queued())
    for name, mine, hidden in (("grace", own, theirs), ("eve", theirs, own)):
        asker = desk_of(name)
        assert asker.get(f"/cases/{case_id}").status_code == 200
        listed = asker.get(f"/cases/{case_id}/activities?count=true")
        assert keys(listed, "activity_id") == [mine]
        assert listed.json()["total"] == 1
        total = asker.get(f"/activities?case_id={case_id}&count=true").json()["total"]
        assert total == 1
        for path in ("", "/emails", "/notes"):
            gone = asker.get(f"/activities/{hidden}{path}")
            never = asker.get(f"/activities/999{path}")
            assert (gone.status_code, gone.content) == (never.status_code, never.content)
    assert desk_of("eve").get(f"/cases/{other_case}").status_code == 404
    assert keys(desk_of("eve").get("/cases"), "case_id") == [case_id]


def test_s09_notes_of_one_department_are_not_shown_to_the_other(desk_of: DeskOf) -> None:
    team = desk_of.team
    case_id, own, theirs = shared(team)
    by_grace = desk_of("grace").post(f"/cases/{case_id}/notes", json={"text": "ours"}).json()
    by_eve = desk_of("eve").post(f"/cases/{case_id}/notes", json={"text": "theirs"}).json()
    assert (by_grace["department_id"], by_eve["department_id"]) == (
        team.place.department_id,
        team.sales_id,
    )
    for name, note, hidden in (("grace", by_grace, by_eve), ("eve", by_eve, by_grace)):
        for path in ("/notes", f"/cases/{case_id}/notes"):
            answer = desk_of(name).get(f"{path}?count=true")
            assert keys(answer, "note_id") == [note["note_id"]]
            assert answer.json()["total"] == 1
        assert desk_of(name).get(f"/notes/{hidden['note_id']}").status_code == 404
        gone = desk_of.change(name, "DELETE", f"/notes/{hidden['note_id']}")
        assert gone.status_code == 404
    assert (own, theirs) != (0, 0)


def test_s09_who_only_sees_a_case_changes_nothing_of_it(desk_of: DeskOf) -> None:
    team = desk_of.team
    case_id, own, theirs = shared(team)
    path = f"/cases/{case_id}"
    sales_case = {"customer_id": team.place.activity(theirs).customer_id, "subject": "Order"}
    into = desk_of("eve").post("/cases", json=sales_case).json()["case_id"]
    for method, what, body in (
        ("PATCH", "", {"solution": "x"}),
        ("PUT", "", {"subject": "x"}),
        ("POST", "/close", {}),
        ("POST", "/reopen", None),
        ("POST", "/merge", {"into_case_id": into}),
        ("POST", "/split", {"activity_ids": [theirs]}),
        ("POST", "/relations", {"related_case_id": into}),
    ):
        answer = desk_of.change("eve", method, f"{path}{what}", body, of=path)
        assert answer.status_code == 403, (what, answer.text)
    answer = desk_of.change("eve", "POST", f"/cases/{into}/merge", {"into_case_id": case_id})
    assert answer.status_code == 403
    assert team.case(case_id).status.value == "open"
    assert own


def test_s09_a_refusal_to_close_names_only_what_the_asker_sees(desk_of: DeskOf) -> None:
    team = desk_of.team
    case_id, own, theirs = shared(team)
    desk.complete(team.lodge, own, agent_id=team.people["grace"], now=at(20))
    refused = desk_of.change("grace", "POST", f"/cases/{case_id}/close", {})
    assert refused.status_code == 409
    assert str(theirs) not in refused.json()["detail"].replace(f"ase {case_id} ", "")
    split = desk_of.change("grace", "POST", f"/cases/{case_id}/split", {"activity_ids": [theirs]})
    assert (split.status_code, fields(split)) == (422, ["activity_ids"])
    for wrong in ({"activity_ids": [999]}, {"activity_ids": [theirs]}):
        said = desk_of.change("grace", "POST", f"/cases/{case_id}/split", wrong).json()
        assert said["errors"][0]["detail"].startswith("not an activity of this case")


def test_s09_a_related_case_of_another_department_is_not_listed(desk_of: DeskOf) -> None:
    team = desk_of.team
    case_id, _, theirs = shared(team)
    customer_id = team.place.activity(theirs).customer_id
    body = {"customer_id": customer_id, "subject": "Ours alone"}
    hidden = desk_of("grace").post("/cases", json=body).json()["case_id"]
    assert (
        desk_of("grace")
        .post(f"/cases/{case_id}/relations", json={"related_case_id": hidden})
        .status_code
        == 201
    )
    assert keys(desk_of("grace").get(f"/cases/{case_id}/relations"), "case_id") == [hidden]
    assert keys(desk_of("eve").get(f"/cases/{case_id}/relations"), "case_id") == []


def test_s08_a_stranger_is_told_nothing_by_any_operation(desk_of: DeskOf) -> None:
    team = desk_of.team
    activity_id = team.held()
    case_id = team.case_of(activity_id)
    note = desk_of("grace").post(f"/activities/{activity_id}/notes", json={"text": "n"}).json()
    found: dict[str, tuple[int, bytes]] = {}
    for real, path in (
        (activity_id, "/activities/{}"),
        (activity_id, "/activities/{}/emails"),
        (activity_id, "/activities/{}/notes"),
        (case_id, "/cases/{}"),
        (case_id, "/cases/{}/activities"),
        (case_id, "/cases/{}/notes"),
        (case_id, "/cases/{}/relations"),
        (note["note_id"], "/notes/{}"),
        (1, "/emails/{}"),
    ):
        answers = [desk_of("eve").get(path.format(key)) for key in (real, 99999)]
        assert [one.status_code for one in answers] == [404, 404], path
        assert answers[0].content == answers[1].content
        found[path] = (answers[0].status_code, answers[0].content)
    for path in ("/activities", "/cases", "/notes", "/emails"):
        listed = desk_of("eve").get(f"{path}?count=true").json()
        assert (listed["items"], listed["total"]) == ([], 0)
    changes: list[tuple[str, str, object]] = [
        ("PATCH", "/activities/{}", {"priority": 1}),
        ("PUT", "/activities/{}", {"subject": "x"}),
        ("POST", "/activities/{}/accept", None),
        ("POST", "/activities/{}/reject", {}),
        ("POST", "/activities/{}/complete", None),
        ("POST", "/activities/{}/pin", None),
        ("POST", "/activities/{}/reply", {"text": "x"}),
        ("POST", "/activities/{}/transfer", {"department_id": team.sales_id}),
        ("POST", "/activities/{}/change-case", {"case_id": 1}),
        ("POST", "/activities/{}/change-customer", {"customer_id": 1}),
        ("PUT", "/activities/{}/classification", {"category_ids": [], "resolution_code_ids": []}),
        ("POST", "/activities/{}/notes", {"text": "x"}),
        ("PATCH", "/cases/{}", {"solution": "x"}),
        ("POST", "/cases/{}/close", {}),
        ("POST", "/cases/{}/reopen", None),
        ("POST", "/cases/{}/merge", {"into_case_id": 1}),
        ("POST", "/cases/{}/split", {"activity_ids": [1]}),
        ("POST", "/cases/{}/notes", {"text": "x"}),
        ("POST", "/cases/{}/relations", {"related_case_id": 1}),
    ]
    for method, path, body in changes:
        real = activity_id if path.startswith("/activities") else case_id
        answers = [
            desk_of("eve").request(method, path.format(key), json=body, headers={"if-match": "*"})
            for key in (real, 99999)
        ]
        assert [one.status_code for one in answers] == [404, 404], (path, answers[0].text)
        assert answers[0].content == answers[1].content
    assert team.place.activity(activity_id).status is ActivityStatus.ASSIGNED
    assert team.place.rows(select(OutboxMessage.outbox_id)) == []
    assert len(team.place.rows(select(Case.case_id))) == 1


def test_s08_a_role_narrowed_to_a_queue_works_on_what_is_in_it_alone(desk_of: DeskOf) -> None:
    team = desk_of.team
    team.person("uma", "analyst")
    desk_of.house.narrow("uma", "agent", "Refunds")
    refund, other = team.place.queued("Refunds"), team.place.queued("General")
    uma = desk_of("uma")
    assert keys(uma.get("/activities"), "activity_id") == [refund]
    assert keys(uma.get("/cases"), "case_id") == [team.case_of(refund)]
    assert desk_of.change("uma", "PATCH", f"/activities/{refund}", {"priority": 1}).is_success
    assert uma.post(f"/activities/{refund}/notes", json={"text": "n"}).status_code == 201
    assert len(keys(uma.get("/notes"), "note_id")) == 1
    case = f"/cases/{team.case_of(refund)}"
    assert desk_of.change("uma", "PATCH", case, {"severity": "low"}).status_code == 200
    answer = uma.patch(f"/activities/{other}", json={"priority": 1}, headers={"if-match": "*"})
    assert answer.status_code == 404
    task = {"subject": "x", "case_id": team.case_of(refund)}
    assert uma.post("/activities", json=task).status_code == 403
    task["queue_id"] = team.place.queues["Refunds"]
    assert uma.post("/activities", json=task).status_code == 201
