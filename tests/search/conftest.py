"""The house whose words are searched."""

import pytest

from api.house import House, house_of
from fixtures.workplace import Workplace
from lodge_core.api import activities, article_folders, articles, cases, notes, search


@pytest.fixture
def search_house(workplace: Workplace) -> House:
    """Search over HTTP, once on each engine."""
    return _house(workplace)


@pytest.fixture
def sqlite_search_house(sqlite_workplace: Workplace) -> House:
    """As `search_house`, on SQLite alone."""
    return _house(sqlite_workplace)


def _house(place: Workplace) -> House:
    described = [
        activities.api,
        cases.api,
        notes.api,
        articles.api,
        article_folders.api,
        search.api,
    ]
    return house_of(place, described)
