"""Who is on the floor of the demonstration: its agents by key, its queues by name."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from random import Random

import msgspec
from sqlalchemy import select

from lodge_core.simulate.staff import Habits, Offered, SimulatedAgent
from lodge_core.simulate.timeline import Timeline
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity, Offer
from lodge_platform.schema.master import MediaRoutingDomain, Queue, User
from lodge_platform.vocabulary import ActivityStatus, Media, OfferOutcome

_OFFERS = Offer.__table__.c


class Places(msgspec.Struct, frozen=True):
    """The keys that the demonstration works with."""

    domain_id: int
    queues: dict[int, str]
    exception_queue_id: int


def read_places(lodge: Lodge) -> Places:
    """The e-mail domain and the queues as configured."""
    with lodge.stores.master.read() as master:
        domain_id = (
            master.execute(
                select(MediaRoutingDomain.media_routing_domain_id).where(
                    MediaRoutingDomain.media == Media.EMAIL
                )
            )
            .scalars()
            .first()
        )
        rows = master.execute(select(Queue.queue_id, Queue.name, Queue.is_exception)).all()
    return Places(
        domain_id=domain_id or 0,
        queues={row.queue_id: row.name for row in rows},
        exception_queue_id=next(row.queue_id for row in rows if row.is_exception),
    )


class Floor:
    """The simulated agents, and the offers that reach them."""

    def __init__(
        self,
        lodge: Lodge,
        names: Sequence[str],
        *,
        habits: Habits,
        chance: Random,
        timeline: Timeline,
        changed: Callable[[datetime], None],
        missed: Callable[[datetime], None],
    ) -> None:
        self.places = read_places(lodge)
        self._lodge = lodge
        self._last_offer = 0
        self.agents = [
            SimulatedAgent(
                lodge,
                user_id,
                display_name,
                domain_id=self.places.domain_id,
                habits=habits,
                chance=Random(chance.random()),  # noqa: S311 - repeatable, not secret
                timeline=timeline,
                changed=changed,
                missed=missed,
            )
            for user_id, display_name in users_called(lodge, names)
        ]
        self._by_id = {agent.agent_id: agent for agent in self.agents}

    def answers_written(self) -> int:
        """How many answers the agents have written."""
        return sum(agent.answers for agent in self.agents)

    def hand_out_offers(self, now: datetime) -> int:
        """Let each agent look at the offers made since the last call; how many there were."""
        with self._lodge.stores.active.read() as connection:
            rows = connection.execute(
                select(
                    _OFFERS.offer_id,
                    _OFFERS.activity_id,
                    _OFFERS.agent_id,
                    _OFFERS.queue_id,
                    _OFFERS.expires_at,
                )
                .where(_OFFERS.outcome == OfferOutcome.PENDING, _OFFERS.offer_id > self._last_offer)
                .order_by(_OFFERS.offer_id)
            ).all()
        for row in rows:
            self._last_offer = row.offer_id
            if agent := self._by_id.get(row.agent_id):
                queue = self.places.queues.get(row.queue_id, "")
                agent.take(Offered(row.offer_id, row.activity_id, queue, row.expires_at), now)
        return len(rows)

    def take_up_held(self, now: datetime) -> None:
        """Let each agent go on with what is theirs already."""
        activities = Activity.__table__.c
        with self._lodge.stores.active.read() as connection:
            rows = connection.execute(
                select(activities.activity_id, activities.agent_id, activities.queue_id)
                .where(
                    activities.status == ActivityStatus.ASSIGNED,
                    activities.agent_id.in_(list(self._by_id)),
                )
                .order_by(activities.activity_id)
            ).all()
        for row in rows:
            queue = self.places.queues.get(row.queue_id, "")
            self._by_id[row.agent_id].hold(row.activity_id, queue, now)


def users_called(lodge: Lodge, names: Collection[str]) -> list[tuple[int, str]]:
    """Key and display name of each user, in the order of `names`."""
    with lodge.stores.master.read() as master:
        rows = master.execute(
            select(User.user_id, User.sign_in_name, User.display_name).where(
                User.sign_in_name.in_(list(names))
            )
        ).all()
    found = {row.sign_in_name: (row.user_id, row.display_name) for row in rows}
    return [found[name] for name in names if name in found]
