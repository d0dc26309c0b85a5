"""The past: whole days of mail and work, played through the real code by a simulated clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from lodge_core.mail import dispatcher, retriever
from lodge_core.routing import pushback, router
from lodge_core.simulate.chance import seeded
from lodge_core.simulate.correspondence import Correspondence
from lodge_core.simulate.floor import Floor, users_called
from lodge_core.simulate.hours import PRESENT_HOUR, arrivals, midnight_of
from lodge_core.simulate.mail_server import DemonstrationMailServer, Postbox
from lodge_core.simulate.oddities import Oddity, oddities_of_day
from lodge_core.simulate.set_up import (
    ADDRESS,
    alias_in,
    customers_folder,
    inbox_folder,
    is_agent,
    users_in,
)
from lodge_core.simulate.shifts import shift
from lodge_core.simulate.staff import Habits
from lodge_core.simulate.supervising import VISIT_HOURS, SimulatedSupervisor
from lodge_core.simulate.timeline import Timeline
from lodge_core.workflows import engine
from lodge_platform.configuring.reading import ConfigurationFile
from lodge_platform.errors import LodgeError, MistakeError
from lodge_platform.lodge import Lodge

_ROUND, _POLL = timedelta(minutes=1), timedelta(minutes=3)
_FIRST_AGENT_LEAVES = PRESENT_HOUR - 1.0
# Medians for 300 mails a day on 8 agents; for other numbers they shrink or grow with the load.
_HANDLE_SECONDS = {"General": 300.0, "Orders": 400.0, "Refunds": 560.0, "Technical": 760.0}
Progress = Callable[[int, int], None]


class Played(msgspec.Struct):
    """What a past holds."""

    mails: int = 0
    answers: int = 0


class Past:
    """One past, ending at `now`. `play` is called once."""

    def __init__(
        self, lodge: Lodge, file: ConfigurationFile, *, mails: int, seed: int, now: datetime
    ) -> None:
        self._lodge = lodge
        self._mails = mails
        self._now = now
        self._clock = now
        self._chance = seeded(seed)
        self._timeline = Timeline()
        self._next_round: datetime | None = None
        self._has_mail = False
        self._next_look = datetime.min.replace(tzinfo=UTC)
        self._played = Played()
        self._correspondence = Correspondence(self._chance, to=ADDRESS)
        port = alias_in(file).smtp_port
        if not isinstance(port, int):
            raise MistakeError("the demonstration's alias has no port")
        self._postbox = Postbox(port)
        self._server = DemonstrationMailServer(
            {ADDRESS: inbox_folder(lodge.settings)},
            customers_folder(lodge.settings),
            port=port,
            clock=lambda: self._clock,
        )
        agents = [user.sign_in_name for user in users_in(file) if is_agent(user)]
        load = (300 / mails) * (len(agents) / 8)
        self._floor = Floor(
            lodge,
            agents,
            habits=Habits({name: load * each for name, each in _HANDLE_SECONDS.items()}, 7.0),
            chance=self._chance,
            timeline=self._timeline,
            changed=self._ask_round,
            missed=self._push_back,
        )
        self._supervisors = [
            SimulatedSupervisor(
                lodge,
                user_id,
                domain_id=self._floor.places.domain_id,
                queue_id=self._floor.places.exception_queue_id,
                timeline=self._timeline,
                changed=self._ask_round,
            )
            for user_id, _name in users_called(
                lodge,
                [user.sign_in_name for user in users_in(file) if user.roles == ["supervisor"]],
            )
        ]

    def play(self, days: int, progress: Progress = lambda done, total: None) -> Played:
        """Play the days, the last of them until now."""
        for days_ago in reversed(range(days)):
            self._plan_day(days_ago)
        total = days * self._mails
        self._server.start()
        try:
            while (due := self._timeline.take(self._now)) is not None:
                self._clock, happening = due
                happening(self._clock)
                progress(self._played.mails, total)
            self._clock = self._next_look = self._now
            self._work(self._now)
        finally:
            self._postbox.close()
            self._server.stop()
        return self._played

    def _plan_day(self, days_ago: int) -> None:
        midnight = midnight_of(self._now, days_ago)
        until = min(midnight + timedelta(days=1), self._now)
        odd = oddities_of_day(self._chance, self._mails)
        instants = arrivals(self._chance, self._mails, midnight=midnight, until=until)
        for number, instant in enumerate(instants):
            self._timeline.at(instant, self._sending(odd.get(number)))
        for number, agent in enumerate(self._floor.agents):
            planned = shift(self._chance, number, midnight=midnight)
            if number == 0 and days_ago == 0:
                # She is left to whoever tries Lodge out.
                leaves_at = midnight + timedelta(hours=_FIRST_AGENT_LEAVES)
                planned = msgspec.structs.replace(planned, ends_at=leaves_at)
            agent.plan(planned)
        for supervisor in self._supervisors:
            for hour in VISIT_HOURS:
                self._timeline.at(midnight + timedelta(hours=hour), supervisor.visit)

    def _sending(self, oddity: Oddity | None) -> Callable[[datetime], None]:
        def write(now: datetime) -> None:
            letter = self._correspondence.next_letter(now, oddity)
            self._postbox.send(letter.sender, ADDRESS, letter.raw)
            self._played.mails += 1
            self._has_mail = True
            self._ask_round(now)

        return write

    def _ask_round(self, now: datetime) -> None:
        """The services look at the next full minute, once for all that happened before."""
        due = now + ((self._now - now) % _ROUND or _ROUND)
        if self._next_round is None or due < self._next_round:
            self._next_round = due
            self._timeline.at(due, self._round)

    def _round(self, now: datetime) -> None:
        if now == self._next_round:
            self._next_round = None
            self._work(now)

    def _work(self, now: datetime) -> None:
        """What the services do in a round, in the order in which work flows."""
        if self._has_mail and now >= self._next_look:
            self._has_mail, self._next_look = False, now + _POLL
            for result in retriever.retrieve_once(self._lodge, clock=lambda: now).values():
                if isinstance(result, LodgeError):
                    raise result
            engine.tick(self._lodge, now)
        elif self._has_mail:
            self._ask_round(self._next_look - _ROUND)
        router.tick(self._lodge, now)
        self._floor.hand_out_offers(now)
        while self._played.answers < self._floor.answers_written():
            sent = dispatcher.tick(self._lodge, now).sent
            if sent == 0:
                raise MistakeError("the demonstration's own server takes no answers")
            self._played.answers += sent
        for answer in self._server.answers():
            self._correspondence.take(answer, now)

    def _push_back(self, now: datetime) -> None:
        """An offer ran out."""
        pushback.tick(self._lodge, now)
        self._ask_round(now)
