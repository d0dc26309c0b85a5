"""Plans say what live work would see: counted in the stores as they are, and true after apply."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from fixtures.workplace import NINE, Workplace, at
from lodge_core.configuring.requeueing import requeue_waiting
from lodge_core.workflows.requeue import requeue
from lodge_platform.configuration import change_configuration
from lodge_platform.configuring.applying import apply, plan
from lodge_platform.configuring.effects import Effect
from lodge_platform.configuring.reading import read_configuration
from lodge_platform.identity import seed_roles
from lodge_platform.identity.sessions import start_session
from lodge_platform.schema.active import Activity, WebhookDelivery
from lodge_platform.schema.master import Role, UserRole
from lodge_platform.vocabulary import DeliveryStatus

TRIAGE = """
workflows:
  - document: |
      name: triage
      kind: inbound
      department: Customer care
      rules:
        - name: refunds
          when: {subject_contains: refund}
          queue: Refunds
      otherwise: General
"""


def test_a_plan_counts_the_activities_that_would_change_queue(workplace: Workplace) -> None:
    refunds = [workplace.queued("General", subject="A refund") for _ in range(3)]
    other = workplace.queued("Refunds", subject="Other")
    workplace.queued("General", subject="Other")
    [effect] = _effects(workplace, TRIAGE)
    assert effect.code == "activities_change_queue"
    assert effect.sentence.startswith(
        "4 waiting activities would change queue: 3 from General to Refunds, 1 from Refunds to "
        "General; they stay where they are unless requeued"
    )
    assert effect.figures["moves"][0] == {"from": "General", "to": "Refunds", "count": 3}
    _apply(workplace, TRIAGE)
    assert {workplace.activity(one).queue_id for one in refunds} == {workplace.queues["General"]}
    assert requeue_waiting(workplace.lodge, now=at(60)) == 4
    assert {workplace.activity(one).queue_id for one in refunds} == {workplace.queues["Refunds"]}
    assert workplace.activity(other).queue_id == workplace.queues["General"]
    assert requeue_waiting(workplace.lodge, now=at(61)) == 0
    assert workplace.differences() == []


def test_where_people_put_an_activity_it_stays(workplace: Workplace) -> None:
    by_hand = workplace.queued("General", subject="A refund")
    requeue(workplace.lodge, by_hand, workplace.queues["General"], by=None, now=at(1))
    [effect] = _effects(workplace, TRIAGE)
    assert effect.figures == {"moves": [], "count": 0, "earlier": 0, "put_by_people": 1}
    _apply(workplace, TRIAGE)
    assert requeue_waiting(workplace.lodge, now=at(60)) == 0


def test_an_activity_that_an_agent_holds_is_not_moved(workplace: Workplace) -> None:
    held = workplace.queued("General", subject="A refund")
    with workplace.lodge.stores.active.write() as connection:
        connection.execute(
            update(Activity.__table__).where(Activity.activity_id == held).values(status="assigned")
        )
    assert _effects(workplace, TRIAGE) == []
    _apply(workplace, TRIAGE)
    assert requeue_waiting(workplace.lodge, now=at(60)) == 0


def test_what_earlier_rules_left_is_told_apart(workplace: Workplace) -> None:
    workplace.queued("General", subject="A refund")
    workplace.queued("General", subject="Other")
    _apply(workplace, TRIAGE)
    [effect] = _effects(workplace, TRIAGE.replace("otherwise: General", "otherwise: Refunds"))
    assert effect.figures["count"] == 1
    assert effect.figures["earlier"] == 1
    assert "earlier rules" in effect.sentence


def test_a_queue_that_goes_and_one_with_other_agents(workplace: Workplace) -> None:
    workplace.agent("ada", "Everybody")
    workplace.agent("bob", "Everybody", "Billing")
    workplace.ready("bob")
    workplace.many_queued(5, "General")
    off = "queues: [{name: General, department: Customer care, media_routing_domain: E-mail,"
    off += " service_level_seconds: 3600, is_active: false}]"
    [effect] = _effects(workplace, off)
    assert effect.sentence == (
        "queue General: takes no new activities; 5 activities waiting in it now stay and are served"
    )
    moved = off.replace("is_active: false", "skill_group: Billing, priority: 1")
    agents, priority = _effects(workplace, moved)
    assert agents.figures == {
        "waiting": 5,
        "agents_before": 2,
        "agents_after": 1,
        "no_longer": 1,
        "newly": 0,
        "ready": 1,
    }
    assert priority.sentence.endswith("would be served at rank 1 instead of 4")


def test_a_workflow_that_loses_its_queue_is_told(workplace: Workplace) -> None:
    _apply(workplace, TRIAGE)
    workplace.queued("Refunds", subject="A refund")
    queues = "queues: [{name: Refunds, department: Customer care, media_routing_domain: E-mail,"
    found = _effects(workplace, queues + " service_level_seconds: 3600, is_active: false}]")
    assert [effect.code for effect in found] == [
        "queue_off",
        "workflow_broken",
        "activities_change_queue",
    ]
    assert found[2].figures["moves"] == [{"from": "Refunds", "to": "Exceptions", "count": 1}]


def test_a_service_level_counts_who_would_be_late(workplace: Workplace) -> None:
    workplace.many_queued(2, "General", now=NINE)
    workplace.many_queued(3, "General", now=at(1000))
    document = "queues: [{name: General, department: Customer care, media_routing_domain: E-mail,"
    document += " service_level_seconds: 600}]"
    read = read_configuration(document, "f.yaml", folder=None)
    [effect] = plan(workplace.lodge, read, now=at(1200)).effects
    assert (effect.figures["late_before"], effect.figures["late_after"]) == (0, 2)


def test_a_user_who_goes_and_one_who_loses_a_role(workplace: Workplace) -> None:
    ada = workplace.agent("ada", "Everybody")
    with change_configuration(workplace.lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
        role_id = session.scalars(select(Role.role_id).where(Role.name == "agent")).one()
        session.add(UserRole(user_id=ada, role_id=role_id, department_id=workplace.department_id))
    with workplace.lodge.stores.master.write() as connection:
        start_session(connection, ada, hours=8, now=NINE)
    held = workplace.queued("General")
    with workplace.lodge.stores.active.write() as connection:
        connection.execute(
            update(Activity.__table__)
            .where(Activity.activity_id == held)
            .values(status="assigned", agent_id=ada)
        )
    user = "users: [{sign_in_name: ada, display_name: Ada, department: Customer care, %s}]"
    [off] = _effects(workplace, user % "is_active: false")
    assert off.figures == {"held": 1, "sessions": 1, "api_keys": 0}
    assert "1 session end" in off.sentence
    [lost] = _effects(workplace, user % "roles: []")
    assert "activity.work" in lost.figures["lost"][0]
    leaves = _effects(workplace, user % "skill_groups: []")
    assert [(one.code, one.figures["leave"]) for one in leaves] == [("skill_group_agents", 1)]
    role = "roles: [{name: agent, actions: [activity.read]}]"
    assert {one.code for one in _effects(workplace, role)} == {"role_actions"}


def test_an_alias_an_entry_point_and_a_department_that_go(workplace: Workplace) -> None:
    workplace.many_queued(2, "General")
    _apply(
        workplace,
        "entry_points: [{name: Page, department: Customer care, media: chat, queue: General}]",
    )
    alias = "aliases: [{address: support@lodge.test, department: Customer care,"
    [off] = _effects(workplace, alias + " source_kind: imap, is_active: false}]")
    assert off.sentence.startswith("mail to support@lodge.test is no longer fetched; 0 answers")
    [page] = _effects(
        workplace,
        "entry_points: [{name: Page, department: Customer care, media: chat, queue: General,"
        " is_active: false}]",
    )
    assert page.code == "entry_point_off"
    [closed] = _effects(workplace, "departments: [{name: Customer care, is_active: false}]")
    assert closed.figures == {"users": 0, "open": 2}


def test_categories_codes_and_attributes_in_use_are_counted(workplace: Workplace) -> None:
    _apply(
        workplace,
        """
categories: [{name: Delivery, department: Customer care}]
resolution_codes: [{name: Done, department: Customer care}]
custom_attributes: [{object_type: activity, name: size, label: Size, attribute_type: text}]
""",
    )
    used, _ = workplace.many_queued(2, "General")
    with workplace.lodge.stores.active.write() as connection:
        connection.execute(
            update(Activity.__table__)
            .where(Activity.activity_id == used)
            .values(category_ids=[1], resolution_code_ids=[1], attributes={"size": "large"})
        )
    changes = """
categories: [{name: Delivery, department: Customer care, is_active: false}]
resolution_codes: [{name: Done, department: Customer care, is_active: false}]
custom_attributes: [{object_type: activity, name: size, label: Size, attribute_type: integer}]
"""
    found = {effect.code: effect.figures for effect in _effects(workplace, changes)}
    assert found == {
        "category_off": {"used": 1, "open": 1},
        "resolution_code_off": {"used": 1, "open": 1},
        "attribute_retyped": {"used": 1},
    }
    pruned = read_configuration("categories: []\nresolution_codes: []", "f.yaml", folder=None)
    planned = plan(workplace.lodge, pruned, now=NINE, is_pruning=True)
    assert {change.action for change in planned.changes} == {"changed"}  # switched off, not deleted


def test_a_task_limit_and_a_webhook(workplace: Workplace) -> None:
    ada = workplace.agent("ada", "Everybody")
    for one in workplace.many_queued(3, "General"):
        with workplace.lodge.stores.active.write() as connection:
            connection.execute(
                update(Activity.__table__)
                .where(Activity.activity_id == one)
                .values(status="assigned", agent_id=ada)
            )
    limit = "media_routing_domains: [{name: E-mail, media: email, task_limit: 2,"
    [effect] = _effects(workplace, limit + " offer_seconds: 60, misses_allowed: 3}]")
    assert effect.figures == {"above": 1}
    hook = "webhooks: [{name: w, department: Customer care, user: ada, url: https://a.example/%s}]"
    _apply(workplace, hook % "1")
    with workplace.lodge.stores.active.write() as connection:
        connection.execute(
            insert(WebhookDelivery).values(
                webhook_id=1,
                event_id=1,
                feed_no=1,
                ordering_key="case:1",
                payload="{}",
                status=DeliveryStatus.WAITING,
                created_at=NINE,
                due_at=NINE + timedelta(hours=1),
            )
        )
    [moved] = _effects(workplace, hook % "2")
    assert moved.figures == {"waiting": 1}


@pytest.mark.parametrize("document", ["{}", "queues: []", "departments: [{name: Customer care}]"])
def test_a_change_that_changes_nothing_has_no_effects(workplace: Workplace, document: str) -> None:
    workplace.queued("General")
    assert _effects(workplace, document) == []


def _effects(workplace: Workplace, document: str) -> list[Effect]:
    read: Any = read_configuration(document, "f.yaml", folder=Path())
    return plan(workplace.lodge, read, now=NINE).effects


def _apply(workplace: Workplace, document: str) -> None:
    read = read_configuration(document, "f.yaml", folder=Path())
    apply(workplace.lodge, read, by="test", now=NINE)
