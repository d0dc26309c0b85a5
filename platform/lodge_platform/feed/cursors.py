"""Cursors of the feed: a place, sealed, so that nobody can read, make or count with one.

A cursor holds for good, across restarts, for as long as the home keeps its secret `seal`.
"""

import re

from lodge_platform.errors import RefusedError, SetUpError
from lodge_platform.sealing import make_seal, seal, unseal
from lodge_platform.settings import Settings

BEGINNING = 0
_SAID = re.compile(r"feed:(\d{20})")
_WRITTEN = re.compile(r"[A-Za-z0-9_=-]{40,400}")


def cursor_at(settings: Settings, place: int) -> str:
    """The cursor after the event at `place`; another text each time, all as long as each other."""
    return seal(settings, f"feed:{place:020d}")


def place_of(settings: Settings, cursor: str) -> int:
    """The place in a cursor. Raises RefusedError for one that is not of this feed."""
    make_seal(settings)
    said = None
    if _WRITTEN.fullmatch(cursor):
        try:
            said = _SAID.fullmatch(unseal(settings, cursor))
        except (SetUpError, UnicodeError):
            said = None
    if said is None:
        raise RefusedError("this cursor is not of this feed; begin without one", field="after")
    return int(said[1])
