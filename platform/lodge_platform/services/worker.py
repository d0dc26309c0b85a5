"""One instance at work on one thread: lease, rounds, errors told and backed off from."""

import random
from contextlib import suppress
from threading import Event, Thread
from time import monotonic

from lodge_platform.errors import SetUpError
from lodge_platform.messaging.listeners import Listener
from lodge_platform.services import leases
from lodge_platform.services.backoff import backoff_seconds
from lodge_platform.services.held import HeldLease, working_under
from lodge_platform.services.instances import Instance
from lodge_platform.services.outcomes import Outcomes
from lodge_platform.services.place import Place
from lodge_platform.services.process import Round, Service, ServiceProcess

_LOOK_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_STEADY_SECONDS = 5.0


class Worker:
    """Runs `instance` until `stop()`. `held` is the lease it works under, if any."""

    def __init__(self, place: Place, instance: Instance, process: ServiceProcess) -> None:
        self.instance = instance
        self.outcomes = Outcomes(place, instance)
        self.held: HeldLease | None = None
        self.busy_since: float | None = None
        self._place = place
        self._process = process
        self._stop = Event()
        self._service: Service | None = None
        topics = process.wakes_on
        self._listener = place.bus.listener(topics) if topics else Listener()
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
        self._thread.join(max(0.0, timeout))
        return not self._thread.is_alive()

    def is_steady(self) -> bool:
        """Whether it is a program with a loop of its own that has run for a while."""
        since = self.busy_since
        return (
            self._process.run is not None
            and since is not None
            and (monotonic() - since > _STEADY_SECONDS)
        )

    def _live(self) -> None:
        while not self._stop.is_set():
            held = self._take()
            if held is None:
                continue
            self.held = held
            try:
                with working_under(held):
                    self._work(held)
            except Exception as error:
                self.outcomes.failed(error, held)
                self._back_off()
            finally:
                self.held = None
                self._end_service()
                self._release(held)
        self.outcomes.is_in("stopped")
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
            self.outcomes.failed(error, None)
            self._back_off()
            return None
        if lease is None:
            self.outcomes.is_in("waiting for the lease")
            self._stop.wait(_LOOK_SECONDS)
            return None
        self.outcomes.is_in("running")
        return HeldLease(lease)

    def _release(self, held: HeldLease) -> None:
        # A store that is away keeps the lease until it lapses; that is what lapsing is for.
        with suppress(Exception), self._place.lodge.stores.master.write() as connection:
            leases.release(connection, held.lease, now=self._place.clock())

    def _work(self, held: HeldLease) -> None:
        while not self._stop.is_set() and held.is_held(self._place.clock()):
            self.busy_since = monotonic()
            try:
                wait_seconds = self._round(held)
            except Exception as error:
                self.busy_since = None
                self._end_service()
                if not self._stop.is_set():
                    self.outcomes.failed(error, held)
                    self._back_off()
                continue
            self.busy_since = None
            self._listener.wait(self._bounded(wait_seconds))

    def _round(self, held: HeldLease) -> float:
        if self._process.run is not None:
            self._process.run(self._place.lodge, self._stop)
            if not self._stop.is_set():
                raise SetUpError("it ended by itself, which it should not")
            return 0.0
        if self._service is None and self._process.build is not None:
            self._service = self._process.build(self._place.lodge, self.instance.name)
        if self._service is None:
            return _LONGEST_PAUSE_SECONDS
        outcome = self._service.tick(self._place.clock())
        if isinstance(outcome, Round) and outcome.trouble:
            self.outcomes.in_trouble(outcome.trouble, held)
        else:
            self.outcomes.succeeded(held)
        return outcome.wait_seconds if isinstance(outcome, Round) else outcome

    def _bounded(self, wait_seconds: float) -> float:
        longest = min(_LONGEST_PAUSE_SECONDS, self._place.bus.longest_wait_seconds)
        return max(0.0, min(wait_seconds, longest))

    def _back_off(self) -> None:
        # Not by the bus: what wakes others must not hammer a server that is down.
        jitter = random.random()  # noqa: S311 - spreads retries, guards nothing
        self._stop.wait(backoff_seconds(self.outcomes.failures_in_row, jitter=jitter))

    def _end_service(self) -> None:
        service, self._service = self._service, None
        close = getattr(service, "close", None)
        if close is not None:
            with suppress(Exception):
                close()
