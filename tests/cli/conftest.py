"""A home of the test's own, and `lodge` called on it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lodge_platform.cli import main

Call = Callable[..., int]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is not made yet; `lodge` finds it by the environment."""
    monkeypatch.setenv("LODGE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def call(home: Path) -> Call:
    """`call("init", "--json")` runs the verb on `home` and gives its exit code."""
    return lambda *arguments: main(list(map(str, arguments)))
