"""The program of one group of service instances: `python -m lodge_platform.services.child`.

Started by `lodge up` alone. It ends on SIGTERM, and by itself when `lodge up` is gone: the pipe it
inherits then reports its end, however that came about, and all it started is ended.
"""

import argparse
import logging
import os
import signal
import sys
from _thread import start_new_thread
from pathlib import Path
from threading import Event, Thread
from time import sleep

from lodge_platform.errors import LodgeError
from lodge_platform.services.health_file import HealthFile
from lodge_platform.services.home_lock import holder
from lodge_platform.services.leftovers import end_leftovers
from lodge_platform.services.saying import say, start_logging
from lodge_platform.settings import load

_LOG = logging.getLogger("lodge.services")
_GRACE_SECONDS = 9.0


def main() -> None:
    """Run the group named by the arguments until told to end."""
    try:
        _run(_arguments())
    except LodgeError as error:
        _LOG.error("%s", say(error))
        sys.exit(error.exit_code)


def _run(given: argparse.Namespace) -> None:
    stop = Event()
    _end_with_parent(given.parent_pipe, stop)
    # Not in the handler itself: the main thread may hold the event's lock at that moment.
    signal.signal(signal.SIGTERM, lambda _number, _frame: _set_soon(stop))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = load(given.home)
    secrets = start_logging(settings)

    from lodge_platform.lodge import open_lodge
    from lodge_platform.messaging.bus import bus_of, close_bus_of
    from lodge_platform.services.attendant import Attendant
    from lodge_platform.services.place import Place
    from lodge_platform.services.registry import service_processes

    lodge = open_lodge(settings)
    health = HealthFile(settings.home, given.group)
    ours = {name: one for name, one in service_processes().items() if one.group == given.group}
    place = Place(
        lodge=lodge,
        bus=bus_of(lodge),
        holder=holder(settings.host_name, os.getpid(), given.stamp),
        process_id=os.getpid(),
        secrets=secrets,
        changed=lambda: attendant.publish(),
    )
    attendant = Attendant(place, ours, only=given.only, health=health)
    attendant.attend(stop)
    close_bus_of(lodge)
    health.close()
    lodge.close()
    # Threads that did not end must not keep the process: what they write is whole or not at all.
    logging.shutdown()
    _end_what_we_started(given)
    os._exit(0)


def _end_what_we_started(given: argparse.Namespace) -> None:
    """Nobody is left behind, whatever a service forgot to end or whatever left our group."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    end_leftovers(given.stamp, given.group, grace_seconds=1.5)


def _set_soon(stop: Event) -> None:
    start_new_thread(stop.set, ())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--stamp", required=True)
    parser.add_argument("--parent-pipe", type=int, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    return parser.parse_args()


def _end_with_parent(pipe: int, stop: Event) -> None:
    Thread(target=_watch, args=(pipe, stop), name="parent", daemon=True).start()


def _watch(pipe: int, stop: Event) -> None:
    os.read(pipe, 1)  # returns at the end of the pipe: nobody ever writes to it
    _LOG.error("`lodge up` is gone; ending")
    stop.set()
    # The main thread ends the programs we started and then us; this is for when it cannot.
    sleep(_GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
