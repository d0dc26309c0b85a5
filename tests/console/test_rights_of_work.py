"""Whose work it is: what belongs to others is answered as if it were not there."""

import pytest
from fastapi.testclient import TestClient

from console.desk_work import attach, held, offered
from lodge_core.agents.inbox import activity_view
from lodge_platform.clock import utc_now
from lodge_platform.errors import NotFoundError
from lodge_platform.schema.active import Email
from lodge_platform.vocabulary import ActivityStatus
from web.office import Office, send, token_in


def test_a_supervisor_takes_from_the_exception_queue_an_agent_may_not(
    office: Office, grace: TestClient
) -> None:
    activity_id = office.place.queued("Exceptions", now=utc_now(), subject="Unplaced")
    queue = f"/console/queues/{office.place.queues['Exceptions']}"
    office.person("alan", "supervisor")
    alan = office.signed_in("alan")
    assert "Take it" in alan.get(queue).text
    assert "Take it" not in grace.get(queue).text
    path = f"/console/activities/{activity_id}/pick"
    assert send(grace, path, token_in(grace.get("/console/"))).status_code == 403
    assert send(alan, path, token_in(alan.get("/console/"))).status_code == 303
    assert office.place.activity(activity_id).agent_id == office.place.agents["alan"]


def test_data_links_are_led_to_for_who_may_see_how_they_are(
    office: Office, grace: TestClient
) -> None:
    office.person("alan", "supervisor")
    assert 'href="/links/"' in office.signed_in("alan").get("/console/").text
    assert 'href="/links/"' not in grace.get("/console/").text


def test_s08_what_is_not_ones_own_is_answered_as_if_it_were_not_there(
    office: Office, grace: TestClient
) -> None:
    office.person("alan")
    activity_id, offer_id = offered(office)
    mine = held(office)
    alan = office.signed_in("alan")
    token = token_in(alan.get("/console/"))
    nothing = {
        send(alan, path, token, text="x").text
        for path in (
            "/console/offers/99999/accept",
            "/console/activities/99999/complete",
            f"/console/offers/{offer_id}/accept",
            f"/console/offers/{offer_id}/reject",
            f"/console/activities/{mine}/reply",
            f"/console/activities/{mine}/complete",
        )
    }
    assert len(nothing) == 1
    assert office.place.activity(activity_id).agent_id == office.place.agents["grace"]
    assert office.place.activity(mine).status is ActivityStatus.ASSIGNED


def test_s08_another_departments_work_is_not_there(office: Office, grace: TestClient) -> None:
    place = office.place
    office.lodge.files.put(b"raw")
    home, place.department_id = place.department_id, office.department("Elsewhere")
    activity_id = place.queued("Refunds", now=utc_now(), html_body="<p>x</p>")
    place.department_id = home
    email_id = place.one(Email.__table__.select()).email_id
    attachment_id = attach(office, email_id, activity_id, b"x", "x.txt", "text/plain")
    nowhere = grace.get("/console/activities/99999").text
    for path in (
        f"/console/activities/{activity_id}",
        f"/console/emails/{email_id}/frame",
        f"/console/emails/{email_id}/original",
        f"/console/attachments/{attachment_id}",
    ):
        answer = grace.get(path)
        assert (answer.status_code, answer.text) == (404, nowhere)
    with pytest.raises(NotFoundError):
        activity_view(office.lodge, activity_id, place.agents["grace"])


def test_s09_the_messages_of_a_case_are_shown_only_where_one_may_read(
    office: Office, grace: TestClient
) -> None:
    place = office.place
    mine = place.queued("Refunds", now=utc_now(), text_body="Mine", reply_text="Mine")
    case_id = place.activity(mine).case_id
    home, place.department_id = place.department_id, office.department("Elsewhere")
    place.queued("Refunds", now=utc_now(), case_id=case_id, text_body="Theirs", subject="Theirs")
    place.department_id = home
    page = grace.get(f"/console/activities/{mine}").text
    assert "Mine" in page
    assert "Theirs" not in page


def test_s08_every_page_of_work_needs_its_right(office: Office) -> None:
    office.person("ana", "analyst", groups=[])
    ana = office.signed_in("ana")
    for path in ("/console/", "/console/live", "/console/activities/1", "/console/queues/1"):
        assert ana.get(path).status_code == 403


def test_a_page_of_one_session_is_not_anothers(office: Office, grace: TestClient) -> None:
    office.person("alan", groups=["Everybody"])
    offered(office, subject="For Grace")
    assert "For Grace" in grace.get("/console/").text
    assert "For Grace" not in office.signed_in("alan").get("/console/").text
