"""The change feed: every event, in one order for good, for each reader what they may see."""

from lodge_platform.feed.cursors import BEGINNING, cursor_at, place_of
from lodge_platform.feed.numbering import is_waiting, number_all, number_events
from lodge_platform.feed.reading import FeedPage, last_place, read_feed

__all__ = [
    "BEGINNING",
    "FeedPage",
    "cursor_at",
    "is_waiting",
    "last_place",
    "number_all",
    "number_events",
    "place_of",
    "read_feed",
]
