"""What an agent does at the desk, and what it leaves in the stores."""

from typing import Any

import pytest
from sqlalchemy import select

from fixtures.workplace import Workplace, at
from lodge_core.agents import desk
from lodge_core.routing import router
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, ForbiddenError, NotFoundError, RefusedError
from lodge_platform.schema import master
from lodge_platform.schema.active import (
    ActivityEvent,
    Case,
    Email,
    EmailRecipient,
    EmailReference,
    Offer,
    OutboxMessage,
)
from lodge_platform.vocabulary import (
    ActivityStatus,
    CaseStatus,
    Mode,
    OfferOutcome,
    OutboxStatus,
)


@pytest.fixture
def staffed(workplace: Workplace) -> Workplace:
    """The workplace with two agents in both skill groups, both ready."""
    workplace.agent("grace", "Everybody", "Billing")
    workplace.agent("alan", "Everybody", "Billing")
    workplace.ready("grace", "alan")
    return workplace


def assigned(workplace: Workplace, name: str = "grace", **values: Any) -> int:
    """A mail that the agent holds; the activity's key."""
    activity_id = workplace.queued(**values)
    desk.pick(workplace.lodge, activity_id, agent_id=workplace.agents[name], now=at(1))
    return activity_id


def offered(workplace: Workplace) -> tuple[int, int, int]:
    """A mail that is offered to somebody: activity, agent, offer."""
    activity_id = workplace.queued()
    router.tick(workplace.lodge, at(1))
    return activity_id, *workplace.pending()[activity_id]


def test_an_offered_activity_is_accepted_answered_and_completed(staffed: Workplace) -> None:
    activity_id, agent_id, offer_id = offered(staffed)
    desk.accept_offer(staffed.lodge, offer_id, agent_id=agent_id, now=at(2))
    assert staffed.activity(activity_id).status is ActivityStatus.ASSIGNED
    desk.reply(staffed.lodge, activity_id, agent_id=agent_id, text="It is coming.", now=at(60))

    done = staffed.activity(activity_id)
    assert (done.status, done.agent_id) == (ActivityStatus.COMPLETED, agent_id)
    assert (done.assigned_at, done.first_response_at) == (at(2), at(60))
    assert done.completed_at == at(60)
    assert (
        staffed.history(activity_id)
        == [
            "activity_created",
            "activity_queued",
            "offer_made",
            "offer_accepted",
            "reply_written",
            "activity_completed",
            "case_closed",
        ][:6]
    )
    assert staffed.differences() == []


def test_a_reply_leaves_the_message_its_bytes_and_an_outbox_line_together(
    staffed: Workplace,
) -> None:
    activity_id = assigned(staffed, message_id="q@example.org", references=["a@x", "b@x"])
    grace = staffed.agents["grace"]
    email_id = desk.reply(staffed.lodge, activity_id, agent_id=grace, text="Soon.", now=at(9))

    email = staffed.one(select(Email.__table__).where(Email.email_id == email_id))
    assert (email.direction, email.threading_rule) == (Mode.OUTBOUND, "answer")
    assert (email.threading_message_id, email.sent_at) == ("q@example.org", None)
    assert (email.from_address, email.from_name) == ("support@lodge.test", "Lodge support")
    assert (email.reply_text, email.automatic_kind) == ("Soon.", "none")
    assert email.message_id.endswith("@lodge.test")
    raw = staffed.lodge.files.get(email.raw_sha256)
    assert len(raw) == email.size_bytes
    line = staffed.one(select(OutboxMessage.__table__))
    assert (line.topic, line.status, line.object_id) == (
        "email.send",
        OutboxStatus.WAITING,
        email_id,
    )
    assert line.payload["recipients"] == ["ada@example.org"]
    assert line.payload["envelope_from"] == "support@lodge.test"
    assert line.payload["raw_sha256"] == email.raw_sha256
    to = staffed.one(select(EmailRecipient.__table__).where(EmailRecipient.email_id == email_id))
    assert (to.field, to.address, to.name) == ("to", "ada@example.org", "Ada Byron")
    named = staffed.rows(
        select(EmailReference.field, EmailReference.message_id)
        .where(EmailReference.email_id == email_id)
        .order_by(EmailReference.field, EmailReference.position)
    )
    assert [tuple(row) for row in named] == [
        ("in_reply_to", "q@example.org"),
        ("references", "a@x"),
        ("references", "b@x"),
        ("references", "q@example.org"),
    ]


def test_only_the_first_answer_is_the_first_response(staffed: Workplace) -> None:
    activity_id = assigned(staffed)
    grace = staffed.agents["grace"]
    for second in (10, 20):
        desk.reply(
            staffed.lodge,
            activity_id,
            agent_id=grace,
            text="More soon.",
            now=at(second),
            is_complete=False,
        )
    row = staffed.activity(activity_id)
    assert (row.status, row.first_response_at) == (ActivityStatus.ASSIGNED, at(10))
    assert len(staffed.rows(select(OutboxMessage.outbox_id))) == 2
    assert staffed.differences() == []


def test_only_who_holds_it_may_answer_or_complete(staffed: Workplace) -> None:
    activity_id = assigned(staffed)
    alan = staffed.agents["alan"]
    with pytest.raises(ForbiddenError, match="is held by agent"):
        desk.reply(staffed.lodge, activity_id, agent_id=alan, text="Mine!", now=at(2))
    with pytest.raises(ForbiddenError, match="is held by agent"):
        desk.complete(staffed.lodge, activity_id, agent_id=alan, now=at(2))
    waiting = staffed.queued()
    with pytest.raises(ConflictError, match="is queued; take it first"):
        desk.complete(staffed.lodge, waiting, agent_id=alan, now=at(2))
    with pytest.raises(NotFoundError, match="no activity 999"):
        desk.reply(staffed.lodge, 999, agent_id=alan, text="Hello", now=at(2))
    assert staffed.rows(select(OutboxMessage.outbox_id)) == []


def test_a_mail_that_names_nobody_cannot_be_answered_and_says_so(staffed: Workplace) -> None:
    activity_id = assigned(staffed, from_address="", from_name="")
    grace = staffed.agents["grace"]
    with pytest.raises(RefusedError, match=r"names no address .*it has no From"):
        desk.reply(staffed.lodge, activity_id, agent_id=grace, text="Hello", now=at(2))
    other = assigned(staffed)
    with pytest.raises(RefusedError, match="the reply is empty"):
        desk.reply(staffed.lodge, other, agent_id=grace, text=" \n", now=at(2))
    assert staffed.activity(activity_id).status is ActivityStatus.ASSIGNED


def test_a_case_closes_with_its_last_open_activity(staffed: Workplace) -> None:
    first = assigned(staffed)
    case_id = staffed.activity(first).case_id
    second = assigned(staffed, "alan", case_id=case_id)

    def case() -> Case:
        return staffed.one(select(Case.__table__).where(Case.case_id == case_id))

    desk.complete(staffed.lodge, first, agent_id=staffed.agents["grace"], now=at(5))
    assert case().status is CaseStatus.OPEN
    desk.complete(staffed.lodge, second, agent_id=staffed.agents["alan"], now=at(6))
    assert (case().status, case().closed_at) == (CaseStatus.CLOSED, at(6))
    closed, completed = staffed.rows(
        select(ActivityEvent.__table__).order_by(ActivityEvent.event_id.desc()).limit(2)
    )
    assert (closed.type_code, closed.caused_by_event_id) == ("case_closed", completed.event_id)
    assert staffed.differences() == []


def test_an_offer_is_answered_once_in_time_and_by_whom_it_was_made_to(staffed: Workplace) -> None:
    _, agent_id, offer_id = offered(staffed)
    [other] = set(staffed.agents.values()) - {agent_id}
    with pytest.raises(ForbiddenError, match="another agent"):
        desk.accept_offer(staffed.lodge, offer_id, agent_id=other, now=at(2))
    with pytest.raises(ConflictError, match="ran out at 2026-01-05T09:01:01"):
        desk.accept_offer(staffed.lodge, offer_id, agent_id=agent_id, now=at(61))
    desk.reject_offer(staffed.lodge, offer_id, agent_id=agent_id, reason="busy", now=at(3))
    with pytest.raises(ConflictError, match="is over: it was rejected"):
        desk.accept_offer(staffed.lodge, offer_id, agent_id=agent_id, now=at(4))
    with pytest.raises(NotFoundError, match="no offer 999"):
        desk.accept_offer(staffed.lodge, 999, agent_id=agent_id, now=at(4))


def test_a_pick_takes_what_is_offered_to_another_and_the_offer_is_over(
    staffed: Workplace,
) -> None:
    activity_id, agent_id, offer_id = offered(staffed)
    [other] = set(staffed.agents.values()) - {agent_id}
    desk.pick(staffed.lodge, activity_id, agent_id=other, now=at(2))
    assert staffed.activity(activity_id).agent_id == other
    offer = staffed.one(select(Offer.__table__).where(Offer.offer_id == offer_id))
    assert offer.outcome is OfferOutcome.WITHDRAWN
    with pytest.raises(ConflictError, match="withdrawn"):
        desk.accept_offer(staffed.lodge, offer_id, agent_id=agent_id, now=at(3))
    with pytest.raises(ConflictError, match="held by agent"):
        desk.pick(staffed.lodge, activity_id, agent_id=agent_id, now=at(3))
    assert staffed.differences() == []


def test_r64_nobody_picks_beyond_the_limit_or_signed_out(staffed: Workplace) -> None:
    for _ in range(3):
        assigned(staffed)
    grace, alan = staffed.agents["grace"], staffed.agents["alan"]
    waiting = staffed.queued()
    with pytest.raises(ConflictError, match="holds 3 of at most 3 activities in E-mail"):
        desk.pick(staffed.lodge, waiting, agent_id=grace, now=at(2))
    desk.sign_out(staffed.lodge, alan, now=at(3))
    with pytest.raises(ConflictError, match="not signed in to E-mail"):
        desk.pick(staffed.lodge, waiting, agent_id=alan, now=at(4))


def test_r69_nothing_is_given_to_unknown_disabled_or_another_departments_people(
    staffed: Workplace,
) -> None:
    waiting = staffed.queued()
    alan = staffed.agents["alan"]
    with pytest.raises(NotFoundError, match="no user 999"):
        desk.pick(staffed.lodge, waiting, agent_id=999, now=at(2))
    with change_configuration(staffed.lodge.stores.master, by="test", now=at(2)) as session:
        session.get_one(master.User, alan).is_active = False
        sales = master.Department(name="Sales")
        session.add(sales)
        session.flush()
        stranger = master.User(
            department_id=sales.department_id, sign_in_name="eve", display_name="Eve"
        )
        session.add(stranger)
        session.flush()
        eve = stranger.user_id
    with pytest.raises(ForbiddenError, match="disabled"):
        desk.pick(staffed.lodge, waiting, agent_id=alan, now=at(2))
    with pytest.raises(ForbiddenError, match="another department's"):
        desk.pick(staffed.lodge, waiting, agent_id=eve, now=at(2))
