"""The service `demo_traffic`: in a demonstration's home, customers write and agents work, live.

It holds the in-process SMTP server, plays the customers and all agents but the first, who is left
to whoever tries Lodge out. Everything else is done by the services themselves.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lodge_platform.services import ServiceProcess

if TYPE_CHECKING:
    from lodge_core.simulate.mail_server import DemonstrationMailServer
    from lodge_platform.lodge import Lodge

NAME = "demo_traffic"
_PAUSE_SECONDS = 1.0
# A mail about every eight seconds at first, every thirty after an hour: nights stay small.
_FIRST_INTERVAL, _LAST_INTERVAL, _SLOWING_SECONDS = 8.0, 30.0, 3600.0
_HANDLE_SECONDS = {"General": 35.0, "Orders": 40.0, "Refunds": 50.0, "Technical": 60.0}
_BREAK_EVERY, _BREAK = timedelta(minutes=20), timedelta(minutes=3)


class DemonstrationTraffic:
    """Customers and agents at work, a look a second."""

    def __init__(self, lodge: Lodge, now: datetime) -> None:
        from lodge_core.simulate.chance import seeded
        from lodge_core.simulate.correspondence import Correspondence
        from lodge_core.simulate.floor import Floor
        from lodge_core.simulate.mail_server import Postbox
        from lodge_core.simulate.set_up import ADDRESS, played_agents
        from lodge_core.simulate.staff import Habits
        from lodge_core.simulate.timeline import Timeline

        self._lodge = lodge
        self._address = ADDRESS
        self._began_at = now
        self._chance = seeded(int(now.timestamp()))
        self._timeline = Timeline()
        self._correspondence = Correspondence(self._chance, to=ADDRESS)
        self._floor = Floor(
            lodge,
            played_agents(lodge)[1:],
            habits=Habits(_HANDLE_SECONDS, accept_seconds=4.0, handle_most_seconds=300.0),
            chance=self._chance,
            timeline=self._timeline,
            changed=lambda _now: None,
            missed=lambda _now: None,
        )
        for agent in self._floor.agents:
            agent.sign_in(now)
            agent.rest_now_and_then(now, every=_BREAK_EVERY, length=_BREAK)
        self._floor.take_up_held(now)
        # Last, so that nothing listens when one of the above fails.
        self._server = _serve(lodge, now)
        self._postbox = Postbox(self._server.port)
        self._timeline.at(now, self._write)

    def tick(self, now: datetime) -> float:
        """Deliver what was answered, hand out offers, do all that is due."""
        for answer in self._server.answers():
            self._correspondence.take(answer, now)
        self._floor.hand_out_offers(now)
        while (due := self._timeline.take(now)) is not None:
            due[1](now)
        return _PAUSE_SECONDS

    def close(self) -> None:
        """The agents go home, and nobody takes mail any more."""
        from lodge_platform.clock import utc_now

        self._postbox.close()
        self._server.stop()
        for agent in self._floor.agents:
            agent.sign_out(utc_now())

    def _write(self, now: datetime) -> None:
        letter = self._correspondence.next_letter(now)
        self._postbox.send(letter.sender, self._address, letter.raw)
        share = min(1.0, (now - self._began_at).total_seconds() / _SLOWING_SECONDS)
        interval = _FIRST_INTERVAL + share * (_LAST_INTERVAL - _FIRST_INTERVAL)
        pause = min(self._chance.expovariate(1 / interval), 4 * interval)
        self._timeline.at(now + timedelta(seconds=pause), self._write)


def _serve(lodge: Lodge, now: datetime) -> DemonstrationMailServer:
    """The server on the alias' port, or on a new one where somebody else has that by now."""
    from lodge_core.mail.aliases import alias_at
    from lodge_core.simulate import set_up
    from lodge_core.simulate.mail_server import DemonstrationMailServer
    from lodge_platform.clock import utc_now
    from lodge_platform.errors import SetUpError

    with lodge.stores.master.read() as master:
        port = alias_at(master, set_up.ADDRESS).smtp_port

    def server_at(port: int) -> DemonstrationMailServer:
        server = DemonstrationMailServer(
            {set_up.ADDRESS: set_up.inbox_folder(lodge.settings)},
            set_up.customers_folder(lodge.settings),
            port=port,
            clock=utc_now,
        )
        server.start()
        return server

    try:
        return server_at(port)
    except SetUpError:
        port = set_up.free_port()
        set_up.move_port(lodge, port, now=now)
        return server_at(port)


def _build(lodge: Lodge, _instance: str) -> DemonstrationTraffic:
    from lodge_platform.clock import utc_now

    return DemonstrationTraffic(lodge, utc_now())


process = ServiceProcess(
    name=NAME,
    summary="In a demonstration's home: customers write and agents work.",
    build=_build,
    group="demonstration",
    is_automatic=False,
)
