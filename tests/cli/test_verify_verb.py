"""`lodge verify`: finds what was changed behind the events' back, and mail that went astray."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, text

from fixtures.workplace import NINE, Workplace
from lodge_platform.cli import main
from lodge_platform.schema.active import MailLedgerLine
from lodge_platform.vocabulary import LedgerOutcome

Verify = Callable[[], tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def verify(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Verify:
    """Run `lodge verify --json` on the workplace: its exit code and the differences."""
    settings = workplace.lodge.settings
    monkeypatch.setenv("LODGE_HOME", str(settings.home))
    monkeypatch.setenv("LODGE_MASTER_URL", settings.master_url)
    monkeypatch.setenv("LODGE_ACTIVE_URL", settings.active_url)

    def run() -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        code = main(["verify", "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def mail(workplace: Workplace) -> int:
    """Key of an activity whose mail is in the ledger and in the file server."""
    sha256 = workplace.lodge.files.put(b"From: ada@example.org\r\n\r\nWhere is my refund?")
    activity_id = workplace.mail(raw_sha256=sha256)
    ledger(workplace, uid="1", raw_sha256=sha256, activity_id=activity_id)
    return activity_id


def ledger(workplace: Workplace, **values: Any) -> None:
    row = {
        "alias_id": workplace.alias_id,
        "department_id": workplace.department_id,
        "folder": "INBOX",
        "uid_validity": "1",
        "outcome": LedgerOutcome.STORED,
        "seen_at": NINE,
    } | values
    with workplace.lodge.stores.active.write() as connection:
        connection.execute(insert(MailLedgerLine), row)


def tamper(workplace: Workplace, statement: str) -> None:
    with workplace.lodge.stores.active.write() as connection:
        connection.execute(text(statement))


@pytest.mark.usefixtures("mail")
def test_an_untouched_store_has_no_difference(verify: Verify) -> None:
    assert verify() == (0, [])


@pytest.mark.usefixtures("mail")
def test_a_row_changed_behind_the_events_back_is_found(
    workplace: Workplace, verify: Verify
) -> None:
    tamper(workplace, "update activities set priority = 1, status = 'completed'")
    code, found = verify()
    assert code == 3
    assert {(one["table"], one["column"], one["stored"], one["expected"]) for one in found} == {
        ("activities", "priority", 1, 4),
        ("activities", "status", "completed", "new"),
    }


def test_a_lost_event_is_found(workplace: Workplace, verify: Verify, mail: int) -> None:
    tamper(workplace, "delete from activity_events where type_code = 'activity_created'")
    code, found = verify()
    assert code == 3
    assert [(one["table"], one["key"], one["stored"]) for one in found] == [
        ("activities", mail, "a row")
    ]


def test_a_ledger_line_that_leads_nowhere_is_found(workplace: Workplace, verify: Verify) -> None:
    sha256 = workplace.lodge.files.put(b"raw")
    ledger(workplace, uid="2", raw_sha256=sha256, activity_id=77)
    ledger(workplace, uid="3", raw_sha256=sha256, outcome=LedgerOutcome.QUARANTINED)
    ledger(workplace, uid="4", outcome=LedgerOutcome.SEEN)
    ledger(workplace, uid="5", outcome=LedgerOutcome.IGNORED)
    code, found = verify()
    assert code == 3
    assert [(one["column"], one["expected"]) for one in found] == [
        ("activity_id", "an activity"),
        ("quarantine_id", "a quarantine line"),
    ]


@pytest.mark.usefixtures("mail")
def test_bytes_that_are_gone_or_changed_are_found(workplace: Workplace, verify: Verify) -> None:
    sha256 = workplace.lodge.files.put(b"From: ada@example.org\r\n\r\nWhere is my refund?")
    files = workplace.lodge.files
    path = f"{files.root}/{sha256[:2]}/{sha256}"
    files.filesystem.pipe_file(path, b"something else")
    code, found = verify()
    assert (code, {(one["table"], one["stored"]) for one in found}) == (
        3,
        {("mail_ledger", "changed"), ("emails", "changed")},
    )
    files.filesystem.rm(path)
    code, found = verify()
    assert (code, {one["stored"] for one in found}) == (3, {"missing"})
