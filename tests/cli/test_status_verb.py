"""`lodge status` and `lodge settings`: what is, said without secrets."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from fixtures.workplace import Workplace
from lodge_platform.cli import main
from lodge_platform.clock import utc_now
from lodge_platform.schema.active import MailLedgerLine, OutboxMessage, QuarantinedInput
from lodge_platform.schema.master import (
    Alias,
    PublishedSnapshot,
    ServiceInstance,
    ServiceLease,
)
from lodge_platform.vocabulary import LedgerOutcome, OutboxStatus, QuarantineStatus

Status = Callable[[], dict[str, Any]]


@pytest.fixture
def status(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Status:
    """Run `lodge status --json` on the workplace."""
    settings = workplace.lodge.settings
    monkeypatch.setenv("LODGE_HOME", str(settings.home))
    monkeypatch.setenv("LODGE_MASTER_URL", settings.master_url)
    monkeypatch.setenv("LODGE_ACTIVE_URL", settings.active_url)

    def run() -> dict[str, Any]:
        capsys.readouterr()
        assert main(["status", "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def minutes_ago(minutes: float) -> datetime:
    return utc_now() - timedelta(minutes=minutes)


def put_instance(workplace: Workplace, name: str, **lease: Any) -> None:
    with workplace.lodge.stores.master.write() as connection:
        key = connection.execute(
            insert(ServiceInstance)
            .values(name=name, process_name=name, version_no=1)
            .returning(ServiceInstance.service_instance_id)
        ).scalar_one()
        row = {
            "service_instance_id": key,
            "holder": "local:4711:ab",
            "fencing_token": 1,
            "expires_at": utc_now() + timedelta(seconds=10),
            "heartbeat_at": utc_now(),
            "failures_in_row": 0,
        }
        connection.execute(insert(ServiceLease).values(row | lease))


def put_outbox(workplace: Workplace, status: OutboxStatus, due_at: datetime) -> None:
    row = {
        "topic": "email.send",
        "department_id": workplace.department_id,
        "object_id": 1,
        "payload": {},
        "status": status,
        "attempts": 0,
        "created_at": due_at,
        "due_at": due_at,
    }
    with workplace.lodge.stores.active.write() as connection:
        connection.execute(insert(OutboxMessage).values(row))


def test_it_says_what_runs_where_and_what_fails(workplace: Workplace, status: Status) -> None:
    put_instance(workplace, "router")
    put_instance(workplace, "mail_retriever", last_error="support@lodge.test: wrong password")
    put_instance(workplace, "mail_dispatcher", expires_at=minutes_ago(1))
    said = status()
    assert {one["name"]: one["state"] for one in said["services"]} == {
        "router": "running",
        "mail_retriever": "failing",
        "mail_dispatcher": "not running",
    }
    assert said["is_up"] is False
    assert said["problems"] == [
        "mail_dispatcher: nobody runs it; start `lodge up`",
        "mail_retriever: support@lodge.test: wrong password",
    ]


def test_it_says_how_fresh_the_reports_are(workplace: Workplace, status: Status) -> None:
    assert status()["fresh_to"] is None
    landed_at = datetime(2026, 1, 5, 9, 15, tzinfo=UTC)
    with workplace.lodge.stores.master.write() as connection:
        connection.execute(
            insert(PublishedSnapshot).values(
                snapshot_no=7,
                published_at=landed_at + timedelta(seconds=40),
                landed_at=landed_at,
                run_name="run",
                row_counts={},
            )
        )
    assert status()["fresh_to"] == "2026-01-05T09:15:00Z"


def test_r73_r76_what_waits_too_long_is_a_problem(workplace: Workplace, status: Status) -> None:
    workplace.queued("Exceptions")
    put_outbox(workplace, OutboxStatus.WAITING, utc_now())
    ledger = {
        "alias_id": 1,
        "department_id": 1,
        "folder": "INBOX",
        "uid_validity": "1",
        "uid": "1",
        "outcome": LedgerOutcome.SEEN,
        "seen_at": utc_now(),
    }
    quarantined = {
        "stage": "parse",
        "reason_code": "no_content",
        "detail": "",
        "size_bytes": 0,
        "status": QuarantineStatus.WAITING,
        "attempts": 1,
        "quarantined_at": utc_now(),
    }
    with workplace.lodge.stores.active.write() as connection:
        connection.execute(insert(MailLedgerLine).values(ledger))
        connection.execute(insert(QuarantinedInput).values(quarantined))
    said = status()
    counts = ("ledger_lines", "quarantine", "outbox_waiting", "outbox_unknown", "exception_queue")
    assert [said["waiting"][name] for name in counts] == [1, 1, 1, 0, 1]
    assert said["problems"] == []
    put_outbox(workplace, OutboxStatus.WAITING, minutes_ago(7.5))
    put_outbox(workplace, OutboxStatus.UNKNOWN, minutes_ago(7.5))
    with workplace.lodge.stores.active.write() as connection:
        connection.execute(update(MailLedgerLine).values(seen_at=minutes_ago(6.5)))
    assert status()["problems"] == [
        "outbox: a line is due since 7 minutes; is the dispatcher running?",
        "outbox: 1 perhaps sent; a person must decide about each",
        "mail ledger: 1 seen and not dealt with, the oldest since 6 minutes",
    ]


def test_s41_an_alias_in_the_clear_is_shown(workplace: Workplace, status: Status) -> None:
    with workplace.lodge.stores.master.write() as connection:
        values = {
            "source_encryption": "none",
            "smtp_host": "127.0.0.1",
            "smtp_encryption": "none",
            "is_certificate_checked": False,
        }
        connection.execute(update(Alias).values(values))
    assert status()["warnings"] == [
        "support@lodge.test: its IMAP password travels in the clear; use tls",
        "support@lodge.test: its mail is handed over in the clear; use starttls",
        "support@lodge.test: its servers' certificates are not checked",
    ]


@pytest.mark.usefixtures("status")
def test_for_people_it_is_a_table_and_some_lines(
    workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    put_instance(
        workplace,
        "mail_retriever",
        last_error="support@lodge.test: wrong\x1b[2J password",
        last_error_at=minutes_ago(2.5),
        failures_in_row=4,
    )
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "(2 min ago, 4 in a row)" in shown
    assert "nothing has been published yet" in shown
    assert "\x1b" not in shown


def test_s25_settings_show_each_value_and_source_but_no_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LODGE_ACTIVE_URL", "postgresql://lodge:sword/fish@db/lodge")
    monkeypatch.setenv("LODGE_FILES_URL", "s3://bucket/files?secret=swordfish")
    monkeypatch.setenv("LODGE_WEB_PORT", "8081")
    assert main(["settings", "--json"]) == 0
    said = capsys.readouterr()
    rows = {row["name"]: row for row in json.loads(said.out)}
    assert (rows["web_port"]["value"], rows["web_port"]["source"]) == (8081, "environment")
    assert rows["active_url"]["value"] == "postgresql://lodge:***@db/lodge"
    assert rows["dagster_port"]["source"] == "default"
    assert all(row["term"] for row in rows.values())
    assert "fish" not in "".join(said)


def test_a_service_that_there_is_not_is_refused_with_the_nearest(
    workplace: Workplace, status: Status, capsys: pytest.CaptureFixture[str]
) -> None:
    put_instance(workplace, "router")
    assert main(["service", "stop", "ruoter"]) == 1
    assert "did you mean 'router'?" in capsys.readouterr().err
    assert main(["service", "stop", "router"]) == 0
    assert status()["services"][0]["desired_state"] == "stopped"
