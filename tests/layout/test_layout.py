"""The repository's own shape: what must stay true for Python and readers to find things."""

import platform
import subprocess
import sys

import pytest

from layout.tree import PACKAGES, ROOMS, ROOT, files

HEADINGS = (
    "What this room is for",
    "What comes in, what goes out",
    "Its files",
    "How to try it alone",
    "What it must never do",
)


def test_platform_is_still_the_standard_librarys() -> None:
    assert platform.python_version_tuple()[0] == str(sys.version_info.major)


def test_python_dash_m_from_the_root_finds_the_standard_librarys_platform() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "platform", "--terse"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == platform.platform(terse=True)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_holds_one_package_and_is_none_itself(room: str) -> None:
    packages = [path.parent.name for path in (ROOT / room).glob("*/__init__.py")]
    assert not (ROOT / room / "__init__.py").exists()
    assert packages == ([] if room == "tests" else [f"lodge_{room}"])


def test_no_test_folder_is_a_package() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_test_file_names_are_unique_across_folders() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_there_is_no_other_folder_at_the_root() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in files() if path.parent != ROOT} <= {
        *ROOMS,
        ".ci",
    }


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_readme_has_the_five_headings_and_is_short(room: str) -> None:
    lines = (ROOT / room / "README.md").read_text("utf-8").splitlines()
    assert tuple(line[3:] for line in lines if line.startswith("## ")) == HEADINGS
    assert len(lines) < 60


def test_source_files_are_short() -> None:
    """Migrations are not counted: one is written once, as a whole, and never edited."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in files()
        if path.suffix in {".py", ".sql", ".html", ".css", ".js"}
        and "versions" not in path.parts
        and (count := len(path.read_text("utf-8").splitlines())) > 300
    }
    assert long == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_starts_with_a_sentence(package: str) -> None:
    room = ROOT / package.removeprefix("lodge_")
    silent = [
        str(path.relative_to(ROOT))
        for path in (room / package).rglob("*.py")
        if not path.read_text("utf-8").startswith(('"""', "#!"))
    ]
    assert silent == []
