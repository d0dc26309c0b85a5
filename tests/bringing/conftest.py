"""A Lodge that answers over TCP, and the verb `lodge bring` beside it."""

import io
import json
from collections.abc import Generator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.house import House, house_of
from fixtures.workplace import Workplace
from lodge_platform.cli import main
from web.office import serving


@dataclass
class Bringing:
    """The house, its address, and a folder with the key of an administrator."""

    house: House
    address: str
    folder: Path
    key_file: Path
    program: TestClient

    said: str = ""

    def arguments(self, *arguments: object) -> list[str]:
        """What `lodge` is called with: what is always needed first, so that a later one counts."""
        always = ("--to", self.address, "--key-file", self.key_file, "--json")
        return [str(one) for one in ("bring", arguments[0], *always, *arguments[1:])]

    def run(self, *arguments: object, code: int = 0) -> dict[str, dict[str, int]]:
        """The counts by kind that it prints; it ends with `code`, and `said` is its stderr."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            ended = main(self.arguments(*arguments))
        self.said = err.getvalue()
        assert ended == code, self.said + out.getvalue()
        return {row.pop("kind"): row for row in json.loads(out.getvalue() or "[]")}

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def all(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """What the API lists there."""
        answer = self.program.get(path, params={"limit": "200", **parameters})
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]


@pytest.fixture
def bringing(workplace: Workplace, tmp_path: Path) -> Generator[Bringing]:
    """The whole API at work, once on each engine."""
    yield from opened(workplace, tmp_path / "input")


@pytest.fixture
def sqlite_bringing(sqlite_workplace: Workplace, tmp_path: Path) -> Generator[Bringing]:
    """As `bringing`, on SQLite alone."""
    yield from opened(sqlite_workplace, tmp_path / "input")


def opened(place: Workplace, folder: Path, **settings: Any) -> Generator[Bringing]:
    """A house with these settings, served."""
    folder.mkdir()
    house = house_of(place, None, **settings)
    house.person("ada", "administrator", "supervisor")
    key = house.key("ada")
    key_file = folder / "key"
    key_file.write_text(f"{key}\n", "utf-8")
    with serving(house.lodge, house.application) as (address, _):
        yield Bringing(house, address, folder, key_file, house.program(key))
