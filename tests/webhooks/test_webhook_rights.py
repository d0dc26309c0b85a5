"""A webhook gets what its owner may see at the moment of sending, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from fixtures.workplace import NINE
from lodge_core.webhooks import marks
from lodge_platform.configuration import change_configuration
from lodge_platform.events.catalogue import CustomerCreated, EmailSendingStopped
from lodge_platform.events.recorder import Recorder
from lodge_platform.identity import disable_user
from lodge_platform.identity.actions import Action
from lodge_platform.schema.master import Department, Role, RoleAction, UserRole, UserRoleQueue
from lodge_platform.vocabulary import DeliveryStatus
from webhooks.house import House, MovedSender, data_of


def types(house: House) -> list[str]:
    """Type codes that arrived."""
    return [data_of(request)["type"] for request in house.receiver.received]


def department(house: House, name: str) -> int:
    """Another department; the key."""
    with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
        row = Department(name=name)
        session.add(row)
        session.flush()
        return row.department_id


def elsewhere(house: House, department_id: int, payload: Any) -> None:
    """Something happens in another department."""
    with house.lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=NINE, configuration_version_id=0)
        recorder.record(payload, 99, case_id=99, department_id=department_id)
        recorder.flush()


def take_away(house: House, *actions: Action) -> None:
    """The owner's role loses actions."""
    with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
        role = select(Role.role_id).where(Role.name == "integrator").scalar_subquery()
        words = [action.value for action in actions]
        session.execute(
            delete(RoleAction).where(RoleAction.role_id == role, RoleAction.action.in_(words))
        )


def test_s09_s35_nothing_of_another_department_is_delivered(
    house: House, sender: MovedSender
) -> None:
    house.webhook()
    other = department(house, "Elsewhere")
    elsewhere(house, other, EmailSendingStopped(outbox_id=1, outcome="failed", reply="SECRET"))
    elsewhere(house, other, CustomerCreated(kind="individual", name="PERSON"))
    house.happen(7)
    sender.work()
    assert types(house) == ["email_sending_stopped"]
    assert data_of(house.receiver.received[0])["case_id"] == 7
    assert not any(b"SECRET" in r.body or b"PERSON" in r.body for r in house.receiver.received)


def test_s09_a_webhook_of_one_department_gets_nothing_of_the_owners_other_one(
    sqlite_house: House, sqlite_sender: MovedSender
) -> None:
    house = sqlite_house
    house.webhook()
    other = department(house, "Elsewhere")
    with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
        role_id = session.scalars(select(Role.role_id).where(Role.name == "integrator")).one()
        session.add(UserRole(user_id=house.owner_id, role_id=role_id, department_id=other))
    elsewhere(house, other, EmailSendingStopped(outbox_id=1, outcome="failed", reply="no"))
    sqlite_sender.work()
    assert types(house) == []


def test_s09_without_the_right_to_content_and_persons_none_is_delivered(
    sqlite_house: House, sqlite_sender: MovedSender
) -> None:
    house = sqlite_house
    house.webhook()
    take_away(house, Action.CONTENT_READ, Action.PERSONAL_READ)
    house.place.queued(subject="SECRET", from_name="PERSON", from_address="person@example.org")
    sqlite_sender.work()
    assert "activity_created" in types(house)
    for request in house.receiver.received:
        assert b"SECRET" not in request.body
        assert b"PERSON" not in request.body
        assert b"person@example.org" not in request.body


def test_s09_what_waits_is_not_sent_once_its_owner_may_not_see_it(
    house: House, sender: MovedSender
) -> None:
    house.webhook()
    house.receiver.answer = lambda _request: (500, {}, b"")
    house.place.queued(subject="SECRET")
    house.happen(7)
    sender.work()
    house.receiver.received.clear()
    house.receiver.answer = lambda _request: (200, {}, b"")
    take_away(house, Action.CONTENT_READ)
    sender.pass_time(minutes=1, step=timedelta(seconds=20))
    assert types(house)
    assert not any(b"SECRET" in request.body for request in house.receiver.received)
    given_up = [line for line in house.deliveries() if line.status is DeliveryStatus.GIVEN_UP]
    assert given_up
    assert {line.last_answer for line in given_up} == {
        "the webhook's owner may not see this event any more"
    }


@pytest.mark.parametrize("how", ["disabled", "without the right", "narrowed to a queue"])
def test_an_owner_who_may_have_no_webhook_any_more_pauses_it_and_nothing_is_lost(
    house: House, sender: MovedSender, how: str
) -> None:
    webhook_id = house.webhook()
    sender.work()
    if how == "disabled":
        disable_user(house.lodge, house.owner_id, by="test", now=NINE)
    elif how == "without the right":
        take_away(house, Action.WEBHOOK_WRITE)
    else:
        with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
            [held] = session.scalars(select(UserRole).where(UserRole.user_id == house.owner_id))
            queue_id = house.place.queues["General"]
            session.add(UserRoleQueue(user_role_id=held.user_role_id, queue_id=queue_id))
    house.happen(7)
    sender.work()
    assert house.receiver.received == []
    assert "owner" in house.mark(webhook_id).pause_reason
    assert sender.trouble is not None
    assert house.deliveries() == []
    if how == "narrowed to a queue":
        with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
            session.execute(delete(UserRoleQueue))
        with house.lodge.stores.active.write() as connection:
            marks.resume(connection, webhook_id, now=sender.now)
        sender.work()
        assert types(house) == ["email_sending_stopped"]
