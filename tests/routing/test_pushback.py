"""Offers that run out and work of agents who are gone, on real stores."""

import pytest
from sqlalchemy import select

from fixtures.workplace import Workplace, at
from lodge_core.agents import desk
from lodge_core.routing import pushback, router
from lodge_platform.configuration import change_configuration
from lodge_platform.schema import master
from lodge_platform.schema.active import AgentState, Offer
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode, OfferOutcome


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
