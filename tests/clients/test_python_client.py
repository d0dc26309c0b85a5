"""The Python client of this checkout: generated, typed, the same each time, and at work."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.house import House, house_of
from fixtures.shared_data import ROOT
from fixtures.workplace import Workplace
from lodge_platform.api.assembly import registered_apis
from lodge_platform.api.documents import own_apis
from lodge_platform.api.openapi import openapi_document
from lodge_platform.vocabulary import ActivityStatus
from web.office import serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("python client"),  # it is made once
]
HOME = ROOT / "platform" / "clients" / "python"
EXAMPLES = HOME / "examples"


def build(folder: Path, seed: str) -> Path:
    """The client, made by the program that `make client` runs."""
    subprocess.run(
        [sys.executable, HOME / "build.py", folder],
        check=True,
        env=os.environ | {"PYTHONHASHSEED": seed},
        stdout=subprocess.DEVNULL,
    )
    return folder


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the package `lodge_client`, made once."""
    return build(tmp_path_factory.mktemp("client") / "made", "1")


class Shell:
    """Runs the examples against a server."""

    def __init__(self, house: House, client: Path, address: str) -> None:
        self.house = house
        self._client = client
        self._address = address

    def run(self, name: str, *arguments: str, key: str, text: str = "") -> str:
        """What the example prints."""
        there = {"LODGE_URL": self._address, "LODGE_KEY": key, "PYTHONPATH": str(self._client)}
        done = subprocess.run(
            [sys.executable, EXAMPLES / name, *arguments],
            env=os.environ | there,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def shell(workplace: Workplace, client: Path) -> Generator[Shell]:
    """The whole API at work, once on each engine."""
    house = house_of(workplace, None)
    with serving(house.lodge, house.application) as (address, _):
        yield Shell(house, client, address)


def document() -> dict[str, Any]:
    """The OpenAPI document of what is registered."""
    apis = registered_apis()
    return openapi_document([*apis, *own_apis(apis)])


def test_the_client_has_every_operation_and_is_the_same_each_time(
    client: Path, tmp_path: Path
) -> None:
    names = {
        operation["operationId"]
        for methods in document()["paths"].values()
        for operation in methods.values()
    }
    package = client / "lodge_client"
    modules = {path.stem for path in (package / "api").glob("*/*.py")} - {"__init__"}
    assert names == modules
    again = build(tmp_path / "again", "2") / "lodge_client"
    first = {path.relative_to(package): path.read_bytes() for path in package.rglob("*.py")}
    second = {path.relative_to(again): path.read_bytes() for path in again.rglob("*.py")}
    assert first == second


def test_the_examples_are_of_the_types_that_the_client_gives(client: Path, tmp_path: Path) -> None:
    settings = {
        "include": [str(EXAMPLES)],
        "extraPaths": [str(client)],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    checked = subprocess.run(
        [
            Path(sys.executable).with_name("basedpyright"),
            "--project",
            tmp_path,
            "--pythonpath",
            sys.executable,  # else it looks among the packages of whatever python is on PATH
        ],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_wheel_holds_the_client(client: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=client,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("lodge_client-*.whl")
    assert wheel.stat().st_size > 100_000


def test_an_example_takes_from_the_queue_and_completes(shell: Shell) -> None:
    house = shell.house
    first = house.place.queued(subject="The oldest")
    house.place.queued(subject="A later one")
    house.place.agents["sue"] = house.person("sue", "supervisor")
    house.place.ready("sue")
    said = shell.run("work_my_queue.py", "General", key=house.key("sue"))
    assert "The oldest" in said
    assert f"completed {first}" in said
    assert house.place.activity(first).status == ActivityStatus.COMPLETED


def test_an_example_opens_a_case_with_a_note_once(shell: Shell) -> None:
    house = shell.house
    customer = house.place.activity(house.place.queued()).customer_id
    house.person("sue", "supervisor")
    words = (str(customer), "The heating is cold", "She called twice")
    key = house.key("sue")
    said = shell.run("open_a_case.py", *words, key=key)
    assert shell.run("open_a_case.py", *words, key=key) == said
    program = house.program(key)
    case_id = int(said.split()[1])
    assert program.get(f"/cases/{case_id}").json()["severity"] == "high"
    notes = program.get(f"/cases/{case_id}/notes").json()["items"]
    assert [note["text"] for note in notes] == ["She called twice"]


def test_an_example_finds_or_makes_a_customer(shell: Shell) -> None:
    house = shell.house
    house.person("sue", "supervisor")
    key = house.key("sue")
    made = shell.run("find_or_create_customer.py", "mia@example.org", "Mia", key=key)
    assert made.endswith(", new\n")
    found = shell.run("find_or_create_customer.py", "MIA@example.org", "Mia", key=key)
    assert found.split()[1] == made.split()[1].rstrip(",")


def test_an_example_follows_the_changes_and_goes_on(shell: Shell, tmp_path: Path) -> None:
    house = shell.house
    house.person("ian", "integrator", "supervisor")
    key = house.key("ian")
    kept = str(tmp_path / "cursor")
    house.place.queued()
    first = shell.run("follow_changes.py", kept, key=key).splitlines()
    assert any(" activity_queued " in line for line in first)
    assert shell.run("follow_changes.py", kept, key=key) == ""
    house.place.queued()
    second = shell.run("follow_changes.py", kept, key=key).splitlines()
    assert second
    assert not {line.split()[0] for line in first} & {line.split()[0] for line in second}


def test_an_example_publishes_an_article(shell: Shell) -> None:
    house = shell.house
    house.person("sue", "supervisor")
    key = house.key("sue")
    said = shell.run("publish_an_article.py", "Refunds", "How", key=key, text="<p>So.</p>")
    answer: httpx.Response = house.program(key).get(f"/articles/{said.split()[1]}/text")
    assert answer.json()["html"] == "<p>So.</p>"
