"""The repository's files, without what the commands make in it."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "lodge_platform",
    "lodge_core",
    "lodge_adapters",
    "lodge_dictionary",
    "lodge_pipelines",
    "lodge_dashboards",
)
ROOMS = (*(package.removeprefix("lodge_") for package in PACKAGES), "tests")
_MADE = {"__pycache__", "build", "dist", "logs", "node_modules", "target"}


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository; git need not be there."""
    return tuple(_walk())


def _walk() -> Iterator[Path]:
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if _is_ours(Path(folder), name)]
        yield from (Path(folder, name) for name in names if name != ".git")


def _is_ours(folder: Path, name: str) -> bool:
    if name.startswith("."):
        return name == ".ci"
    is_home = folder == ROOT and name.startswith("lodge-home")
    return name not in _MADE and not is_home
