"""The router on real stores: offers, races, pushback, the journal."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from random import Random

import pytest
from sqlalchemy import func, select, update

from fixtures.workplace import Workplace, at
from lodge_core.agents import desk
from lodge_core.routing import pushback, router
from lodge_core.routing.explain import explain
from lodge_core.routing.journal import replay
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.schema import master
from lodge_platform.schema.active import Activity, ActivityEvent, AgentState, Offer, RoutingDecision
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode, Media, OfferOutcome


@pytest.fixture
def staffed(workplace: Workplace) -> Workplace:
    """Two agents: grace in both groups, alan only in Everybody."""
    workplace.agent("grace", "Everybody", "Billing")
    workplace.agent("alan", "Everybody")
    return workplace


def state_of(workplace: Workplace, name: str) -> AgentState:
    """The agent's row for e-mail."""
    return workplace.one(
        select(AgentState.__table__).where(AgentState.agent_id == workplace.agents[name])
    )


def said(workplace: Workplace, activity_id: int, now: float) -> dict[str, str]:
    """What `explain` says, by agent's name; empty name for the activity itself."""
    return {
        line.agent or "": line.said for line in explain(workplace.lodge, activity_id, now=at(now))
    }


def test_nothing_to_decide_writes_nothing(staffed: Workplace) -> None:
    staffed.queued()
    assert router.tick(staffed.lodge, at(1)) == router.Routed(0, 0)
    staffed.ready("grace")
    router.tick(staffed.lodge, at(2))
    router.tick(staffed.lodge, at(3))
    assert staffed.one(select(func.count()).select_from(RoutingDecision))[0] == 1


def test_an_offer_goes_to_a_ready_agent_with_the_skill_until_the_limit(
    staffed: Workplace,
) -> None:
    refunds = [staffed.queued("Refunds", now=at(-key)) for key in range(5)]
    staffed.ready("grace", "alan")
    assert router.tick(staffed.lodge, at(1)) == router.Routed(decided=3, offered=3)
    assert staffed.pending().keys() == set(refunds[2:])
    assert {agent for agent, _ in staffed.pending().values()} == {staffed.agents["grace"]}
    offer = staffed.rows(select(Offer.__table__))[0]
    assert offer.expires_at == at(61)
    assert router.tick(staffed.lodge, at(2)).decided == 0
    assert staffed.differences() == []


def test_r64_neither_signed_out_nor_not_ready_nor_full_nor_disabled_agents_are_offered_work(
    staffed: Workplace,
) -> None:
    staffed.queued()
    grace, alan = staffed.agents["grace"], staffed.agents["alan"]
    for state in (AgentStateCode.NOT_READY, AgentStateCode.SIGNED_OUT):
        desk.change_state(staffed.lodge, grace, staffed.domain_id, state=state, now=at(0))
        assert router.tick(staffed.lodge, at(1)).offered == 0
    staffed.ready("alan", now=at(2))
    with change_configuration(staffed.lodge.stores.master, by="test", now=at(2)) as session:
        session.get_one(master.User, alan).is_active = False
    assert router.tick(staffed.lodge, at(3)).offered == 0
    pushback.tick(staffed.lodge, at(4))
    assert state_of(staffed, "alan").state is AgentStateCode.SIGNED_OUT


def test_r62_a_queue_whose_first_activities_everybody_declined_goes_on(
    staffed: Workplace,
) -> None:
    grace = staffed.agents["grace"]
    staffed.ready("grace")
    waiting = [staffed.queued(now=at(key)) for key in range(9)]
    for start in (0, 3):
        router.tick(staffed.lodge, at(10 + start))
        assert sorted(staffed.pending()) == waiting[start : start + 3]
        for _, offer_id in staffed.pending().values():
            desk.reject_offer(staffed.lodge, offer_id, agent_id=grace, now=at(11 + start))
    router.tick(staffed.lodge, at(20))
    assert sorted(staffed.pending()) == waiting[6:]


def test_who_rejected_it_is_not_asked_again_while_another_is_asked_at_once(
    staffed: Workplace,
) -> None:
    activity_id = staffed.queued()
    staffed.ready("grace")
    router.tick(staffed.lodge, at(1))
    agent_id, offer_id = staffed.pending()[activity_id]
    desk.reject_offer(staffed.lodge, offer_id, agent_id=agent_id, reason="not mine", now=at(2))
    assert router.tick(staffed.lodge, at(3)).offered == 0
    assert said(staffed, activity_id, 3)["Grace"].startswith("declined it and rests")
    staffed.ready("alan", now=at(4))
    router.tick(staffed.lodge, at(5))
    assert staffed.pending()[activity_id][0] == staffed.agents["alan"]
    assert staffed.activity(activity_id).queued_at == at(0)


def test_r65_an_offer_nobody_answers_goes_to_the_next_and_after_three_misses_one_is_not_ready(
    staffed: Workplace,
) -> None:
    activity_id = staffed.queued()
    staffed.ready("grace")
    router.tick(staffed.lodge, at(0))
    staffed.ready("alan", now=at(1))
    assert pushback.tick(staffed.lodge, at(59)) == pushback.PushedBack(0, 0, 0)
    assert pushback.tick(staffed.lodge, at(75)) == pushback.PushedBack(1, 0, 0)
    offer = staffed.one(select(Offer.__table__))
    assert (offer.outcome, offer.decided_at) == (OfferOutcome.EXPIRED, at(60))
    assert state_of(staffed, "grace").misses_in_row == 1
    router.tick(staffed.lodge, at(76))
    assert staffed.pending()[activity_id][0] == staffed.agents["alan"]

    for key in range(2):
        staffed.queued("Refunds", now=at(80 + key))
    router.tick(staffed.lodge, at(90))
    assert pushback.tick(staffed.lodge, at(200)).agents_not_ready == 1
    missed = state_of(staffed, "grace")
    assert (missed.state, missed.reason) == (AgentStateCode.NOT_READY, "missed offers")
    assert missed.since_at == at(150)
    assert state_of(staffed, "alan").state is AgentStateCode.READY
    assert staffed.differences() == []


def test_an_answer_begins_the_count_of_misses_anew(staffed: Workplace) -> None:
    grace = staffed.agents["grace"]
    staffed.queued()
    staffed.ready("grace")
    router.tick(staffed.lodge, at(0))
    pushback.tick(staffed.lodge, at(60))
    second = staffed.queued(now=at(61))
    router.tick(staffed.lodge, at(62))
    desk.accept_offer(staffed.lodge, staffed.pending()[second][1], agent_id=grace, now=at(63))
    assert state_of(staffed, "grace").misses_in_row == 0
    assert staffed.differences() == []


def test_set_not_ready_for_misses_takes_the_other_offers_back(staffed: Workplace) -> None:
    staffed.ready("grace")
    with change_configuration(staffed.lodge.stores.master, by="test", now=at(0)) as session:
        session.get_one(master.MediaRoutingDomain, staffed.domain_id).misses_allowed = 1
    first = staffed.queued(now=at(0))
    router.tick(staffed.lodge, at(0))
    later = staffed.queued(now=at(30))
    router.tick(staffed.lodge, at(30))
    assert sorted(staffed.pending()) == [first, later]
    pushback.tick(staffed.lodge, at(61))
    assert staffed.pending() == {}
    outcomes = [
        row.outcome for row in staffed.rows(select(Offer.__table__).order_by(Offer.offer_id))
    ]
    assert outcomes == [OfferOutcome.EXPIRED, OfferOutcome.WITHDRAWN]
    assert staffed.activity(later).status is ActivityStatus.QUEUED
    assert staffed.differences() == []


def test_signing_out_takes_offers_back_at_once_and_held_work_after_a_while(
    staffed: Workplace,
) -> None:
    grace = staffed.agents["grace"]
    held, offered = staffed.queued(now=at(0)), staffed.queued(now=at(1))
    staffed.ready("grace")
    router.tick(staffed.lodge, at(2))
    desk.accept_offer(staffed.lodge, staffed.pending()[held][1], agent_id=grace, now=at(3))
    desk.sign_out(staffed.lodge, grace, now=at(4))
    assert staffed.activity(offered).status is ActivityStatus.QUEUED
    assert staffed.activity(held).status is ActivityStatus.ASSIGNED
    assert pushback.tick(staffed.lodge, at(4 + 899)).returned == 0
    assert pushback.tick(staffed.lodge, at(4 + 900)).returned == 1
    back = staffed.activity(held)
    assert (back.status, back.agent_id, back.queued_at) == (ActivityStatus.QUEUED, None, at(904))
    staffed.ready("alan", now=at(905))
    router.tick(staffed.lodge, at(906))
    assert {agent for agent, _ in staffed.pending().values()} == {staffed.agents["alan"]}
    assert staffed.differences() == []


def test_an_agent_on_work_that_must_not_be_interrupted_gets_nothing_else(
    staffed: Workplace,
) -> None:
    with change_configuration(staffed.lodge.stores.master, by="test", now=at(0)) as session:
        chat = master.MediaRoutingDomain(
            name="Chat",
            media=Media.CHAT,
            task_limit=2,
            is_interruptible=False,
            offer_seconds=20,
            misses_allowed=2,
        )
        session.add(chat)
        session.flush()
        chat_id = chat.media_routing_domain_id
    staffed.queue("Chats", group="Everybody", domain_id=chat_id)
    grace = staffed.agents["grace"]
    ready = AgentStateCode.READY
    desk.change_state(staffed.lodge, grace, chat_id, state=ready, now=at(0))
    staffed.queued("Chats")
    router.tick(staffed.lodge, at(1))
    staffed.ready("grace", now=at(2))
    mail = staffed.queued("General", now=at(2))
    assert router.tick(staffed.lodge, at(3)).decided == 0
    assert said(staffed, mail, 3)["Grace"] == "must not be interrupted in Chat"
    staffed.queued("Chats", now=at(4))
    assert router.tick(staffed.lodge, at(5)).offered == 1


def test_a_queue_without_a_skill_group_is_left_to_people(staffed: Workplace) -> None:
    activity_id = staffed.queued("Exceptions")
    staffed.ready("grace", "alan")
    assert router.tick(staffed.lodge, at(1)).decided == 0
    assert said(staffed, activity_id, 1)[""].endswith("no skill group: people empty it by hand")


def test_explain_says_why_this_agent_and_why_not_the_others(staffed: Workplace) -> None:
    activity_id = staffed.queued()
    assert said(staffed, activity_id, 0)["Alan"] == "is not signed in to E-mail"
    staffed.ready("grace")
    desk.change_state(
        staffed.lodge,
        staffed.agents["alan"],
        staffed.domain_id,
        state=AgentStateCode.NOT_READY,
        reason="lunch",
        now=at(1),
    )
    assert said(staffed, activity_id, 1)["Alan"] == "is not ready: lunch"
    assert said(staffed, activity_id, 1)["Grace"].startswith("is free")
    router.tick(staffed.lodge, at(2))
    lines = explain(staffed.lodge, activity_id, now=at(3))
    assert lines[0].said == "offered"
    assert lines[1].said == "was offered it: longest available of 1 free in round 1; pending"
    with pytest.raises(NotFoundError):
        explain(staffed.lodge, 99_999, now=at(3))


def test_a_router_with_an_older_lease_decides_nothing(staffed: Workplace) -> None:
    staffed.ready("grace", "alan")
    staffed.queued()
    router.tick(staffed.lodge, at(1), fencing_token=7)
    staffed.queued(now=at(2))
    with pytest.raises(ConflictError, match="another router took over under lease 7"):
        router.tick(staffed.lodge, at(3), fencing_token=6)
    assert len(staffed.pending()) == 1


def test_r71_the_journal_decides_the_same_again(staffed: Workplace) -> None:
    random = Random(7)  # noqa: S311 - a repeatable walk, no secret
    staffed.ready("grace", "alan")
    for second in range(0, 120, 4):
        staffed.queued(
            random.choice(["General", "Refunds"]), now=at(second), priority=random.randint(1, 7)
        )
        router.tick(staffed.lodge, at(second))
        for agent_id, offer_id in staffed.pending().values():
            answer = random.choice([desk.accept_offer, desk.reject_offer, None])
            if answer:
                answer(staffed.lodge, offer_id, agent_id=agent_id, now=at(second + 1))
        pushback.tick(staffed.lodge, at(second + 2))
        held = staffed.rows(
            select(Activity.activity_id, Activity.agent_id).where(
                Activity.status == ActivityStatus.ASSIGNED
            )
        )
        for row in held:
            desk.complete(staffed.lodge, row.activity_id, agent_id=row.agent_id, now=at(second + 3))
    replayed = replay(staffed.lodge)
    assert replayed.rounds > 10
    assert replayed.differing == ()
    assert replay(staffed.lodge, since=at(60)).rounds < replayed.rounds

    table = RoutingDecision.__table__
    first = staffed.one(select(table).order_by(table.c.routing_decision_id).limit(1))
    changed = [first.decisions[0] | {"agent_id": 999}]
    with staffed.lodge.stores.active.write() as connection:
        connection.execute(
            update(RoutingDecision)
            .where(RoutingDecision.routing_decision_id == first.routing_decision_id)
            .values(decisions=changed)
        )
    assert replay(staffed.lodge).differing == (first.routing_decision_id,)
    assert staffed.differences() == []


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
