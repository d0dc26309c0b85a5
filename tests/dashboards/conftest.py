"""The small day, published once for all tests of the pages, and before it ever was."""

import shutil
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.linked_day import put_calls, put_links
from dashboards.small_day import Day, at, make_day, new_lodge
from fixtures.apart import apart
from fixtures.stores import StoreUrls
from lodge_platform.lodge import open_lodge
from lodge_platform.messaging.bus import close_bus_of
from lodge_platform.settings import load


@pytest.fixture(scope="session")
def day(migrated_sqlite: StoreUrls, tmp_path_factory: pytest.TempPathFactory) -> Generator[Day]:
    """The day above, landed, built and published; read it, change nothing."""
    from lodge_pipelines.running import run

    lodge = new_lodge(migrated_sqlite, tmp_path_factory.mktemp("day"))
    made = make_day(lodge)
    close_bus_of(lodge)
    lodge.close()  # what is open in this process cannot be landed from it
    run(lodge.settings, now=at("12:05:00"), run_name="lodge pipelines run")
    again = open_lodge(lodge.settings)
    yield replace(made, lodge=again)
    again.close()


@pytest.fixture
def unpublished(migrated_sqlite: StoreUrls, tmp_path: Path) -> Generator[Day]:
    """The same day before the pipelines ever ran."""
    lodge = new_lodge(migrated_sqlite, tmp_path)
    yield make_day(lodge)
    close_bus_of(lodge)
    lodge.close()


@pytest.fixture(scope="session")
def linked(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Generator[Day]:
    """The small day again, with data links; leave it as it was."""
    from lodge_pipelines.running import run

    home = tmp_path_factory.mktemp("linked") / "home"
    shutil.copytree(day.settings.home, home, symlinks=True)
    settings = load(home, {})
    lodge = open_lodge(settings)
    put_links(lodge)
    put_calls(lodge, day.departments["Customer care"])
    lodge.close()
    apart(run, settings, now=at("12:05:00"), run_name="lodge pipelines run", has_links=False)
    again = open_lodge(settings)
    yield replace(day, lodge=again)
    again.close()
