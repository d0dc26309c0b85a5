"""The simulated supervisor, who empties the exception queue by hand, twice a day."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from lodge_core.agents import desk
from lodge_core.simulate.timeline import Timeline
from lodge_platform.errors import RefusedError
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode

VISIT_HOURS = (11.25, 14.5)
_EACH = timedelta(seconds=40)


class SimulatedSupervisor:
    """Picks what waits in the exception queue and completes it, one after the other."""

    def __init__(
        self,
        lodge: Lodge,
        agent_id: int,
        *,
        domain_id: int,
        queue_id: int,
        timeline: Timeline,
        changed: Callable[[datetime], None],
    ) -> None:
        self._lodge = lodge
        self._agent_id = agent_id
        self._domain_id = domain_id
        self._queue_id = queue_id
        self._timeline = timeline
        self._changed = changed

    def visit(self, now: datetime) -> None:
        """Come, and go through all that waits now."""
        desk.change_state(
            self._lodge,
            self._agent_id,
            self._domain_id,
            state=AgentStateCode.NOT_READY,
            reason="exceptions",
            now=now,
        )
        waiting = self._waiting()
        for number, activity_id in enumerate(waiting):
            self._timeline.at(now + _EACH * number, self._picking(activity_id))
            self._timeline.at(now + _EACH * (number + 1), self._completing(activity_id))
        self._timeline.at(now + _EACH * (len(waiting) + 1), self._go)

    def _picking(self, activity_id: int) -> Callable[[datetime], None]:
        def pick(now: datetime) -> None:
            try:
                desk.pick(self._lodge, activity_id, agent_id=self._agent_id, now=now)
            except RefusedError:
                return  # somebody else has it

        return pick

    def _completing(self, activity_id: int) -> Callable[[datetime], None]:
        def complete(now: datetime) -> None:
            try:
                desk.complete(self._lodge, activity_id, agent_id=self._agent_id, now=now)
            except RefusedError:
                return
            self._changed(now)

        return complete

    def _go(self, now: datetime) -> None:
        desk.sign_out(self._lodge, self._agent_id, now=now)

    def _waiting(self) -> list[int]:
        activities = Activity.__table__.c
        with self._lodge.stores.active.read() as connection:
            rows = connection.execute(
                select(activities.activity_id)
                .where(
                    activities.status == ActivityStatus.QUEUED,
                    activities.queue_id == self._queue_id,
                )
                .order_by(activities.activity_id)
            )
            return list(rows.scalars())
