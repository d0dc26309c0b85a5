"""Signing in: who gets in, what the others are told, and how long it lasts."""

import time
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from fixtures.workplace import Workplace
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.identity import (
    Action,
    TooManyAttemptsError,
    create_user,
    disable_user,
    end_session,
    grant_role,
    revoke_role,
    seed_roles,
    set_password,
    sign_in,
    who_is,
)
from lodge_platform.identity.attempts import FAILURES_A_NAME, FAILURES_AN_ADDRESS, WINDOW
from lodge_platform.identity.sessions import hash_token, living_sessions
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import ConfigurationVersion, SignInAttempt, User, UserSession

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
PASSWORD = "correct horse"
HOME = "192.0.2.1"


@pytest.fixture
def lodge(workplace: Workplace) -> Lodge:
    """A Lodge with the default roles."""
    with change_configuration(workplace.lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
    return workplace.lodge


@pytest.fixture
def grace(lodge: Lodge, workplace: Workplace) -> int:
    """An agent."""
    return create_user(
        lodge,
        " Grace ",
        display_name="Grace Hopper",
        department_id=workplace.department_id,
        password=PASSWORD,
        roles=["agent"],
        by="test",
        now=NINE,
    )


def test_a_name_and_password_sign_in_and_give_the_rights_of_the_roles(
    lodge: Lodge, workplace: Workplace, grace: int
) -> None:
    token = sign_in(lodge, "GRACE", PASSWORD, HOME, NINE)
    reader = who_is(lodge, token, NINE)
    assert reader is not None
    assert (reader.user_id, reader.display_name) == (grace, "Grace Hopper")
    assert reader.departments_with(Action.ACTIVITY_WORK) == {workplace.department_id}
    assert reader.may(Action.ACTIVITY_READ, workplace.department_id)
    assert not reader.may(Action.ACTIVITY_READ, workplace.department_id + 1)
    assert not reader.may(Action.USER_MANAGE)


@pytest.mark.parametrize(
    ("name", "password"), [("nobody", PASSWORD), ("grace", "wrong"), ("grace\0", "x"), ("", "")]
)
def test_s22_unknown_and_wrong_are_refused_in_the_same_words(
    lodge: Lodge, grace: int, name: str, password: str
) -> None:
    with pytest.raises(RefusedError, match=r"^this name and password do not sign in$"):
        sign_in(lodge, name, password, HOME, NINE)


def test_s22_a_disabled_user_is_refused_in_the_same_words(lodge: Lodge, grace: int) -> None:
    disable_user(lodge, grace, by="test", now=NINE)
    with pytest.raises(RefusedError, match=r"^this name and password do not sign in$"):
        sign_in(lodge, "grace", PASSWORD, HOME, NINE)


def test_s22_a_user_without_a_password_is_refused(lodge: Lodge, workplace: Workplace) -> None:
    create_user(
        lodge,
        "robot",
        display_name="Robot",
        department_id=workplace.department_id,
        password=None,
        by="test",
        now=NINE,
    )
    for password in ("", "None", "\0nobody's password\0"):
        with pytest.raises(RefusedError, match="do not sign in"):
            sign_in(lodge, "robot", password, HOME, NINE)


def test_s22_an_unknown_name_takes_as_long_as_a_wrong_password(lodge: Lodge, grace: int) -> None:
    def seconds(name: str) -> float:
        began = time.perf_counter()
        with pytest.raises(RefusedError):
            sign_in(lodge, name, "wrong password", HOME, NINE)
        return time.perf_counter() - began

    seconds("nobody")
    known, unknown = (median(seconds(name) for _ in range(3)) for name in ("grace", "nobody"))
    assert 0.4 < unknown / known < 2.5


def test_s22_a_name_that_failed_too_often_must_wait_known_or_not(lodge: Lodge, grace: int) -> None:
    for name in ("grace", "nobody"):
        for attempt in range(FAILURES_A_NAME):
            with pytest.raises(RefusedError):
                sign_in(lodge, name, "wrong", f"192.0.2.{attempt}", NINE)
        with pytest.raises(TooManyAttemptsError, match="wait 15 minutes"):
            sign_in(lodge, name, PASSWORD, "198.51.100.7", NINE)
    assert sign_in(lodge, "grace", PASSWORD, HOME, NINE + WINDOW)


def test_s22_an_address_that_failed_too_often_must_wait(lodge: Lodge, grace: int) -> None:
    failures = [
        {"sign_in_name": f"n{n}", "address": HOME, "attempted_at": NINE, "is_success": False}
        for n in range(FAILURES_AN_ADDRESS)
    ]
    with lodge.stores.master.write() as connection:
        connection.execute(SignInAttempt.__table__.insert(), failures)
    with pytest.raises(TooManyAttemptsError):
        sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    assert sign_in(lodge, "grace", PASSWORD, "192.0.2.2", NINE)


def test_s22_tries_past_the_limit_do_not_prolong_it(lodge: Lodge, grace: int) -> None:
    for _ in range(FAILURES_A_NAME):
        with pytest.raises(RefusedError):
            sign_in(lodge, "grace", "wrong", HOME, NINE)
    with pytest.raises(TooManyAttemptsError):
        sign_in(lodge, "grace", PASSWORD, HOME, NINE + WINDOW / 2)
    assert sign_in(lodge, "grace", PASSWORD, HOME, NINE + WINDOW)


def test_s21_the_store_has_only_the_hash_of_a_token(lodge: Lodge, grace: int) -> None:
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    other = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    assert token != other
    assert len(token) >= 43  # 256 bits in base64
    with lodge.stores.master.read() as connection:
        kept = set(connection.execute(select(UserSession.token_hash)).scalars())
    assert kept == {hash_token(token), hash_token(other)}


@pytest.mark.parametrize("token", [None, "", "x", "x" * 5000, hash_token("")])
def test_s21_no_token_an_empty_one_and_an_unknown_one_are_nobody(
    lodge: Lodge, grace: int, token: str | None
) -> None:
    assert who_is(lodge, token, NINE) is None


def test_a_session_ends_after_its_hours_however_busy(lodge: Lodge, grace: int) -> None:
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    for hour in range(12):
        assert who_is(lodge, token, NINE + timedelta(hours=hour))
    assert who_is(lodge, token, NINE + timedelta(hours=12)) is None


def test_an_idle_session_ends_after_half_its_hours(lodge: Lodge, grace: int) -> None:
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    assert who_is(lodge, token, NINE + timedelta(hours=5, minutes=59), is_background=True)
    assert who_is(lodge, token, NINE + timedelta(hours=6)) is None


def test_the_use_of_a_session_is_noted_at_most_once_a_minute(lodge: Lodge, grace: int) -> None:
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    for seconds, noted in ((59, 0), (60, 60), (100, 60), (125, 125)):
        who_is(lodge, token, NINE + timedelta(seconds=seconds))
        with lodge.stores.master.read() as connection:
            seen = connection.execute(select(UserSession.seen_at)).scalar_one()
        assert seen == NINE + timedelta(seconds=noted)


def test_signing_out_ends_one_session_only(lodge: Lodge, grace: int) -> None:
    here, there = (sign_in(lodge, "grace", PASSWORD, HOME, NINE) for _ in range(2))
    end_session(lodge, here, NINE)
    assert who_is(lodge, here, NINE) is None
    assert who_is(lodge, there, NINE)


@pytest.mark.parametrize("change", ["password", "disable", "grant", "revoke"])
def test_s20_a_change_of_password_role_or_user_ends_every_session_at_once(
    lodge: Lodge, workplace: Workplace, grace: int, change: str
) -> None:
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    department = workplace.department_id
    if change == "password":
        set_password(lodge, grace, password="another horse", by="user:1", now=NINE)
    elif change == "disable":
        disable_user(lodge, grace, by="user:1", now=NINE)
    else:
        role = "supervisor" if change == "grant" else "agent"
        act = grant_role if change == "grant" else revoke_role
        act(lodge, grace, role=role, department_id=department, by="user:1", now=NINE)
    assert who_is(lodge, token, NINE) is None
    assert living_sessions(lodge, [hash_token(token)], NINE) == set()


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(lodge: Lodge, grace: int) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with lodge.stores.master.write() as connection:
        connection.execute(update(User).values(password_hash=old))
    token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    with lodge.stores.master.read() as connection:
        new = connection.execute(select(User.password_hash)).scalar_one()
    assert new is not None
    assert new.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert who_is(lodge, token, NINE)


@pytest.mark.parametrize("password", ["short", "x" * 257, "charles1"])
def test_a_poor_password_is_refused_and_says_why(
    lodge: Lodge, workplace: Workplace, password: str
) -> None:
    with pytest.raises(RefusedError, match="a password"):
        create_user(
            lodge,
            "charles1",
            display_name="Charles",
            department_id=workplace.department_id,
            password=password,
            by="test",
            now=NINE,
        )


def test_a_name_is_given_once(lodge: Lodge, workplace: Workplace, grace: int) -> None:
    with pytest.raises(ConflictError):
        create_user(
            lodge,
            "GRACE",
            display_name="Another",
            department_id=workplace.department_id,
            password=None,
            by="test",
            now=NINE,
        )


def test_s25_no_version_of_a_user_carries_the_password_hash(lodge: Lodge, grace: int) -> None:
    set_password(lodge, grace, password="another horse", by="user:1", now=NINE)
    with lodge.stores.master.read() as connection:
        lines = connection.execute(
            select(ConfigurationVersion.old_values, ConfigurationVersion.new_values).where(
                ConfigurationVersion.table_name == "users"
            )
        ).all()
    assert lines
    assert "argon2" not in str(lines)
    assert all("password_hash" not in (line.new_values or {}) for line in lines)


def test_roles_are_seeded_once_and_an_operators_changes_stay(lodge: Lodge) -> None:
    from lodge_platform.schema.master import Role, RoleAction

    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        agent = session.scalars(select(Role).where(Role.name == "agent")).one()
        taken = session.scalars(
            select(RoleAction).where(
                RoleAction.role_id == agent.role_id, RoleAction.action == "dictionary.read"
            )
        ).one()
        session.delete(taken)
        session.flush()
        before = session.scalar(select(func.count()).select_from(RoleAction))
        seed_roles(session)
        assert session.scalar(select(func.count()).select_from(RoleAction)) == before
