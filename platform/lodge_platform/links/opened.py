"""The links of a Lodge opened for them alone, of which nothing stays open afterwards."""

from collections.abc import Generator
from contextlib import closing, contextmanager

from lodge_platform.links.asking import Links, forget_links, registered_links
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.settings import Settings


@contextmanager
def opened_links(settings: Settings) -> Generator[tuple[Lodge, Links]]:
    """A Lodge and its links for the block: what a process needs that must not keep a store open.

    Raises SetUpError when no room answers data links.
    """
    with closing(open_lodge(settings)) as lodge:
        try:
            with closing(registered_links(lodge)) as links:
                yield lodge, links
        finally:
            forget_links(lodge)
