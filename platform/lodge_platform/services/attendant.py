"""The attendant of one process: renews its leases, starts and stops workers as wanted."""

import logging
import os
from collections.abc import Callable, Collection
from threading import Event, Lock
from time import monotonic

from lodge_platform.services import leases
from lodge_platform.services.health_file import HealthFile
from lodge_platform.services.instances import Instance, read_instances
from lodge_platform.services.leases import RENEW_SECONDS
from lodge_platform.services.place import Place
from lodge_platform.services.process import ServiceProcess
from lodge_platform.services.saying import say
from lodge_platform.services.worker import Worker

_LOG = logging.getLogger("lodge.services")
_LOST_EXIT_CODE = 70


class Attendant:
    """Looks after the instances of `processes` that this host may run, on the caller's thread."""

    def __init__(
        self,
        place: Place,
        processes: dict[str, ServiceProcess],
        *,
        only: Collection[str] = (),
        health: HealthFile | None = None,
        end_process: Callable[[int], None] = os._exit,
    ) -> None:
        self._place = place
        self._processes = processes
        self._only = only
        self._health = health
        self._end_process = end_process
        self._workers: dict[str, Worker] = {}
        self._lock = Lock()

    def attend(self, stop: Event) -> None:
        """Look every few seconds until `stop`, then end every worker; ten seconds at most."""
        while not stop.is_set():
            self.look()
            stop.wait(RENEW_SECONDS)
        self.end()

    def look(self) -> None:
        """Renew what is held, then start and stop workers as the registry wants."""
        self.publish()
        try:
            self._renew()
            self._follow()
        except Exception as error:
            _LOG.warning("service registry: %s", say(error, self._place.secrets))
        self._leave_if_lost()
        self.publish()

    def publish(self) -> None:
        """Say in the home how every worker is."""
        if self._health is None:
            return
        with self._lock:
            lines = [worker.outcomes.health() for worker in self._workers.values()]
            try:
                self._health.write(lines)
            except OSError as error:
                _LOG.warning("health file: %s", error)

    def end(self, *, within_seconds: float = 7.0) -> None:
        """Stop every worker and wait for them."""
        give_up_at = monotonic() + within_seconds
        workers = list(self._workers.values())
        for worker in workers:
            worker.stop()
        for worker in workers:
            if not worker.join(give_up_at - monotonic()):
                _LOG.warning("%s does not end; it is left behind", worker.instance.name)
        self._workers.clear()

    def _renew(self) -> None:
        holding = [(worker, held) for worker in self._all() if (held := worker.held) is not None]
        if not holding:
            return
        now = self._place.clock()
        with self._place.lodge.stores.master.write() as connection:
            for worker, held in holding:
                if worker.is_steady():
                    worker.outcomes.succeeded(held, is_told_later=True)
                renewed = leases.renew(
                    connection, held.lease, now=now, last_success_at=worker.outcomes.last_success_at
                )
                held.renewed(renewed)
                if renewed is not None:
                    worker.outcomes.tell(connection, renewed)

    def _follow(self) -> None:
        with self._place.lodge.stores.master.read() as connection:
            instances = {one.name: one for one in read_instances(connection)}
        for name, worker in list(self._workers.items()):
            if not self._is_ours(instances.get(name)) or worker.join(0):
                worker.stop()
                if worker.join(0):
                    del self._workers[name]
        for name, instance in instances.items():
            if self._is_ours(instance) and name not in self._workers:
                worker = Worker(self._place, instance, self._processes[instance.process_name])
                with self._lock:
                    self._workers[name] = worker
                worker.start()

    def _is_ours(self, instance: Instance | None) -> bool:
        return (
            instance is not None
            and instance.is_wanted
            and instance.process_name in self._processes
            and instance.may_run_on(self._place.lodge.settings.host_name)
            and (not self._only or instance.name in self._only)
        )

    def _leave_if_lost(self) -> None:
        """A worker at work under a lease that another holds must not go on: the process ends.

        Each of its writes is whole or not at all, so nothing is lost; `lodge up` starts it anew.
        """
        for worker in self._all():
            held = worker.held
            if held is not None and held.is_lost() and worker.busy_since is not None:
                _LOG.error("%s: another holder has the lease; ending", worker.instance.name)
                self._end_process(_LOST_EXIT_CODE)

    def _all(self) -> list[Worker]:
        with self._lock:
            return list(self._workers.values())
