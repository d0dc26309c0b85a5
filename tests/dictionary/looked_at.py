"""What readers see of the house of two departments; their doors stay open while it lasts."""

from contextlib import ExitStack
from typing import Any

from fixtures.two_departments import NOON, SALES, WORDS, key_of
from lodge_dictionary.door import Door, open_door
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.settings import Settings

OTHERS = (WORDS[SALES], str(key_of(SALES)))
"""What stands in every row of Sales and in none of Customer care."""


class House:
    """The published house, and a door for each reader who came."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._doors: list[tuple[SignedIn, Door]] = []
        self._opened = ExitStack()

    def close(self) -> None:
        """Close every door."""
        self._opened.close()

    def door(self, reader: SignedIn) -> Door:
        """The reader's door."""
        for who, opened in self._doors:
            if who is reader:
                return opened
        opened = self._opened.enter_context(open_door(self.settings, reader=reader, now=NOON))
        self._doors.append((reader, opened))
        return opened

    def ask(self, reader: SignedIn, query: str) -> list[dict[str, Any]]:
        """The reader's answer, by the names of its columns."""
        result = self.door(reader).ask(query)
        return [dict(zip(result.names, row, strict=True)) for row in result.fetchall()]

    def seen(self, reader: SignedIn, query: str) -> str:
        """The whole answer as text, names of columns included."""
        return repr(self.ask(reader, query))
