"""Where workers work: what the instances of one operating system process share."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from lodge_platform.clock import utc_now
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import Bus


def _nothing() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Place:
    """`holder` names the process in leases; `changed` is called when an instance's state changed.

    `secrets` are values that no error may show.
    """

    lodge: Lodge
    bus: Bus
    holder: str
    process_id: int
    secrets: Collection[str] = ()
    clock: Callable[[], datetime] = utc_now
    changed: Callable[[], None] = _nothing
