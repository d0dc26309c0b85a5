"""One instance at work on one thread: lease, rounds, errors told and backed off from."""

import logging
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import Bus
from lodge_platform.services import leases
from lodge_platform.services.backoff import backoff_seconds
from lodge_platform.services.health_file import Health
from lodge_platform.services.held import HeldLease, working_under
from lodge_platform.services.instances import Instance
from lodge_platform.services.process import Round, Service, ServiceProcess
from lodge_platform.services.saying import say

_LOG = logging.getLogger("lodge.services")
_LOOK_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True)
class Place:
    """Where a worker works: what it shares with the others of its process."""

    lodge: Lodge
    bus: Bus
    holder: str
    process_id: int
    secrets: Collection[str] = ()
    clock: Callable[[], datetime] = utc_now


class Worker:
    """Runs `instance` until `stop()`; `health()` and `held` are for the process' attendant."""

    def __init__(self, place: Place, instance: Instance, process: ServiceProcess) -> None:
        self.instance = instance
        self.held: HeldLease | None = None
        self.is_busy = False
        self.last_success_at: datetime | None = None
        self._place = place
        self._process = process
        self._stop = Event()
        self._service: Service | None = None
        self._failures = 0
        self._must_clear = True
        self._state = "starting"
        self._error: tuple[str, datetime] | None = None
        self._lock = Lock()
        self._listener = place.bus.listener(process.wakes_on or ("nothing",))
        self._thread = Thread(target=self._live, name=instance.name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present round."""
        self._stop.set()
        self._listener.close()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def health(self) -> Health:
        """How it is, for the file in the home."""
        with self._lock:
            said, at = self._error or (None, None)
            return Health(
                name=self.instance.name,
                process_id=self._place.process_id,
                state=self._state,
                at=self._place.clock().isoformat(),
                last_error=said,
                last_error_at=at.isoformat() if at else None,
                failures_in_row=self._failures,
            )

    def _live(self) -> None:
        while not self._stop.is_set():
            held = self._take()
            if held is None:
                self._stop.wait(_LOOK_SECONDS)
                continue
            try:
                with working_under(held):
                    self._work(held)
            finally:
                self._end_service()
                self._release(held)
        self._place.bus.forget(self._listener)

    def _take(self) -> HeldLease | None:
        try:
            with self._place.lodge.stores.master.write() as connection:
                lease = leases.take(
                    connection,
                    self.instance.service_instance_id,
                    holder=self._place.holder,
                    now=self._place.clock(),
                )
        except Exception as error:
            self._failed(error)
            self._pause()
            return None
        if lease is None:
            self._set_state("waiting for the lease")
            return None
        if self._must_clear is False:
            self._recovered()
        self.held = HeldLease(lease)
        self._set_state("running")
        return self.held

    def _work(self, held: HeldLease) -> None:
        while not self._stop.is_set() and held.is_held(self._place.clock()):
            self.is_busy = True
            try:
                wait_seconds = self._round()
            except Exception as error:
                self.is_busy = False
                self._end_service()
                self._failed(error)
                self._pause()
                continue
            self.is_busy = False
            self._listener.wait(self._bounded(wait_seconds))

    def _round(self) -> float:
        if self._process.run is not None:
            self._process.run(self._place.lodge, self._stop)
            if not self._stop.is_set():
                raise LodgeError(f"{self.instance.name} ended by itself")
            return 0.0
        if self._service is None and self._process.build is not None:
            self._service = self._process.build(self._place.lodge, self.instance.name)
        if self._service is None:
            return _LONGEST_PAUSE_SECONDS
        outcome = self._service.tick(self._place.clock())
        wait_seconds = outcome.wait_seconds if isinstance(outcome, Round) else outcome
        if isinstance(outcome, Round) and outcome.trouble:
            self._in_trouble(outcome.trouble)
        else:
            self._succeeded()
        return wait_seconds

    def _bounded(self, wait_seconds: float) -> float:
        longest = min(_LONGEST_PAUSE_SECONDS, self._place.bus.longest_wait_seconds)
        return max(0.0, min(wait_seconds, longest))
