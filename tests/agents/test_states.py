"""Agents' states as intervals, and a whole random day at the desks."""

from random import Random

import pytest
from sqlalchemy import select

from fixtures.workplace import Workplace, at
from lodge_core.agents import desk
from lodge_core.routing import pushback, router
from lodge_platform.errors import NotFoundError, RefusedError
from lodge_platform.schema.active import (
    Activity,
    ActivityEvent,
    AgentState,
    Offer,
)
from lodge_platform.vocabulary import (
    ActivityStatus,
    AgentStateCode,
    OfferOutcome,
)


@pytest.fixture
def staffed(workplace: Workplace) -> Workplace:
    """The workplace with two agents in both skill groups, both ready."""
    workplace.agent("grace", "Everybody", "Billing")
    workplace.agent("alan", "Everybody", "Billing")
    workplace.ready("grace", "alan")
    return workplace


def offered(workplace: Workplace) -> tuple[int, int, int]:
    """A mail that is offered to somebody: activity, agent, offer."""
    activity_id = workplace.queued()
    router.tick(workplace.lodge, at(1))
    return activity_id, *workplace.pending()[activity_id]


def test_a_state_is_an_interval_with_a_reason_and_repeating_it_changes_nothing(
    staffed: Workplace,
) -> None:
    grace, domain = staffed.agents["grace"], staffed.domain_id
    not_ready = AgentStateCode.NOT_READY
    for second in (5, 6):
        desk.change_state(
            staffed.lodge, grace, domain, state=not_ready, reason="lunch", now=at(second)
        )
    desk.sign_out(staffed.lodge, grace, now=at(9))
    desk.sign_out(staffed.lodge, grace, now=at(10))
    events = staffed.rows(
        select(ActivityEvent.payload, ActivityEvent.occurred_at)
        .where(ActivityEvent.agent_id == grace, ActivityEvent.type_code == "agent_state_changed")
        .order_by(ActivityEvent.event_id)
    )
    assert [(row.payload["new_state"], row.occurred_at) for row in events] == [
        ("ready", at(0)),
        ("not_ready", at(5)),
        ("signed_out", at(9)),
    ]
    with pytest.raises(NotFoundError, match=r"no media routing domain 99; there are: 1 \(E-mail\)"):
        desk.change_state(staffed.lodge, grace, 99, state=not_ready, now=at(11))


def test_going_not_ready_takes_a_pending_offer_back(staffed: Workplace) -> None:
    activity_id, agent_id, _ = offered(staffed)
    desk.change_state(
        staffed.lodge, agent_id, staffed.domain_id, state=AgentStateCode.NOT_READY, now=at(2)
    )
    assert staffed.activity(activity_id).status is ActivityStatus.QUEUED
    router.tick(staffed.lodge, at(3))
    assert staffed.pending()[activity_id][0] != agent_id


@pytest.mark.parametrize("seed", range(3))
def test_after_a_random_day_rows_are_what_their_events_say(staffed: Workplace, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a repeatable walk, no secret
    staffed.agent("edsger", "Everybody")
    agents = list(staffed.agents.values())
    for second in range(0, 600, 10):
        now = at(second)
        if random.random() < 0.5:
            staffed.queued(random.choice(["General", "Refunds"]), now=now)
        router.tick(staffed.lodge, now)
        pushback.tick(staffed.lodge, now)
        offers = staffed.rows(select(Offer.__table__).where(Offer.outcome == OfferOutcome.PENDING))
        held = staffed.rows(
            select(Activity.__table__).where(Activity.status == ActivityStatus.ASSIGNED)
        )
        waiting = staffed.rows(
            select(Activity.__table__).where(Activity.status == ActivityStatus.QUEUED)
        )
        for offer in offers:
            answer = random.choice([desk.accept_offer, desk.reject_offer, None, None])
            if answer:
                answer(staffed.lodge, offer.offer_id, agent_id=offer.agent_id, now=now)
        for row in held:
            if random.random() < 0.3:
                desk.reply(
                    staffed.lodge,
                    row.activity_id,
                    agent_id=row.agent_id,
                    text="Hello",
                    now=now,
                    is_complete=random.random() < 0.7,
                )
        try:
            if waiting and random.random() < 0.3:
                chosen = random.choice(waiting).activity_id
                desk.pick(staffed.lodge, chosen, agent_id=random.choice(agents), now=now)
            if random.random() < 0.2:
                state = random.choice(list(AgentStateCode))
                desk.change_state(
                    staffed.lodge, random.choice(agents), staffed.domain_id, state=state, now=now
                )
        except RefusedError:
            continue
    assert staffed.rows(select(AgentState.agent_state_id))
    assert staffed.differences() == []
