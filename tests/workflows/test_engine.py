"""The workflow engine on real stores: every new activity goes somewhere, and the book says why."""

import pytest
from sqlalchemy import select, update

from fixtures.workplace import NINE, Workplace, at
from lodge_core.agents import desk
from lodge_core.routing import router
from lodge_core.workflows import engine
from lodge_core.workflows.applying import apply_workflow
from lodge_core.workflows.requeue import requeue
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.schema import master
from lodge_platform.schema.active import ActivityEvent
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode

TRIAGE = """\
name: triage
kind: inbound
department: Customer care
rules:
  - name: refunds
    when: {subject_contains: [refund, money back]}
    queue: Refunds
  - name: big customers
    when: {sender_domain: example.com, customer: known}
    queue: Refunds
otherwise: General
"""


def apply(workplace: Workplace, document: str) -> None:
    """Put a workflow into force."""
    with change_configuration(workplace.lodge.stores.master, by="test", now=NINE) as session:
        apply_workflow(session, document)


def placed(workplace: Workplace, activity_id: int) -> tuple[str, str, str | None, str | None]:
    """Queue, reason, rule and detail of the activity's last queueing."""
    rows = workplace.rows(
        select(ActivityEvent.payload)
        .where(
            ActivityEvent.activity_id == activity_id, ActivityEvent.type_code == "activity_queued"
        )
        .order_by(ActivityEvent.event_id)
    )
    last = rows[-1].payload
    names = {key: name for name, key in workplace.queues.items()}
    assert workplace.activity(activity_id).queue_id == last["queue_id"]
    return names[last["queue_id"]], last["reason"], last["rule"], last["detail"]


def test_a_new_activity_goes_to_the_queue_its_rule_names(workplace: Workplace) -> None:
    apply(workplace, TRIAGE)
    refund = workplace.mail(subject="My REFUND  please")
    other = workplace.mail(subject="Opening hours")
    first = workplace.mail(subject="Hello", from_address="joe@sub.example.com")
    again = workplace.mail(subject="Hello", from_address="joe@sub.example.com")

    assert engine.tick(workplace.lodge, at(1)) == engine.Queued(queued=4, exceptions=0, stuck=0)

    assert placed(workplace, refund)[:3] == ("Refunds", "workflow", "refunds")
    assert placed(workplace, refund)[3] == "subject_contains: refund"
    assert placed(workplace, other)[:3] == ("General", "workflow", "otherwise")
    assert placed(workplace, first)[0] == "General"
    assert placed(workplace, again)[:3] == ("Refunds", "workflow", "big customers")
    assert workplace.activity(refund).queued_at == at(1)
    assert engine.tick(workplace.lodge, at(2)) == engine.Queued(0, 0, 0)
    assert workplace.differences() == []


def test_more_than_one_batch_is_placed_in_one_round(workplace: Workplace) -> None:
    apply(workplace, TRIAGE)
    for _ in range(205):
        workplace.mail(subject="Opening hours")
    assert engine.tick(workplace.lodge, at(1)).queued == 205


def test_the_first_workflow_that_places_it_wins(workplace: Workplace) -> None:
    apply(workplace, TRIAGE)
    apply(
        workplace,
        "name: first\nkind: inbound\ndepartment: Customer care\nposition: 0\n".replace("0", "1")
        + "rules:\n- name: vip\n  when: {sender_is: ada@example.org}\n  queue: General\n",
    )
    activity_id = workplace.mail(subject="refund")
    apply(workplace, TRIAGE.replace("kind: inbound", "kind: inbound\nposition: 2"))
    engine.tick(workplace.lodge, at(1))
    assert placed(workplace, activity_id)[2] == "vip"


@pytest.mark.parametrize(
    ("subject", "sender"),
    [
        ("Delivery Status Notification (Failure)?", "ada@example.org"),
        ("The system returned my mail, undeliverable", "ada@example.org"),
        ("Mail system problem", "postmaster@example.org"),
        ("bounce", "mailer@example.org"),
    ],
)
def test_r27_words_of_a_bounce_in_a_customers_subject_make_no_exception(
    workplace: Workplace, subject: str, sender: str
) -> None:
    apply(workplace, TRIAGE)
    activity_id = workplace.mail(subject=subject, from_address=sender, automatic_kind="none")
    engine.tick(workplace.lodge, at(1))
    assert placed(workplace, activity_id)[:2] == ("General", "workflow")


def test_r27_what_the_parser_classed_as_a_bounce_is_an_exception(workplace: Workplace) -> None:
    apply(workplace, TRIAGE)
    activity_id = workplace.mail(subject="Your refund", automatic_kind="bounce")
    engine.tick(workplace.lodge, at(1))
    assert placed(workplace, activity_id)[:2] == ("Exceptions", "bounce")


def test_r24_automatic_mail_is_placed_as_any_other(workplace: Workplace) -> None:
    apply(workplace, TRIAGE)
    activity_id = workplace.mail(subject="Monitor: disk full", automatic_kind="auto_reply")
    engine.tick(workplace.lodge, at(1))
    assert placed(workplace, activity_id)[:2] == ("General", "workflow")


def test_without_a_workflow_it_is_an_exception(workplace: Workplace) -> None:
    activity_id = workplace.mail()
    engine.tick(workplace.lodge, at(1))
    assert placed(workplace, activity_id) == (
        "Exceptions",
        "no_workflow",
        None,
        "the department has no active inbound workflow",
    )


def test_a_queue_that_was_switched_off_makes_an_exception_that_says_so(
    workplace: Workplace,
) -> None:
    apply(workplace, TRIAGE)
    with change_configuration(workplace.lodge.stores.master, by="test", now=NINE) as session:
        session.get_one(master.Queue, workplace.queues["Refunds"]).is_active = False
    activity_id = workplace.mail(subject="refund")
    engine.tick(workplace.lodge, at(1))
    queue, reason, rule, detail = placed(workplace, activity_id)
    assert (queue, reason, rule) == ("Exceptions", "workflow_failed", "refunds")
    assert detail == "workflow triage, rule refunds: queue 'Refunds' is not active"


def test_a_document_that_no_longer_reads_makes_exceptions_that_say_so(
    workplace: Workplace,
) -> None:
    apply(workplace, TRIAGE)
    with workplace.lodge.stores.master.write() as connection:
        connection.execute(update(master.Workflow.__table__).values(document="name: [oops"))
    activity_id = workplace.mail()
    engine.tick(workplace.lodge, at(1))
    queue, reason, _, detail = placed(workplace, activity_id)
    assert (queue, reason) == ("Exceptions", "workflow_failed")
    assert "triage" in str(detail)
    assert "line 1" in str(detail)


def test_without_an_exception_queue_it_stays_new_and_the_service_says_so(
    workplace: Workplace,
) -> None:
    with change_configuration(workplace.lodge.stores.master, by="test", now=NINE) as session:
        session.get_one(master.Queue, workplace.queues["Exceptions"]).is_active = False
    stuck = workplace.mail()
    service = engine.WorkflowEngine(workplace.lodge)
    assert "1 new activities wait" in str(service.tick(at(1)).trouble)
    assert workplace.activity(stuck).status is ActivityStatus.NEW
    apply(workplace, TRIAGE)
    assert service.tick(at(2)).trouble is None
    assert workplace.activity(stuck).status is ActivityStatus.QUEUED


def test_r26_an_exception_put_back_is_normal_work(workplace: Workplace) -> None:
    workplace.agent("grace", "Everybody")
    exception = workplace.mail(automatic_kind="bounce")
    engine.tick(workplace.lodge, at(1))
    normal = workplace.queued("General", now=at(2))
    workplace.ready("grace")
    router.tick(workplace.lodge, at(3))
    assert list(workplace.pending()) == [normal]

    requeue(workplace.lodge, exception, workplace.queues["General"], by=None, now=at(4))

    columns = ("status", "queue_id", "media", "mode", "priority", "department_id")
    router.tick(workplace.lodge, at(5))
    put_back, ordinary = workplace.activity(exception), workplace.activity(normal)
    for name in columns:
        assert getattr(put_back, name) == getattr(ordinary, name)
    grace = workplace.agents["grace"]
    _, offer_id = workplace.pending()[exception]
    desk.accept_offer(workplace.lodge, offer_id, agent_id=grace, now=at(6))
    desk.complete(workplace.lodge, exception, agent_id=grace, now=at(7))
    assert workplace.activity(exception).status is ActivityStatus.COMPLETED
    assert workplace.differences() == []


def test_only_waiting_work_is_requeued_and_only_into_an_active_queue(workplace: Workplace) -> None:
    grace = workplace.agent("grace", "Everybody")
    held = workplace.queued()
    workplace.ready("grace")
    desk.pick(workplace.lodge, held, agent_id=grace, now=at(1))
    with pytest.raises(ConflictError, match="assigned, not waiting"):
        requeue(workplace.lodge, held, workplace.queues["Refunds"], by=grace, now=at(2))
    closed = workplace.queue("Closed", is_active=False)
    with pytest.raises(RefusedError, match="'Closed' is not active"):
        requeue(workplace.lodge, workplace.queued(), closed, by=grace, now=at(2))
    desk.change_state(
        workplace.lodge, grace, workplace.domain_id, state=AgentStateCode.SIGNED_OUT, now=at(3)
    )


def test_applying_twice_changes_nothing_and_a_change_is_a_version(workplace: Workplace) -> None:
    apply(workplace, TRIAGE)
    apply(workplace, TRIAGE)
    apply(workplace, TRIAGE.replace("money back", "chargeback"))
    with workplace.lodge.stores.master.read() as connection:
        versions = connection.execute(
            select(master.ConfigurationVersion.version_no).where(
                master.ConfigurationVersion.table_name == "workflows"
            )
        ).scalars()
        assert sorted(versions) == [1, 2]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (TRIAGE.replace("General", "Generell"), "line 11: no queue 'Generell'.*mean 'General'"),
        (TRIAGE.replace("Customer care", "Sales"), "no department 'Sales'; allowed: Customer care"),
    ],
)
def test_applying_names_what_is_not_there(workplace: Workplace, document: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        apply(workplace, document)
