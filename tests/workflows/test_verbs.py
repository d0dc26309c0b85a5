"""`lodge workflow` as it is typed."""

from pathlib import Path

import pytest

from fixtures.workplace import Workplace, at
from lodge_core.workflows import engine
from lodge_platform.cli import main

TRIAGE = """\
name: triage
kind: inbound
department: Customer care
rules:
  - name: refunds
    when: {subject_contains: refund}
    queue: Refunds
"""


@pytest.fixture
def home(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """The workplace, as the program finds it."""
    settings = workplace.lodge.settings
    monkeypatch.setenv("LODGE_MASTER_URL", settings.master_url)
    monkeypatch.setenv("LODGE_ACTIVE_URL", settings.active_url)
    monkeypatch.setenv("LODGE_HOME", str(settings.home))
    return workplace


def test_a_file_is_checked_applied_and_runs(
    home: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "triage.yaml"
    file.write_text(TRIAGE.replace("subject_contains", "subject"), "utf-8")
    assert main(["workflow", "check", str(file)]) == 1
    assert "triage.yaml line 6: rules[0].when: unknown entry 'subject'" in capsys.readouterr().err
    file.write_text(TRIAGE, "utf-8")
    assert main(["workflow", "check", str(file)]) == 0
    assert "refunds" in capsys.readouterr().out
    assert main(["workflow", "apply", str(file)]) == 0
    activity_id = home.mail(subject="A refund, please")
    engine.tick(home.lodge, at(1))
    assert home.activity(activity_id).queue_id == home.queues["Refunds"]

    assert main(["workflow", "requeue", str(activity_id), "--queue", "General"]) == 0
    assert home.activity(activity_id).queue_id == home.queues["General"]
    assert main(["workflow", "requeue", str(activity_id), "--queue", "Generell"]) == 1
    assert "did you mean 'General'?" in capsys.readouterr().err
    assert main(["workflow", "check", str(tmp_path / "nothing.yaml")]) == 1
    assert "cannot be read" in capsys.readouterr().err
