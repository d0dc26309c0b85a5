"""The router on real stores: offers, races, pushback, the journal."""

from random import Random

import pytest
from sqlalchemy import func, select, update

from fixtures.workplace import Workplace, at
from lodge_core.agents import desk
from lodge_core.routing import pushback, router
from lodge_core.routing.explain import explain
from lodge_core.routing.journal import replay
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, NotFoundError
from lodge_platform.schema import master
from lodge_platform.schema.active import Activity, AgentState, Offer, RoutingDecision
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode, Media


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
