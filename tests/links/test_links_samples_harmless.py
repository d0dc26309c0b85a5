"""What stands in link files and recorded samples is read, and never run."""

import ast
import json
from pathlib import Path

import pytest

from links.verbs_house import VerbsHouse, make_house
from lodge_adapters.access.opening import source_of
from lodge_adapters.reading import read_link
from lodge_platform.errors import RefusedError
from lodge_platform.settings import Settings

ROOM = Path(source_of.__code__.co_filename).parents[1]
NEVER = {"eval", "exec", "compile", "__import__"}
MODULES = {"pickle", "marshal", "shelve", "dill", "os.system", "yaml.load", "yaml.unsafe_load"}
TAGS = (
    "!!python/object/apply:os.system ['touch {made}']",
    "!!python/name:os.system",
    "!!python/object/new:subprocess.Popen [['touch', '{made}']]",
    "&a *a",
)


@pytest.fixture
def house(
    sqlite_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> VerbsHouse:
    """A house with a link that has a sample."""
    made = make_house(sqlite_settings, monkeypatch, capsys)
    made.customer()
    assert made.call("record", "customer", "email=ada@example.org", "--as", "ada") == 0
    return made


@pytest.mark.parametrize("tag", TAGS, ids=["apply", "name", "new", "reference"])
def test_s27_a_tag_in_a_link_file_makes_nothing(tmp_path: Path, tag: str) -> None:
    made = tmp_path / "made"
    with pytest.raises(RefusedError, match="line 1"):
        read_link(f"title: {tag.format(made=made)}\nterm: x\n")
    assert not made.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"py/object": "os.system"},
        {"__reduce__": ["os.system", ["true"]]},
        {"batches": [{"columns": ["id"], "rows": [[{"pickle": "gASVAAAA"}]]}]},
        [],
    ],
    ids=["object", "reduce", "cell", "list"],
)
def test_s27_a_recorded_call_is_read_as_values_alone(house: VerbsHouse, said: object) -> None:
    path = house.links / "samples" / "customer.ada.recorded.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"said": said}), "utf-8")
    assert house.call("test") == 1
    assert "the recorded call" in house.said


def test_s27_only_a_registered_function_is_called(house: VerbsHouse) -> None:
    house.file(
        "shell.yaml",
        "title: x\nterm: x\naccess: {function: {name: system}}\n"
        "answer: {fields: [{name: x, term: y}]}\n",
    )
    assert house.call("ask", "shell") == 3
    assert "'system'" in house.told


def test_s27_no_module_of_the_room_runs_text_or_reads_pickles() -> None:
    found: list[str] = []
    read = 0
    for path in ROOM.rglob("*.py"):
        read += 1
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            said = ""
            if isinstance(node, ast.Call):
                said = ast.unparse(node.func)
                if any(each.arg == "shell" for each in node.keywords):
                    found.append(f"{path.name}:{node.lineno} shell")
            elif isinstance(node, ast.Import):
                said = node.names[0].name
            elif isinstance(node, ast.ImportFrom):
                said = node.module or ""
            if said in NEVER | MODULES:
                found.append(f"{path.name}:{node.lineno} {said}")  # pyright: ignore[reportAttributeAccessIssue]
    assert found == []
    assert read > 60
