"""API keys: how they are made, what they may do, and when they are worth nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from fixtures.workplace import Workplace
from identity.people import HOME, NINE, another_department, person, reader_of
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ForbiddenError, NotFoundError, RefusedError
from lodge_platform.identity import (
    Action,
    disable_user,
    grant_role,
    make_key,
    revoke_key,
    revoke_role,
    set_password,
    who_is_key,
)
from lodge_platform.identity.sessions import hash_token
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import (
    ApiKey,
    ApiKeyUse,
    ConfigurationVersion,
    Department,
    UserRole,
    UserRoleQueue,
)

WEEK = NINE + timedelta(days=7)


def made(lodge: Lodge, *actions: str, name: str = "ida") -> str:
    """A key of this person for these actions."""
    reader = reader_of(lodge, name)
    return make_key(lodge, reader, name="sync", actions=actions, expires_at=WEEK, now=NINE).key


def test_a_key_does_what_it_was_made_for_and_nothing_else(
    lodge: Lodge, workplace: Workplace, ida: int
) -> None:
    key = made(lodge, "activity.read", "export")
    reader = who_is_key(lodge, key, NINE, HOME)
    assert reader is not None
    assert (reader.user_id, reader.user_session_id) == (ida, 0)
    assert reader.name == f"key:{reader.api_key_id}"
    assert reader.rights == {workplace.department_id: {Action.ACTIVITY_READ, Action.EXPORT}}


def test_s21_the_store_has_only_the_hash_and_the_first_characters(lodge: Lodge, ida: int) -> None:
    key, other = made(lodge, "export"), made(lodge, "export")
    assert key.startswith("lodge_")
    assert key != other
    assert len(bytes.fromhex(key.removeprefix("lodge_"))) == 32
    with lodge.stores.master.read() as connection:
        rows = connection.execute(select(ApiKey.__table__)).all()
        versions = connection.execute(select(ConfigurationVersion.new_values)).all()
    assert rows[0].token_hash == hash_token(key)
    assert rows[0].start == key[:10]
    assert key[10:] not in str(rows)
    assert rows[0].token_hash not in str(versions)


@pytest.mark.parametrize(
    "token", [None, "", "lodge_", "lodge_" + "0" * 64, "x" * 70, "lodge_" + "é" * 64, "x" * 9999]
)
def test_s21_no_key_and_a_wrong_one_are_nobody(lodge: Lodge, ida: int, token: str | None) -> None:
    made(lodge, "export")
    assert who_is_key(lodge, token, NINE, HOME) is None


@pytest.mark.parametrize("kept", ["", "null", "lodge_"])
def test_s21_an_empty_hash_lets_nobody_in(lodge: Lodge, ida: int, kept: str) -> None:
    with lodge.stores.master.write() as connection:
        connection.execute(
            insert(ApiKey).values(
                user_id=ida,
                name="broken",
                start="",
                token_hash=kept,
                actions=["export"],
                created_at=NINE,
                expires_at=WEEK,
                version_no=1,
            )
        )
    for token in ("", "null", "lodge_", None):
        assert who_is_key(lodge, token, NINE, HOME) is None


def test_s21_a_key_ends_by_itself(lodge: Lodge, ida: int) -> None:
    key = made(lodge, "export")
    assert who_is_key(lodge, key, WEEK - timedelta(seconds=1), HOME)
    assert who_is_key(lodge, key, WEEK, HOME) is None


@pytest.mark.parametrize("end", [NINE, NINE - timedelta(days=1), NINE + timedelta(days=367)])
def test_s21_an_end_is_ahead_and_not_too_far(lodge: Lodge, ida: int, end: object) -> None:
    reader = reader_of(lodge, "ida")
    with pytest.raises(RefusedError, match="a key ends after now and at 2027-01-06") as caught:
        make_key(lodge, reader, name="x", actions=["export"], expires_at=end, now=NINE)  # type: ignore[arg-type]
    assert caught.value.field == "expires_at"


@pytest.mark.parametrize(
    "actions", [["user.manage"], ["export", "sql.query"], ["nonsense"], ["public"], []]
)
def test_a_key_gets_no_action_that_its_user_has_not(
    lodge: Lodge, ida: int, actions: list[str]
) -> None:
    with pytest.raises(RefusedError) as caught:
        made(lodge, *actions)
    assert caught.value.field == "actions"
    assert "export" in caught.value.allowed


def test_a_key_is_narrowed_to_departments_of_its_user(
    lodge: Lodge, workplace: Workplace, ida: int
) -> None:
    other, foreign = another_department(lodge), another_department(lodge, "Foreign")
    grant_role(lodge, ida, role="agent", department_id=other, by="test", now=NINE)
    reader = reader_of(lodge, "ida")

    def key(*departments: int, actions: tuple[str, ...] = ("activity.read",)) -> str:
        return make_key(
            lodge,
            reader,
            name="x",
            actions=actions,
            expires_at=WEEK,
            department_ids=departments,
            now=NINE,
        ).key

    found = who_is_key(lodge, key(other), NINE, HOME)
    assert found is not None
    assert found.rights == {other: {Action.ACTIVITY_READ}}
    for departments in ((foreign,), (), (other, foreign)):
        with pytest.raises(RefusedError) as caught:
            key(*departments)
        assert caught.value.field == "department_ids"
    with pytest.raises(RefusedError, match=r"you may not do 'export' there"):
        key(other, actions=("export",))


def test_only_who_may_have_keys_makes_one_and_no_key_makes_another(
    lodge: Lodge, grace: int, ida: int
) -> None:
    with pytest.raises(ForbiddenError, match=r"key\.own"):
        made(lodge, "activity.read", name="grace")
    asking = who_is_key(lodge, made(lodge, "key.own", "export"), NINE, HOME)
    assert asking is not None
    with pytest.raises(ForbiddenError, match="an API key makes no API keys"):
        make_key(lodge, asking, name="x", actions=["export"], expires_at=WEEK, now=NINE)


def test_s20_a_revoked_key_is_worth_nothing_at_once(lodge: Lodge, ida: int, grace: int) -> None:
    key = made(lodge, "export")
    found = who_is_key(lodge, key, NINE, HOME)
    assert found is not None
    assert found.api_key_id is not None
    with pytest.raises(NotFoundError):
        revoke_key(lodge, reader_of(lodge, "grace"), found.api_key_id, now=NINE)
    assert who_is_key(lodge, key, NINE, HOME)
    for _ in range(2):
        revoke_key(lodge, reader_of(lodge, "ida"), found.api_key_id, now=NINE)
    assert who_is_key(lodge, key, NINE, HOME) is None


@pytest.mark.parametrize("change", ["disable", "password", "department", "role"])
def test_s20_a_change_of_the_user_ends_what_the_key_may(
    lodge: Lodge, workplace: Workplace, ida: int, change: str
) -> None:
    key, department = made(lodge, "export"), workplace.department_id
    assert who_is_key(lodge, key, NINE, HOME)
    if change == "disable":
        disable_user(lodge, ida, by="test", now=NINE)
    elif change == "password":
        set_password(lodge, ida, password="another horse", by="test", now=NINE)
    elif change == "role":
        revoke_role(lodge, ida, role="integrator", department_id=department, by="test", now=NINE)
    else:
        with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
            session.get_one(Department, department).is_active = False
    assert who_is_key(lodge, key, NINE, HOME) is None


def test_s20_a_key_of_a_disabled_user_does_not_come_back_with_the_user(
    lodge: Lodge, ida: int
) -> None:
    from lodge_platform.schema.master import User

    key = made(lodge, "export")
    disable_user(lodge, ida, by="test", now=NINE)
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        session.get_one(User, ida).is_active = True
    assert who_is_key(lodge, key, NINE, HOME) is None


def test_a_key_has_the_queues_of_its_users_narrowed_role(
    lodge: Lodge, workplace: Workplace
) -> None:
    person(lodge, "quinn", "integrator", department_id=workplace.department_id)
    refunds = workplace.queues["Refunds"]
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        grant = session.scalars(select(UserRole)).one()
        session.add(UserRoleQueue(user_role_id=grant.user_role_id, queue_id=refunds))
    found = who_is_key(lodge, made(lodge, "activity.read", name="quinn"), NINE, HOME)
    assert found is not None
    assert found.rights == {}
    assert found.queue_rights == {refunds: {Action.ACTIVITY_READ}}
    assert found.may(Action.ACTIVITY_READ, workplace.department_id, refunds)
    assert not found.may(Action.ACTIVITY_READ, workplace.department_id)


def test_the_use_of_a_key_is_noted_at_most_once_a_minute(lodge: Lodge, ida: int) -> None:
    key = made(lodge, "export")
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (100, 60), (125, 125)):
        assert who_is_key(lodge, key, NINE + timedelta(seconds=seconds), f"192.0.2.{seconds}")
        with lodge.stores.master.read() as connection:
            use = connection.execute(select(ApiKeyUse.__table__)).one()
        assert (use.used_at, use.address) == (NINE + timedelta(seconds=noted), f"192.0.2.{noted}")
