"""The console's pages over the real stores: what an agent sees, does, and is refused."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from lxml import html
from sqlalchemy import insert

from lodge_core.agents import desk
from lodge_core.agents.inbox import activity_view, inbox_of
from lodge_core.routing import router
from lodge_platform.clock import utc_now
from lodge_platform.errors import NotFoundError
from lodge_platform.schema.active import Attachment, Email
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode
from web.office import HTML, Office, send, token_in

NASTY = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}'


@pytest.fixture
def grace(office: Office) -> TestClient:
    """The browser of an agent for refunds, signed in."""
    office.person("grace", groups=["Billing"])
    return office.signed_in("grace")


def offered(office: Office, name: str = "grace", **values: object) -> tuple[int, int]:
    """An activity pushed to this agent: its key and the offer's."""
    place, now = office.place, utc_now()
    activity_id = place.queued("Refunds", now=now, **values)
    place.ready(name, now=now)
    router.tick(office.lodge, now)
    return activity_id, place.pending()[activity_id][1]


def held(office: Office, name: str = "grace", **values: object) -> int:
    """An activity this agent holds."""
    activity_id, offer_id = offered(office, name, **values)
    agent_id = office.place.agents[name]
    desk.accept_offer(office.lodge, offer_id, agent_id=agent_id, now=utc_now())
    return activity_id


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
    assert "<textarea" not in page


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


def test_s01_nothing_a_customer_writes_becomes_markup(office: Office, grace: TestClient) -> None:
    activity_id = held(
        office,
        subject=NASTY,
        from_name=NASTY,
        from_address="a@b.test",
        text_body=NASTY + ' javascript:alert(1) http://x.test/"onclick=alert(1)',
        reply_text=NASTY,
        automatic_kind="auto_reply",
        automatic_evidence=NASTY,
        problems=["no_date"],
        message_id=NASTY,
        threading_message_id=NASTY,
    )
    email_id = office.place.one(Email.__table__.select()).email_id
    attach(office, email_id, activity_id, b"x", NASTY, NASTY)
    for path in ("/console/", f"/console/activities/{activity_id}"):
        page = html.fromstring(grace.get(path).text)
        assert [script.get("src", "")[:15] for script in page.iter("script")] == ["/console/static"]
        assert [image.get("src", "")[:8] for image in page.iter("img")] == ["/static/"]
        assert not [name for one in page.iter() for name in one.attrib if name.startswith("on")]
        assert not [one for one in page.iter("a") if "script" in one.get("href", "")]
        assert NASTY in page.text_content()


def test_s04_s06_an_attachment_is_a_download_of_one_type_under_a_safe_name(
    office: Office, grace: TestClient
) -> None:
    activity_id = held(office)
    email_id = office.place.one(Email.__table__.select()).email_id
    page = b"<script>alert(1)</script>"
    for name, kind, kept in (
        ("page.html", "text/html", "page.html"),
        ("drawing.svg", "image/svg+xml", "drawing.svg"),
        ("../../etc/passwd", "text/plain", "passwd"),
        (".htaccess", "text/plain", "htaccess"),
        ("evil\u202egpj.exe", "image/jpeg", "evilgpj.exe"),
        ('a"; filename="b.html', "x\r\nSet-Cookie: a=b", "a; filename=b.html"),
        ("\u200b", "", "attachment"),
        ("rückläufer.pdf", "application/pdf", "rückläufer.pdf"),
    ):
        key = attach(office, email_id, activity_id, page, name, kind)
        answer = grace.get(f"/console/attachments/{key}")
        assert answer.content == page
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith("attachment; filename=")
        assert disposition.endswith(f"filename*=UTF-8''{_quoted(kept)}")
        assert "set-cookie" not in answer.headers


def test_s05_a_link_to_an_attachment_is_worth_nothing_after_sign_out(
    office: Office, grace: TestClient
) -> None:
    activity_id = held(office)
    email_id = office.place.one(Email.__table__.select()).email_id
    key = attach(office, email_id, activity_id, b"x", "a.txt", "text/plain")
    assert grace.get(f"/console/attachments/{key}").status_code == 200
    cookie = dict(grace.cookies)
    send(grace, "/console/sign-out", token_in(grace.get("/console/")))
    late = office.browser()
    late.cookies.update(cookie)
    assert late.get(f"/console/attachments/{key}").status_code == 303


def test_s02_s03_an_html_body_comes_sanitised_in_a_document_that_can_do_nothing(
    office: Office, grace: TestClient
) -> None:
    body = (
        "<script>alert(1)</script><form action=/console/sign-out><input></form>"
        '<img src="http://x.test/a.png"><img src="cid:logo@x"><img src="cid:liar@x"><p>Hello</p>'
    )
    activity_id = held(office, html_body=body)
    email_id = office.place.one(Email.__table__.select()).email_id
    image = b"\x89PNG\r\n\x1a\n" + b"0" * 10
    attach(office, email_id, activity_id, image, "a", "image/png", content_id="<logo@x>")
    attach(office, email_id, activity_id, b"<svg>", "b", "image/png", content_id="liar@x")
    page = grace.get(f"/console/activities/{activity_id}").text
    frame = re.search(r"<iframe[^>]*>", page)
    assert frame
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame[0]
    answer = grace.get(f"/console/emails/{email_id}/frame")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline';")
    assert "sandbox allow-popups" in policy
    assert "script-src" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "1 remote image is not shown." in answer.text
    assert answer.text.count("data:image/png;base64,") == 1
    assert "<p>Hello</p>" in answer.text
    for word in ("<script", "<form", "<input", "x.test", "cid:", "<svg"):
        assert word not in answer.text


def test_the_original_is_given_byte_for_byte(office: Office, grace: TestClient) -> None:
    raw = b"From: a\r\n\r\n\x00\xff"
    held(office, raw_sha256=office.lodge.files.put(raw), size_bytes=len(raw))
    email_id = office.place.one(Email.__table__.select()).email_id
    answer = grace.get(f"/console/emails/{email_id}/original")
    assert answer.content == raw
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_a_page_of_one_session_is_not_anothers(office: Office, grace: TestClient) -> None:
    office.person("alan", groups=["Everybody"])
    offered(office, subject="For Grace")
    assert "For Grace" in grace.get("/console/").text
    assert "For Grace" not in office.signed_in("alan").get("/console/").text


def test_every_page_has_a_title_of_its_own(office: Office, grace: TestClient) -> None:
    activity_id = held(office, subject="Lamp")
    paths = ("/console/", f"/console/activities/{activity_id}", "/console/queues/1", "/console/x")
    titles = [re.findall("<title>(.*?)</title>", grace.get(path).text)[0] for path in paths]
    assert titles == ["Inbox · Lodge", "Lamp · Lodge", "Queue General · Lodge", "Not found · Lodge"]


def test_a_long_case_is_read_whole(office: Office, grace: TestClient) -> None:
    first = held(office)
    case_id = office.place.activity(first).case_id
    for number in range(30):
        now = utc_now() - timedelta(minutes=number)
        office.place.queued("Refunds", now=now, case_id=case_id, text_body=f"Letter {number}.")
    page = grace.get(f"/console/activities/{first}", headers=HTML).text
    assert all(f"Letter {number}." in page for number in range(30))
    assert page.count("<details open>") == 1


def attach(
    office: Office,
    email_id: int,
    activity_id: int,
    content: bytes,
    name: str,
    kind: str,
    *,
    content_id: str | None = None,
) -> int:
    """An attachment of the message; its key."""
    row = {
        "email_id": email_id,
        "activity_id": activity_id,
        "filename": name,
        "content_type": kind,
        "content_id": content_id,
        "sha256": office.lodge.files.put(content),
        "size_bytes": len(content),
        "is_inline": content_id is not None,
    }
    with office.lodge.stores.active.write() as connection:
        statement = insert(Attachment).values(row).returning(Attachment.attachment_id)
        return connection.execute(statement).scalar_one()


def _quoted(name: str) -> str:
    return quote(name, safe="")
