"""`lodge config` as it is called: export, plan, apply, rollback, history."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lodge_core.configuring.verbs import config
from lodge_platform.cli.invocation import Invocation
from lodge_platform.errors import StaleError

Run = Callable[..., Result]


@pytest.fixture
def run(housed: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the verb on the home."""
    monkeypatch.setenv("LODGE_MASTER_URL", housed.lodge.settings.master_url)
    monkeypatch.setenv("LODGE_ACTIVE_URL", housed.lodge.settings.active_url)

    def ran(*arguments: str) -> Result:
        invocation = Invocation(housed.lodge.settings.home)
        try:
            return CliRunner().invoke(config, arguments, obj=invocation, catch_exceptions=False)
        finally:
            invocation.close()

    return ran


def test_a_folder_is_exported_changed_planned_applied_and_undone(
    run: Run, housed: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "house"
    assert run("export", str(folder)).exit_code == 0
    exported = {path: path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}
    assert len(exported) == 3
    file = folder / "configuration.yaml"
    file.write_text(file.read_text().replace("priority: 2", "priority: 1"))
    planned = json.loads(run("plan", str(folder), "--json").stdout)
    assert planned["changes"] == [
        {
            "action": "changed",
            "kind": "queue",
            "name": "Orders",
            "columns": [{"name": "priority", "old": "2", "new": "1"}],
        }
    ]
    assert planned["effects"][0]["code"] == "queue_priority"
    version = str(planned["configuration_version"])
    shown = run("apply", str(folder), "--expect", version)
    assert "priority: 2 → 1" in shown.stdout
    with pytest.raises(StaleError):
        run("apply", str(folder), "--expect", version)
    told = run("rollback", version, "--dry-run")
    assert "priority: 1 → 2" in told.stdout
    assert run("rollback", version, "--requeue", "--json").exit_code == 0
    assert run("export", str(folder)).exit_code == 0
    assert {path: path.read_bytes() for path in sorted(folder.rglob("*.yaml"))} == exported
    history = json.loads(run("history", "--json").stdout)
    assert history[0]["changed_by"] == f"lodge config rollback {version}"
    queue = json.loads(run("history", "--kind", "queues", "--name", "Orders", "--json").stdout)
    assert [line["new_values"]["priority"] for line in queue] == [2, 1, 2]


def test_an_export_to_the_output_or_one_file_is_the_same(run: Run, tmp_path: Path) -> None:
    whole = run("export").stdout
    run("export", str(tmp_path / "one.yaml"))
    assert (tmp_path / "one.yaml").read_text() == whole
    said = json.loads(run("export", "--json").stdout)
    assert [entry["name"] for entry in said["departments"]] == ["Customer care", "Sales"]
    plan = run("plan", str(tmp_path / "one.yaml"))
    assert "nothing changes" in plan.stderr


def test_prune_is_shown_and_done_only_when_asked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "few.yaml"
    file.write_text("categories: []\n")
    assert "nothing changes" in run("plan", str(file)).stderr
    assert "removed" in run("plan", str(file), "--prune").stdout
    assert "removed" in run("apply", str(file), "--prune").stdout
