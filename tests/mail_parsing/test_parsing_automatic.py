"""Bounces, automatic answers, lists: classified with evidence, never dropped."""

from pathlib import Path

import pytest

from lodge_core.mail.parsing import AutomaticKind, Bounce, parse_mail, to_json

SAMPLES = Path(__file__).parents[1] / "samples" / "mail" / "parsing"


@pytest.mark.parametrize(
    ("header", "kind", "reason"),
    [
        ("Auto-Submitted: auto-replied (vacation)", "auto_reply", "auto_submitted"),
        ("Auto-Submitted: auto-generated", "bulk", "auto_submitted"),
        ("Auto-Submitted: no", "none", None),
        ("X-Autoreply: yes", "auto_reply", "auto_reply_header"),
        ("Precedence: auto_reply", "auto_reply", "precedence"),
        ("Precedence: bulk", "bulk", "precedence"),
        ("Precedence: list", "list", "precedence"),
        ("List-Id: Gardeners <gardeners.list.example>", "list", "list_header"),
        ("List-Unsubscribe: <mailto:off@shop.example>", "bulk", "bulk_header"),
        ("Return-Path: <>", "auto_reply", "empty_return_path"),
        ("X-Auto-Response-Suppress: All", "bulk", "suppress"),
        ("Subject: Automatic reply: away until Monday", "auto_reply", "subject_words"),
        ("X-Mailer: hand", "none", None),
    ],
)
def test_r50_headers_of_automatic_mail_give_kind_and_evidence(
    header: str, kind: str, reason: str | None
) -> None:
    parsed = parse_mail(f"From: a@b.example\r\n{header}\r\n\r\nhello".encode())
    assert (parsed.auto.kind, parsed.auto.reason) == (kind, reason)
    if reason is not None:
        assert (parsed.auto.evidence or "").startswith(header.partition(":")[0])
    assert parsed.text == "hello"


def test_r24_a_monitor_s_alert_is_classified_and_kept_whole() -> None:
    raw = b"From: monitor@ops.example\r\nAuto-Submitted: auto-generated\r\n\r\nDisk full on db1"
    parsed = parse_mail(raw)
    assert parsed.auto.kind == AutomaticKind.BULK
    assert parsed.auto.evidence == "Auto-Submitted: auto-generated"
    assert parsed.reply_text == "Disk full on db1"


def test_r47_a_delivery_report_names_who_failed_and_why() -> None:
    parsed = parse_mail((SAMPLES / "delivery_report.eml").read_bytes())
    assert parsed.auto.kind == AutomaticKind.BOUNCE
    assert parsed.bounce == Bounce(
        recipient="gone@known.example",
        status="5.1.1",
        action="failed",
        is_permanent=True,
        reason="550 5.1.1 <gone@known.example>: no such user",
    )
    assert to_json(parsed)["bounce"]["status"] == "5.1.1"


def test_r47_a_bounce_in_prose_is_read_up_to_the_returned_mail() -> None:
    bounce = parse_mail((SAMPLES / "odd_bounce.eml").read_bytes()).bounce
    assert bounce is not None
    assert bounce.recipient == "full@hoster.example"
    assert (bounce.status, bounce.is_permanent) == ("5.2.2", True)


def test_a_delayed_report_is_no_permanent_failure() -> None:
    raw = (SAMPLES / "delivery_report.eml").read_bytes()
    delayed = raw.replace(b"Action: failed", b"Action: delayed").replace(b"5.1.1", b"4.4.1")
    bounce = parse_mail(delayed.replace(b"Action: delivered", b"Action: delayed")).bounce
    assert bounce is not None
    assert (bounce.action, bounce.is_permanent) == ("delayed", False)


def test_r27_a_customer_who_writes_of_holidays_is_no_auto_reply() -> None:
    for subject in (
        "Vacation rental in May",
        "Out of office chairs?",
        "Automatic doors",
        "Absence",
    ):
        raw = f"From: jo@home.example\r\nSubject: {subject}\r\n\r\nHello"
        assert parse_mail(raw.encode()).auto.kind == AutomaticKind.NONE


def test_r27_a_customer_who_writes_of_failed_mail_is_no_bounce() -> None:
    subjects = ("Undelivered mail again!", "delivery failure of my parcel", "System failure notice")
    for subject in subjects:
        raw = f"From: jo@home.example\r\nSubject: {subject}\r\n\r\nMy mail could not be delivered."
        assert parse_mail(raw.encode()).auto.kind == AutomaticKind.NONE
