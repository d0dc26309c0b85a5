"""Lodge, opened: what every verb, route and service is given to work with."""

from dataclasses import dataclass

from lodge_platform.files import FileServer, open_files
from lodge_platform.settings import Settings
from lodge_platform.stores import Stores, open_stores


@dataclass(frozen=True)
class Lodge:
    """Settings, the two SQL stores and the file server. Opening reads and writes nothing."""

    settings: Settings
    stores: Stores
    files: FileServer

    def close(self) -> None:
        """Give back every connection."""
        self.stores.close()


def open_lodge(settings: Settings) -> Lodge:
    """The Lodge that `settings` describe."""
    return Lodge(settings, open_stores(settings), open_files(settings))
