"""Changing activities and cases from their pages: seen at once, refused in plain words."""

from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from console.desk_work import held
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.schema import master
from lodge_platform.vocabulary import ActivityStatus, CaseStatus
from web.office import Office, send, token_in


def add(office: Office, row: Any) -> None:
    with change_configuration(office.lodge.stores.master, by="test", now=utc_now()) as session:
        session.add(row)


def say(browser: TestClient, page: str, action: str, **fields: object) -> Response:
    """Fill in a form of the page and send it; then the page it leads to."""
    shown = browser.get(page)
    given = {"change_no": change_no(shown.text)} | fields
    answer = send(browser, f"{page}/{action}", token_in(shown), **given)
    return browser.get(answer.headers["location"]) if answer.status_code == 303 else answer


def change_no(text: str) -> str:
    mark = 'name="change_no" value="'
    return text.split(mark, 1)[1].split('"', 1)[0] if mark in text else ""


def test_details_are_changed_and_shown(office: Office, grace: TestClient) -> None:
    for name, kind, choices in (("order_number", "text", []), ("size", "choice", ["S", "M"])):
        add(
            office,
            master.CustomAttribute(
                object_type="activity",
                name=name,
                label=name.replace("_", " ").capitalize(),
                attribute_type=kind,
                choices=choices,
            ),
        )
    activity_id = held(office)
    page = f"/console/activities/{activity_id}"
    fields = {
        "priority": 2,
        "due_at": "2026-02-01T12:00",
        "language": "de",
        "subtype": "",
        "media": "email",
        "attribute.order_number": "1842",
        "attribute.size": "M",
    }
    shown = say(grace, page, "details", **fields)
    assert "Saved." in shown.text
    row = office.place.activity(activity_id)
    assert (row.priority, row.language, row.due_at.isoformat()) == (
        2,
        "de",
        "2026-02-01T12:00:00+00:00",
    )
    assert row.attributes == {"order_number": "1842", "size": "M"}
    wrong = say(grace, page, "details", **(fields | {"attribute.size": "XXL"}))
    assert wrong.status_code == 422
    assert "takes one of: S, M" in wrong.text
    old = change_no(grace.get(page).text)
    say(grace, page, "details", **(fields | {"priority": 3}))
    late = say(grace, page, "details", **(fields | {"priority": 7, "change_no": old}))
    assert late.status_code == 409
    assert "Not saved: it changed since you opened the page." in late.text
    assert office.place.activity(activity_id).priority == 3
    assert office.place.differences() == []


def test_completing_says_on_the_page_what_is_missing(office: Office, grace: TestClient) -> None:
    needed = {"name": "order_number", "label": "Order number", "is_required": True}
    kind = {"object_type": "activity", "attribute_type": "text", "choices": []}
    add(office, master.CustomAttribute(**needed, **kind))
    activity_id = held(office)
    page = f"/console/activities/{activity_id}"
    refused = say(grace, page, "complete")
    assert refused.status_code == 422
    assert "lacks order_number" in refused.text
    answer = say(grace, page, "reply", text="An hour of work", then="complete")
    assert (answer.status_code, "An hour of work" in answer.text) == (422, True)
    assert office.place.activity(activity_id).status is ActivityStatus.ASSIGNED


def test_an_activity_is_classified_pinned_noted_and_given_on(
    office: Office, grace: TestClient
) -> None:
    here = office.place.department_id
    add(office, master.Category(department_id=here, name="Refunds and returns"))
    activity_id = held(office)
    office.person("alan")
    office.place.ready("alan", now=utc_now())
    page = f"/console/activities/{activity_id}"
    assert "Refunds and returns" in say(grace, page, "classification", category_ids=1).text
    assert office.place.activity(activity_id).category_ids == [1]
    assert "It stays with you" in say(grace, page, "pin", is_pinned="yes").text
    noted = say(grace, page, "notes", text="<b>Careful</b> with this one")
    assert "&lt;b&gt;Careful&lt;/b&gt; with this one" in noted.text
    assert say(grace, page, "notes", text=" ").status_code == 422
    assert say(grace, page, "transfer", target="").status_code == 422
    given = say(grace, page, "transfer", target=f"agent:{office.place.agents['alan']}")
    assert "The activity was given on." in given.text
    row = office.place.activity(activity_id)
    assert (row.agent_id, row.is_pinned) == (office.place.agents["alan"], False)
    assert "Give on" not in grace.get(page).text
    assert office.place.differences() == []


def test_a_case_is_changed_closed_and_split_from_its_page(
    office: Office, grace: TestClient
) -> None:
    first = held(office, subject="First")
    case_id = office.place.activity(first).case_id
    second = office.place.queued("Refunds", now=utc_now(), case_id=case_id, subject="Second")
    page = f"/console/cases/{case_id}"
    assert "Second" in grace.get(page).text
    owner = office.place.agents["grace"]
    saved = say(grace, page, "details", severity="urgent", owner_id=owner, solution="Patience")
    assert all(word in saved.text for word in ("Saved.", "urgent", "Patience"))
    refused = say(grace, page, "close")
    assert refused.status_code == 409
    assert f"is open: {first}, {second}" in refused.text
    assert "This is the new case." in say(grace, page, "split", activity_ids=second).text
    new = office.place.activity(second).case_id
    send(grace, f"/console/activities/{first}/complete", token_in(grace.get("/console/")))
    assert "Reopen" in grace.get(page).text
    assert "The case is open again." in say(grace, page, "reopen").text
    assert "The case is closed." in say(grace, page, "close").text
    assert "The note is there" in say(grace, page, "notes", text="Done").text
    merged = say(grace, page, "relate", other_case_id=new, then="merge")
    assert "The two cases are one" in merged.text
    assert office.place.activity(first).case_id == new
    assert "into case" in grace.get(page).text
    assert office.place.differences() == []


def test_s08_a_case_of_another_department_is_not_there(office: Office, grace: TestClient) -> None:
    place = office.place
    home, place.department_id = place.department_id, office.department("Elsewhere")
    activity_id = place.queued("Refunds", now=utc_now())
    place.department_id = home
    case_id = place.activity(activity_id).case_id
    token = token_in(grace.get("/console/"))
    nothing = {grace.get(f"/console/cases/{key}").text for key in (case_id, 99999)}
    for action in ("close", "reopen", "notes", "details", "split", "relate"):
        for key in (case_id, 99999):
            answer = send(grace, f"/console/cases/{key}/{action}", token, text="x")
            assert answer.status_code == 404
            nothing.add(answer.text)
    for action in ("details", "classification", "pin", "transfer", "notes"):
        for key in (activity_id, 99999):
            answer = send(grace, f"/console/activities/{key}/{action}", token, text="x")
            assert answer.status_code == 404
            nothing.add(answer.text)
    assert len(nothing) == 1
    assert place.activity(activity_id).status is ActivityStatus.QUEUED


def test_a_deleted_activity_is_not_there(office: Office, grace: TestClient) -> None:
    from lodge_core.activities.ending import delete
    from lodge_platform.events import Actor
    from lodge_platform.events.work import working
    from lodge_platform.vocabulary import ActorKind

    activity_id = held(office, subject="Gone soon")
    case_id = office.place.activity(activity_id).case_id
    actor = Actor(ActorKind.AGENT, office.place.agents["grace"])
    with working(office.lodge, actor=actor, now=utc_now()) as work:
        delete(work, activity_id)
    assert grace.get(f"/console/activities/{activity_id}").status_code == 404
    assert "Gone soon" not in grace.get("/console/").text
    assert grace.get("/console/emails/1/original").status_code == 404
    case = grace.get(f"/console/cases/{case_id}").text
    assert "This case holds no activity that you may read." in case
    assert CaseStatus.CLOSED.value in case
