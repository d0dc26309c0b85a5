"""A simulated agent: takes offers, answers, goes on breaks, all through the agent's own desk."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import msgspec
from sqlalchemy import select

from lodge_core.agents import desk
from lodge_core.simulate import wording
from lodge_core.simulate.chance import around
from lodge_core.simulate.people import language_of
from lodge_core.simulate.shifts import Shift
from lodge_core.simulate.timeline import Timeline
from lodge_platform.errors import ConflictError, ForbiddenError, RefusedError
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Email
from lodge_platform.vocabulary import AgentStateCode, Mode

_REJECTED, _MISSED = 0.03, 0.025
_WITHOUT_ANSWER = ("auto_reply", "bounce", "list", "bulk", "challenge")


class Habits(msgspec.Struct, frozen=True):
    """How the agents of a simulation work; medians of lognormal draws, in seconds, by queue."""

    handle_seconds: dict[str, float]
    accept_seconds: float
    handle_most_seconds: float = 3 * 3600


class Offered(msgspec.Struct, frozen=True):
    """An offer as its agent sees it."""

    offer_id: int
    activity_id: int
    queue: str
    expires_at: datetime


class SimulatedAgent:
    """One agent at work.

    `changed(instant)` is called after everything that others wait for, `missed(instant)` when an
    offer has run out. `answers` counts what the agent wrote.
    """

    def __init__(
        self,
        lodge: Lodge,
        agent_id: int,
        name: str,
        *,
        domain_id: int,
        habits: Habits,
        chance: Random,
        timeline: Timeline,
        changed: Callable[[datetime], None],
        missed: Callable[[datetime], None],
    ) -> None:
        self.answers = 0
        self.agent_id = agent_id
        self.name = name
        self._lodge = lodge
        self._domain_id = domain_id
        self._habits = habits
        self._chance = chance
        self._timeline = timeline
        self._changed = changed
        self._missed = missed
        self._held: deque[tuple[int, str]] = deque()
        self._is_busy = False
        self._is_leaving = False
        self._is_away = True
        self._speed = chance.uniform(0.8, 1.25)

    def plan(self, shift: Shift) -> None:
        """Put the shift on the timeline."""
        self._timeline.at(shift.starts_at, self.sign_in)
        for one in shift.breaks:
            self._timeline.at(one.starts_at, self._leave_for(one.reason))
            self._timeline.at(one.ends_at, self._come_back)
        self._timeline.at(shift.ends_at, self.go_home)

    def rest_now_and_then(self, now: datetime, *, every: timedelta, length: timedelta) -> None:
        """Take a break of about `length` about every `every`, from now on without end."""
        starts_at = now + every * around(self._chance, 1.0)
        ends_at = starts_at + length * around(self._chance, 1.0)
        self._timeline.at(starts_at, self._leave_for("break"))
        self._timeline.at(ends_at, self._come_back)
        self._timeline.at(
            ends_at, lambda at: self.rest_now_and_then(at, every=every, length=length)
        )

    def sign_in(self, now: datetime) -> None:
        """Begin to work."""
        self._is_leaving = False
        self._come_back(now)

    def go_home(self, now: datetime) -> None:
        """Take nothing new, finish what is held, then sign out."""
        self._is_leaving = True
        self._set(AgentStateCode.NOT_READY, "end of shift", now)
        self._leave_when_done(now)

    def sign_out(self, now: datetime) -> None:
        """Be gone at once; what is held returns to its queue after a while."""
        self._is_leaving = self._is_away = True
        desk.sign_out(self._lodge, self.agent_id, now=now)
        self._changed(now)

    def hold(self, activity_id: int, queue: str, now: datetime) -> None:
        """Go on with an activity that is the agent's already."""
        self._held.append((activity_id, queue))
        self._begin_next(now)

    def take(self, offer: Offered, now: datetime) -> None:
        """Look at an offer: mostly accept it within seconds, now and then reject or miss it."""
        draw = self._chance.random()
        wait = timedelta(seconds=around(self._chance, self._habits.accept_seconds, 0.6))
        if draw < _MISSED:
            self._timeline.at(offer.expires_at, self._missed)
            self._timeline.at(offer.expires_at + timedelta(seconds=20), self._notice_miss)
        elif draw < _MISSED + _REJECTED:
            self._timeline.at(now + wait, lambda at: self._reject(offer, at))
        else:
            self._timeline.at(now + wait, lambda at: self._accept(offer, at))

    def _accept(self, offer: Offered, now: datetime) -> None:
        try:
            desk.accept_offer(self._lodge, offer.offer_id, agent_id=self.agent_id, now=now)
        except ConflictError:
            return
        self.hold(offer.activity_id, offer.queue, now)

    def _reject(self, offer: Offered, now: datetime) -> None:
        reason = self._chance.choice(("not my product", "language", "conflict of interest"))
        try:
            desk.reject_offer(
                self._lodge, offer.offer_id, agent_id=self.agent_id, reason=reason, now=now
            )
        except ConflictError:
            return
        self._changed(now)

    def _notice_miss(self, now: datetime) -> None:
        """Who let several offers run out was set not ready, and comes back on noticing."""
        if not self._is_away:
            self._set(AgentStateCode.READY, None, now)

    def _begin_next(self, now: datetime) -> None:
        if self._is_busy or not self._held:
            return
        self._is_busy = True
        _activity_id, queue = self._held[0]
        median = self._habits.handle_seconds.get(queue, 240.0) * self._speed
        seconds = min(around(self._chance, median), self._habits.handle_most_seconds)
        self._timeline.at(now + timedelta(seconds=seconds), self._finish)

    def _finish(self, now: datetime) -> None:
        activity_id, queue = self._held.popleft()
        self._is_busy = False
        with suppress(ConflictError, ForbiddenError):  # it was taken from this agent meanwhile
            self._answer(activity_id, queue, now)
        self._changed(now)
        self._begin_next(now)
        self._leave_when_done(now)

    def _answer(self, activity_id: int, queue: str, now: datetime) -> None:
        mail = self._last_mail(activity_id)
        if mail is None or not mail[0] or mail[2] in _WITHOUT_ANSWER:
            desk.complete(self._lodge, activity_id, agent_id=self.agent_id, now=now)
            return
        text = wording.answer(
            self._chance,
            language=language_of(mail[0]),
            topic=queue.lower(),
            customer=mail[1],
            agent=self.name,
        )
        try:
            desk.reply(self._lodge, activity_id, agent_id=self.agent_id, text=text, now=now)
            self.answers += 1
        except (ConflictError, ForbiddenError):
            raise
        except RefusedError:  # it names nobody to answer to
            desk.complete(self._lodge, activity_id, agent_id=self.agent_id, now=now)

    def _last_mail(self, activity_id: int) -> tuple[str, str, str] | None:
        emails = Email.__table__.c
        with self._lodge.stores.active.read() as connection:
            row = connection.execute(
                select(emails.from_address, emails.from_name, emails.automatic_kind)
                .where(emails.activity_id == activity_id, emails.direction == Mode.INBOUND)
                .order_by(emails.email_id.desc())
                .limit(1)
            ).one_or_none()
        return None if row is None else (row[0], row[1], row[2])

    def _leave_for(self, reason: str) -> Callable[[datetime], None]:
        def leave(now: datetime) -> None:
            if not self._is_leaving:
                self._is_away = True
                self._set(AgentStateCode.NOT_READY, reason, now)

        return leave

    def _come_back(self, now: datetime) -> None:
        if not self._is_leaving:
            self._is_away = False
            self._set(AgentStateCode.READY, None, now)

    def _leave_when_done(self, now: datetime) -> None:
        if self._is_leaving and not self._held:
            self.sign_out(now)

    def _set(self, state: AgentStateCode, reason: str | None, now: datetime) -> None:
        desk.change_state(
            self._lodge, self.agent_id, self._domain_id, state=state, reason=reason, now=now
        )
        self._changed(now)
