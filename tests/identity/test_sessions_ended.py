"""S-20: every change that makes a session untrue ends it, by whatever way the change is made."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from fixtures.workplace import Workplace
from identity.people import HOME, NINE, PASSWORD, reader_of
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, SetUpError
from lodge_platform.identity import Action, sign_in, who_is
from lodge_platform.identity.sessions import hash_token, living_sessions, start_session
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import (
    Department,
    RoleAction,
    User,
    UserRole,
    UserRoleQueue,
    UserSession,
)

CHANGES = {
    "password": "password_changed",
    "disabled": "user_disabled",
    "grant": "role_changed",
    "revoke": "role_changed",
    "narrowed": "role_changed",
    "widened": "role_changed",
    "action given": "role_changed",
    "action taken": "role_changed",
    "department closed": "role_changed",
}


def _change(lodge: Lodge, place: Workplace, user_id: int, change: str) -> None:
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        grant = session.scalars(select(UserRole).where(UserRole.user_id == user_id)).one()
        action = select(RoleAction).where(RoleAction.role_id == grant.role_id).limit(1)
        if change == "password":
            session.get_one(User, user_id).password_hash = "another"
        elif change == "disabled":
            session.get_one(User, user_id).is_active = False
        elif change == "grant":
            session.add(
                UserRole(
                    user_id=user_id, role_id=grant.role_id + 1, department_id=grant.department_id
                )
            )
        elif change == "revoke":
            session.delete(grant)
        elif change == "narrowed":
            queue_id = place.queues["Refunds"]
            session.add(UserRoleQueue(user_role_id=grant.user_role_id, queue_id=queue_id))
        elif change == "widened":
            session.delete(session.scalars(select(UserRoleQueue)).one())
        elif change == "action given":
            session.add(RoleAction(role_id=grant.role_id, action="export"))
        elif change == "action taken":
            session.delete(session.scalars(action).one())
        else:
            session.get_one(Department, place.department_id).is_active = False


@pytest.mark.parametrize("change", CHANGES)
def test_s20_a_session_ends_in_the_transaction_that_makes_it_untrue(
    lodge: Lodge, workplace: Workplace, grace: int, ida: int, change: str
) -> None:
    if change == "widened":
        _change(lodge, workplace, grace, "narrowed")
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    other = sign_in(lodge, "ida", PASSWORD, HOME, NINE)
    _change(lodge, workplace, grace, change)
    assert who_is(lodge, token, NINE) is None
    assert living_sessions(lodge, [hash_token(token)], NINE) == set()
    with lodge.stores.master.read() as connection:
        reason = select(UserSession.end_reason).where(UserSession.token_hash == hash_token(token))
        assert connection.execute(reason).scalar_one() == CHANGES[change]
    assert (who_is(lodge, other, NINE) is None) == (change == "department closed")


def test_a_change_that_makes_nothing_untrue_ends_nothing(lodge: Lodge, grace: int) -> None:
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        user = session.get_one(User, grace)
        user.display_name, user.email_address = "Rear Admiral", "grace@example.org"
        user.is_active = True
    assert who_is(lodge, token, NINE)


def test_a_change_that_is_not_kept_ends_nothing(lodge: Lodge, grace: int) -> None:
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)

    def disable_and_break_off() -> None:
        with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
            session.get_one(User, grace).is_active = False
            session.flush()
            raise ConflictError("not after all")

    with pytest.raises(ConflictError, match="not after all"):
        disable_and_break_off()
    assert who_is(lodge, token, NINE)


def test_rights_are_read_anew_with_each_request_whatever_wrote_them(
    lodge: Lodge, workplace: Workplace, grace: int
) -> None:
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    with lodge.stores.master.write() as connection:
        connection.execute(update(Department).values(is_active=False))
    reader = who_is(lodge, token, NINE)
    assert reader is not None
    assert not reader.may(Action.ACTIVITY_READ)


def test_actions_that_need_a_second_factor_are_not_there_after_a_password_alone(
    lodge: Lodge, workplace: Workplace, ida: int
) -> None:
    strict = replace(
        lodge, settings=replace(lodge.settings, second_factor_actions="export, webhook.write")
    )
    reader = reader_of(strict, "ida")
    assert not reader.may(Action.EXPORT)
    assert reader.may(Action.ACTIVITY_READ, workplace.department_id)
    with strict.stores.master.write() as connection:
        token = start_session(connection, ida, hours=1, now=NINE, method="password_totp")
    whole = who_is(strict, token, NINE)
    assert whole is not None
    assert whole.may(Action.EXPORT, workplace.department_id)


def test_a_setting_that_names_no_action_is_refused_by_name(lodge: Lodge, grace: int) -> None:
    wrong = replace(lodge, settings=replace(lodge.settings, second_factor_actions="exprt"))
    with pytest.raises(SetUpError, match="names 'exprt', which is no action; did you mean"):
        reader_of(wrong, "grace")
