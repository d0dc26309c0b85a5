"""The service `search_indexer`: the words of what changed are found soon after."""

from datetime import datetime

from lodge_core.search.indexing import AT_ONCE, index_all
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.topics import Topic
from lodge_platform.services import Round, ServiceProcess

_LOOK_SECONDS = 2.0
_PASSES = 10


class SearchIndexer:
    """Follows the change feed; it looks when woken, and every two seconds in any case."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge

    def tick(self, now: datetime) -> Round:
        """One round; the next comes at once while much waits."""
        read = index_all(self._lodge.stores.active, now, passes=_PASSES)
        return Round(0.0 if read >= _PASSES * AT_ONCE else _LOOK_SECONDS)


def _build(lodge: Lodge, _instance: str) -> SearchIndexer:
    return SearchIndexer(lodge)


process = ServiceProcess(
    name="search_indexer",
    summary="Keeps the words of activities, cases, notes and articles for full-text search.",
    build=_build,
    wakes_on=(Topic.ACTIVITY_NEW, Topic.ACTIVITY_CHANGED),
)
