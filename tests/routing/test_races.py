"""Many hands on the same work at the same moment: a person wins, nothing is given twice."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from random import Random

from sqlalchemy import select

from fixtures.workplace import Workplace, at
from lodge_core.agents import desk
from lodge_core.routing import router
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import RefusedError
from lodge_platform.schema import master
from lodge_platform.schema.active import ActivityEvent, Offer
from lodge_platform.vocabulary import ActivityStatus, OfferOutcome


def test_r61_a_manual_pick_wins_over_the_router_in_a_thousand_races(workplace: Workplace) -> None:
    grace = workplace.agent("grace", "Everybody")
    workplace.agent("alan", "Everybody")
    workplace.ready("grace", "alan")
    with change_configuration(workplace.lodge.stores.master, by="test", now=at(0)) as session:
        session.get_one(master.MediaRoutingDomain, workplace.domain_id).task_limit = 10_000
    random = Random(11)  # noqa: S311 - a repeatable order, no secret

    def pick_all(keys: list[int], now: datetime) -> None:
        for key in random.sample(keys, len(keys)):
            desk.pick(workplace.lodge, key, agent_id=grace, now=now)

    def route_until(done: Future[None], now: datetime) -> int:
        offered = 0
        while not done.done():
            offered += router.tick(workplace.lodge, now).offered
        return offered

    raced = 0
    with ThreadPoolExecutor(2) as pool:
        for batch in range(20):
            keys = workplace.many_queued(50, now=at(batch))
            picking = pool.submit(pick_all, keys, at(batch + 1))
            raced += pool.submit(route_until, picking, at(batch + 1)).result()
            picking.result()
            rows = [workplace.activity(key) for key in keys]
            assert {(row.status, row.agent_id) for row in rows} == {
                (ActivityStatus.ASSIGNED, grace)
            }
            assert workplace.pending() == {}
    assert raced > 0
    assert workplace.differences() == []


def test_r61_r64_two_routers_and_a_picker_never_give_one_activity_twice_nor_pass_a_limit(
    workplace: Workplace,
) -> None:
    for name in ("grace", "alan", "edsger", "barbara"):
        workplace.agent(name, "Everybody", "Billing")
    workplace.ready(*workplace.agents)
    for key in range(60):
        workplace.queued(["General", "Refunds"][key % 2], now=at(key))

    def route_all(seed: int) -> None:
        random = Random(seed)  # noqa: S311 - a repeatable walk, no secret
        for second in range(100, 130):
            router.tick(workplace.lodge, at(second))
            for activity_id, (agent_id, offer_id) in workplace.pending().items():
                act = random.choice(["accept", "reject", "pick", "complete", "nothing"])
                try:
                    if act == "accept":
                        desk.accept_offer(
                            workplace.lodge, offer_id, agent_id=agent_id, now=at(second)
                        )
                    elif act == "reject":
                        desk.reject_offer(
                            workplace.lodge, offer_id, agent_id=agent_id, now=at(second)
                        )
                    elif act == "pick":
                        picker = random.choice(list(workplace.agents.values()))
                        desk.pick(workplace.lodge, activity_id, agent_id=picker, now=at(second))
                    elif act == "complete":
                        desk.complete(
                            workplace.lodge, activity_id, agent_id=agent_id, now=at(second)
                        )
                except RefusedError:
                    continue

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(route_all, seed) for seed in range(3)]:
            done.result()

    assert workplace.differences() == []
    _no_limit_was_passed(workplace, limit=3)
    pending = workplace.rows(select(Offer.activity_id).where(Offer.outcome == OfferOutcome.PENDING))
    assert len(pending) == len({row.activity_id for row in pending})


def _no_limit_was_passed(workplace: Workplace, *, limit: int) -> None:
    """Walk the book: at no point does an agent hold more than the limit, nor two agents one."""
    holder: dict[int, int] = {}
    for event in workplace.rows(select(ActivityEvent.__table__).order_by(ActivityEvent.event_id)):
        key = event.activity_id
        if event.type_code in ("offer_made", "activity_assigned"):
            assert key not in holder
            holder[key] = event.payload["agent_id"]
            held = sum(1 for agent in holder.values() if agent == holder[key])
            assert held <= limit
        elif event.type_code in (
            "offer_rejected",
            "offer_expired",
            "offer_withdrawn",
            "activity_completed",
            "activity_queued",
        ):
            holder.pop(key, None)
