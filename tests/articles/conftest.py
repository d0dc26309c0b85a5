"""The house whose articles and attachments are asked for over HTTP."""

import pytest

from api.house import House, house_of
from fixtures.workplace import Workplace
from lodge_core.api import activities, article_folders, articles, attachments


@pytest.fixture
def article_house(workplace: Workplace) -> House:
    """Articles, attachments and activities over HTTP, once on each engine."""
    return house_of(workplace, [activities.api, articles.api, article_folders.api, attachments.api])
