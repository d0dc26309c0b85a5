"""Mails as the console shows them: harmless, whole, and nothing in them loaded or run."""

import re
from datetime import timedelta
from urllib.parse import quote

from fastapi.testclient import TestClient
from lxml import html

from console.desk_work import attach, held
from lodge_platform.clock import utc_now
from lodge_platform.schema.active import Email
from web.office import Office, send, token_in

NASTY = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}'


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
        assert {script.get("src", "")[:15] for script in page.iter("script")} == {"/console/static"}
        assert [image.get("src", "")[:8] for image in page.iter("img")] == ["/static/"]
        assert not [name for one in page.iter() for name in one.attrib if str(name)[:2] == "on"]
        assert not [one for one in page.iter("a") if "script" in one.get("href", "")]
        assert NASTY in "".join(str(text) for text in page.itertext())


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
        assert disposition.endswith("filename*=UTF-8''" + quote(kept, safe=""))
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


def test_a_long_case_is_read_whole(office: Office, grace: TestClient) -> None:
    first = held(office)
    case_id = office.place.activity(first).case_id
    for number in range(30):
        now = utc_now() - timedelta(minutes=number)
        office.place.queued("Refunds", now=now, case_id=case_id, text_body=f"Letter {number}.")
    page = grace.get(f"/console/activities/{first}").text
    assert all(f"Letter {number}." in page for number in range(30))
    assert page.count("<details open>") == 1
