"""What a room brings as a service: a `ServiceProcess` under the entry point `lodge.services`.

A module that holds one imports nothing heavy at its top: `lodge up` reads all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, Protocol

from lodge_platform.errors import MistakeError

if TYPE_CHECKING:
    from lodge_platform.lodge import Lodge

CORE_GROUP = "core"


@dataclass(frozen=True)
class Round:
    """How a tick ended: the pause it wants, and what is wrong though it went on with the rest.

    `trouble` names where and what ("support@lodge.test: connection refused at 127.0.0.1:993");
    `lodge status` shows it until a round ends without one. The pause is the service's own.
    """

    wait_seconds: float
    trouble: str | None = None


class Service(Protocol):
    """A service at work: one instance, under a lease, on one thread.

    It may have `close()`, called when the work ends or before it is built anew after an error.
    """

    def tick(self, now: datetime) -> float | Round:
        """Do what is due and give the seconds until the next call; 0 when more waits already.

        All it writes is in transactions of its own, so that a kill loses and doubles nothing. A
        tick that finds nothing to do writes nothing: on SQLite every commit wakes all services.
        """
        ...


Build = Callable[["Lodge", str], Service]
Run = Callable[["Lodge", Event], None]


@dataclass(frozen=True)
class ServiceProcess:
    """A program that `lodge up` runs: either ticks (`build`) or has a loop of its own (`run`).

    `summary` says in one sentence what it does. Instances of one `group` share an operating system
    process, a thread each; give what is heavy to import, or blocks, a group of its own. `run`
    returns soon after its event is set. `wakes_on` names bus topics after which a tick comes soon.
    """

    name: str
    summary: str
    build: Build | None = None
    run: Run | None = None
    group: str = CORE_GROUP
    wakes_on: tuple[str, ...] = ()
    is_automatic: bool = True

    def __post_init__(self) -> None:
        """Refuse a process that neither ticks nor runs, or does both."""
        if (self.build is None) == (self.run is None):
            raise MistakeError(f"service process {self.name}: give it build or run, one of them")
