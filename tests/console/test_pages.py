"""The console's pages over the real stores: what an agent sees and does."""

import re

from fastapi.testclient import TestClient

from console.desk_work import held, offered
from lodge_core.agents import desk
from lodge_core.agents.inbox import inbox_of
from lodge_platform.clock import utc_now
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode
from web.office import Office, send, token_in


def test_an_agent_accepts_answers_and_completes(office: Office, grace: TestClient) -> None:
    activity_id, offer_id = offered(office, subject="Where is my refund?")
    inbox = grace.get("/console/")
    assert "Where is my refund?" in inbox.text
    token = token_in(inbox)

    accepted = send(grace, f"/console/offers/{offer_id}/accept", token)
    assert accepted.headers["location"] == f"/console/activities/{activity_id}?notice=accepted"
    page = grace.get(accepted.headers["location"])
    assert "Re: Where is my refund?" in page.text
    assert "&lt;ada@example.org&gt;" in page.text
    assert "&gt; Where is my refund?" in page.text

    path = f"/console/activities/{activity_id}/reply"
    answered = send(grace, path, token_in(page), text="It is on its way.", then="complete")
    assert answered.headers["location"] == f"/console/?notice=answered&of={activity_id}"
    assert "Your answer is on its way" in grace.get(answered.headers["location"]).text
    done = office.place.activity(activity_id)
    assert done.status is ActivityStatus.COMPLETED
    assert "It is on its way." in grace.get(f"/console/activities/{activity_id}").text
    assert office.place.differences() == []


def test_an_answer_can_be_sent_and_the_activity_kept(office: Office, grace: TestClient) -> None:
    activity_id = held(office)
    page = grace.get(f"/console/activities/{activity_id}")
    path = f"/console/activities/{activity_id}/reply"
    send(grace, path, token_in(page), text="A question first.", then="keep")
    assert office.place.activity(activity_id).status is ActivityStatus.ASSIGNED
    send(grace, f"/console/activities/{activity_id}/complete", token_in(page))
    assert office.place.activity(activity_id).status is ActivityStatus.COMPLETED


def test_an_offer_that_ran_out_says_so_in_plain_words(office: Office, grace: TestClient) -> None:
    activity_id, offer_id = offered(office)
    token = token_in(grace.get("/console/"))
    send(grace, f"/console/offers/{offer_id}/reject", token)
    answer = send(grace, f"/console/offers/{offer_id}/accept", token)
    assert answer.headers["location"] == "/console/?notice=gone"
    assert "That offer is over" in grace.get(answer.headers["location"]).text
    assert office.place.activity(activity_id).status is ActivityStatus.QUEUED


def test_what_was_typed_is_given_back_when_the_activity_is_no_longer_ones_own(
    office: Office, grace: TestClient
) -> None:
    activity_id = held(office)
    token = token_in(grace.get("/console/"))
    desk.complete(office.lodge, activity_id, agent_id=office.place.agents["grace"], now=utc_now())
    path = f"/console/activities/{activity_id}/reply"
    answer = send(grace, path, token, text="An hour of work", then="complete")
    assert answer.status_code == 409
    assert "An hour of work" in answer.text
    assert "Not sent." in answer.text


def test_an_empty_answer_is_refused_and_nothing_is_sent(office: Office, grace: TestClient) -> None:
    activity_id = held(office)
    token = token_in(grace.get("/console/"))
    answer = send(grace, f"/console/activities/{activity_id}/reply", token, text=" \n ")
    assert answer.status_code == 422
    assert "The reply is empty" in answer.text
    assert office.place.activity(activity_id).status is ActivityStatus.ASSIGNED


def test_a_mail_that_names_nobody_can_be_completed_only(office: Office, grace: TestClient) -> None:
    activity_id = held(office, from_address="", from_name="")
    page = grace.get(f"/console/activities/{activity_id}").text
    assert "This cannot be answered by mail." in page
    assert "Complete without an answer" in page
    assert '<textarea id="text"' not in page


def test_an_agent_goes_ready_and_not_ready_for_a_reason(office: Office, grace: TestClient) -> None:
    agent_id, domain = office.place.agents["grace"], office.place.domain_id
    [state] = inbox_of(office.lodge, agent_id).states
    assert (state.state, state.reason) == (AgentStateCode.NOT_READY, "signed in")
    token = token_in(grace.get("/console/"))
    send(grace, "/console/state", token, media_routing_domain_id=domain, state="ready")
    assert inbox_of(office.lodge, agent_id).states[0].state is AgentStateCode.READY
    fields = {"media_routing_domain_id": domain, "state": "not_ready", "reason": "lunch"}
    send(grace, "/console/state", token, **fields)
    [state] = inbox_of(office.lodge, agent_id).states
    assert (state.state, state.reason) == (AgentStateCode.NOT_READY, "lunch")
    for wrong in ({"state": "signed_out"}, {"reason": "<script>"}):
        assert send(grace, "/console/state", token, **(fields | wrong)).status_code == 422


def test_signing_out_takes_offers_back_and_ends_the_session(
    office: Office, grace: TestClient
) -> None:
    activity_id, _ = offered(office)
    send(grace, "/console/sign-out", token_in(grace.get("/console/")))
    assert office.place.activity(activity_id).status is ActivityStatus.QUEUED
    assert grace.get("/console/").status_code == 303


def test_every_page_has_a_title_of_its_own(office: Office, grace: TestClient) -> None:
    activity_id = held(office, subject="Lamp")
    paths = ("/console/", f"/console/activities/{activity_id}", "/console/queues/1", "/console/x")
    titles = [re.findall("<title>(.*?)</title>", grace.get(path).text)[0] for path in paths]
    assert titles == ["Inbox · Lodge", "Lamp · Lodge", "Queue General · Lodge", "Not found · Lodge"]
