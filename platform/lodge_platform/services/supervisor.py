"""`lodge up`: one process a group of service instances, started again when it dies.

All of them end with it: on a signal it ends the groups, and when it is killed itself each child
sees the end of the pipe they share and ends its own group.
"""

import logging
import os
import random
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from lodge_platform.clock import utc_now
from lodge_platform.lodge import Lodge
from lodge_platform.services import leases
from lodge_platform.services.backoff import backoff_seconds
from lodge_platform.services.group import Group, Start
from lodge_platform.services.health_file import Health, HealthFile
from lodge_platform.services.home_lock import (
    Record,
    forget_record,
    holder,
    home_lock,
    read_record,
    write_record,
)
from lodge_platform.services.instances import Instance, read_instances
from lodge_platform.services.leftovers import end_leftovers
from lodge_platform.services.process import ServiceProcess
from lodge_platform.services.saying import say

_LOG = logging.getLogger("lodge.up")
_TURN_SECONDS = 0.1
_LOOK_SECONDS = 3.0
_GRACE_SECONDS = 10.0
_STEADY_SECONDS = 60.0
_WELL_SECONDS = 10.0
_LONGEST_BACKOFF_SECONDS = 30.0


@dataclass
class _Slot:
    """One group that is wanted: its process, if it lives, and when it may start again."""

    group: Group | None = None
    started: float = 0.0
    start_at: float = 0.0
    deaths: int = 0
    said: str | None = None


class Supervisor:
    """Runs the groups that the registry wants on this host, until `is_asked_to_end()`."""

    def __init__(
        self, lodge: Lodge, processes: dict[str, ServiceProcess], *, only: Collection[str] = ()
    ) -> None:
        self._lodge = lodge
        self._processes = processes
        self._only = frozenset(only)
        self._slots: dict[str, _Slot] = {}
        self._instances: list[Instance] = []

    def run(self, is_asked_to_end: Callable[[], bool]) -> None:
        """Hold the home, run, and leave no process behind."""
        home = self._lodge.settings.home
        with home_lock(home) as lock:
            self._clear_up_after_the_last()
            parent_pipe, own_end = os.pipe()
            stamp = secrets.token_hex(4)
            self._record = Record(os.getpid(), stamp, self._lodge.settings.host_name)
            self._start = Start(
                home=home,
                host_name=self._lodge.settings.host_name,
                stamp=stamp,
                parent_pipe=parent_pipe,
                lock=lock,
                only=self._only,
            )
            write_record(home, self._record)
            self._health = HealthFile(home, "up")
            try:
                self._watch(is_asked_to_end)
            finally:
                self._health.close()
                self._end_all()
                end_leftovers(stamp)
                self._release(self._record.holders())
                forget_record(home)
                os.close(own_end)
                os.close(parent_pipe)

    def _watch(self, is_asked_to_end: Callable[[], bool]) -> None:
        look_at = 0.0
        while not is_asked_to_end():
            if time.monotonic() >= look_at:
                self._look()
                look_at = time.monotonic() + _LOOK_SECONDS
            for name, slot in self._slots.items():
                self._keep_alive(name, slot)
            time.sleep(_TURN_SECONDS)

    def _look(self) -> None:
        try:
            wanted = self._wanted_groups()
        except Exception as error:
            # What runs goes on; what is wanted is asked again in a moment.
            _LOG.warning("service registry: %s", say(error))
            return
        for name in wanted - self._slots.keys():
            self._slots[name] = _Slot()
        unwanted = [name for name in self._slots if name not in wanted]
        if unwanted:
            self._end({name: self._slots.pop(name) for name in unwanted})

    def _wanted_groups(self) -> set[str]:
        with self._lodge.stores.master.read() as connection:
            self._instances = [one for one in read_instances(connection) if self._is_ours(one)]
        return {self._group_of(instance) for instance in self._instances}

    def _group_of(self, instance: Instance) -> str:
        return self._processes[instance.process_name].group

    def _is_ours(self, instance: Instance) -> bool:
        return (
            instance.is_wanted
            and instance.process_name in self._processes
            and instance.may_run_on(self._lodge.settings.host_name)
            and (not self._only or instance.name in self._only)
        )

    def _keep_alive(self, name: str, slot: _Slot) -> None:
        now = time.monotonic()
        if slot.group is None:
            if now >= slot.start_at:
                slot.group, slot.started = Group(name, self._start), now
                self._record.process_ids.append(slot.group.process_id)
                write_record(self._lodge.settings.home, self._record)
                _LOG.info("%s runs as process %d", name, slot.group.process_id)
            return
        code = slot.group.exit_code()
        if code is None:
            if slot.said and now - slot.started > _WELL_SECONDS:
                self._say(slot, None)
            return
        slot.group.kill()
        self._release([self._holder(slot.group)])
        slot.deaths = 1 if now - slot.started > _STEADY_SECONDS else slot.deaths + 1
        wait = backoff_seconds(
            slot.deaths,
            jitter=random.random(),  # noqa: S311 - spreads restarts, guards nothing
            longest=_LONGEST_BACKOFF_SECONDS,
        )
        said = f"its process {slot.group.process_id} ended with code {code}"
        _LOG.warning("%s: %s; starting again in %.0f s", name, said, wait)
        slot.group, slot.start_at = None, now + wait
        self._say(slot, said)

    def _say(self, slot: _Slot, said: str | None) -> None:
        """Let `lodge status` show what a process that died cannot say itself."""
        slot.said = said
        at = utc_now().isoformat()
        self._health.write(
            [
                Health(instance.name, os.getpid(), "failing", at, dead.said, at, dead.deaths)
                for instance in self._instances
                if (dead := self._slots.get(self._group_of(instance))) and dead.said
            ]
        )

    def _end_all(self) -> None:
        slots, self._slots = self._slots, {}
        self._end(slots)

    def _end(self, slots: dict[str, _Slot]) -> None:
        groups = [slot.group for slot in slots.values() if slot.group is not None]
        for group in groups:
            group.ask_to_end()
        give_up_at = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < give_up_at and any(g.exit_code() is None for g in groups):
            time.sleep(0.05)
        for group in groups:
            if group.exit_code() is None:
                _LOG.warning("%s did not end in %.0f s; killed", group.name, _GRACE_SECONDS)
            group.kill()
            self._release([self._holder(group)])

    def _clear_up_after_the_last(self) -> None:
        last = read_record(self._lodge.settings.home)
        if last is not None:
            end_leftovers(last.stamp)
            self._release(last.holders())

    def _holder(self, group: Group) -> str:
        return holder(self._record.host_name, group.process_id, self._record.stamp)

    def _release(self, holders: list[str]) -> None:
        try:
            with self._lodge.stores.master.write() as connection:
                leases.release_dead(connection, holders, now=utc_now())
        except Exception as error:
            _LOG.warning("leases lapse by themselves: %s", say(error))
