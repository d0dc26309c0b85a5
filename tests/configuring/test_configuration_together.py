"""Several who change the configuration at once, and one who is killed while doing so."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lodge_platform.errors import StaleError

_APPLY = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from lodge_platform.configuring.applying import apply
from lodge_platform.configuring.reading import read_configuration_file
from lodge_platform.lodge import open_lodge
from lodge_platform.settings import load
lodge = open_lodge(load(Path(sys.argv[1])))
read = read_configuration_file(Path(sys.argv[2]))
print("applying", flush=True)
apply(lodge, read, by="test", now=datetime.now(UTC))
print("applied", flush=True)
"""


def test_two_applies_at_once_lose_nothing(housed: Any) -> None:
    one = "users: [{sign_in_name: grace, display_name: Grace %d, department: Customer care}]"
    other = (
        "users: [{sign_in_name: root, display_name: Root %d, department: Sales}]\n"
        "categories: [{name: New %d, department: Sales}]"
    )

    def one_after_another(document: str) -> list[Any]:
        return [housed.apply(document.replace("%d", str(number))) for number in range(5)]

    with ThreadPoolExecutor(2) as pool:
        applied = [done for of in pool.map(one_after_another, [one, other]) for done in of]
    assert housed.entry("users", "grace", by="sign_in_name")["display_name"] == "Grace 4"
    assert housed.entry("users", "root", by="sign_in_name")["display_name"] == "Root 4"
    assert {one["name"] for one in housed.said()["categories"]} >= {f"New {n}" for n in range(5)}
    # one after another: the versions of one never lie between those of another
    spans = sorted((one.from_version, one.version) for one in applied)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_of_two_who_planned_on_the_same_version_one_is_refused(housed: Any) -> None:
    document = "categories: [{name: %s, department: Sales}]"
    version = housed.plan(document % "A").version

    def attempt(name: str) -> str:
        try:
            housed.apply(document % name, expect=version)
        except StaleError as error:
            return str(error)
        return "applied"

    with ThreadPoolExecutor(2) as pool:
        ends = sorted(pool.map(attempt, ["A", "B"]))
    assert ends[0] == "applied"
    assert f"not {version}: somebody changed it since the plan; plan again" in ends[1]


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_an_apply_that_is_killed_is_done_whole_or_not_at_all(
    home: Any, tmp_path: Path, share: float
) -> None:
    file = tmp_path / "large.yaml"
    file.write_text(_large(0))
    seconds, _ = _killed(home, file, after=None)
    before = home.said()
    file.write_text(_large(1))
    _, is_done = _killed(home, file, after=seconds * share)
    now = home.said()
    labels = {entry["label"] for entry in now["custom_attributes"]}
    assert labels == ({"Version 1"} if is_done else labels)
    assert len(labels) == 1
    assert now == before or {entry["label"] for entry in now["custom_attributes"]} == {"Version 1"}
    home.apply(file.read_text())
    assert len(home.said()["custom_attributes"]) == 300


def _large(version: int) -> str:
    entries = "\n".join(
        f"  - {{object_type: case, name: a{number}, label: Version {version},"
        " attribute_type: text}"
        for number in range(300)
    )
    return f"custom_attributes:\n{entries}\n"


def _killed(home: Any, file: Path, *, after: float | None) -> tuple[float, bool]:
    """Apply in a process of its own, killed so many seconds after it began; how long it took."""
    settings = home.lodge.settings
    environ = os.environ | {
        "LODGE_MASTER_URL": settings.master_url,
        "LODGE_ACTIVE_URL": settings.active_url,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _APPLY, str(settings.home), str(file)],
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "applying\n"
    began = time.monotonic()
    if after is not None:
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.wait()
    return time.monotonic() - began, "applied" in rest
