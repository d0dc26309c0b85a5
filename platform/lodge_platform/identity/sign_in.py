"""Signing in: a name and a password, and a code where one is asked for, become a session.

The second step has a token of its own, good for ten minutes, five wrong codes and nothing else.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.identity.attempts import begin_attempt, mark_success
from lodge_platform.identity.one_time import (
    Purpose,
    SpentTokenError,
    give_token,
    look_at,
    note_failure,
    use_up,
)
from lodge_platform.identity.passwords import hash_again, is_outdated, is_password
from lodge_platform.identity.seats import NoSeatError, take_seat
from lodge_platform.identity.second_factor import WRONG_CODE, check_code, is_asked_for
from lodge_platform.identity.sessions import start_session
from lodge_platform.identity.users import normal_name
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import User
from lodge_platform.sessions_ended import SAME_PASSWORD
from lodge_platform.stores import Store

REFUSAL = "this name and password do not sign in"


class CodeWantedError(RefusedError):
    """The password was right, and a code is asked for besides: `step_token` goes with it."""

    def __init__(self, step_token: str) -> None:
        super().__init__("a code of the second factor is asked for besides the password")
        self.step_token = step_token


def sign_in(lodge: Lodge, name: str, password: str, address: str, now: datetime) -> str:
    """Sign in from network address `address` and give the session's token.

    Raises RefusedError, in the same words and after the same work, for an unknown name, a wrong
    password and a disabled user; CodeWantedError when a second step is asked for;
    TooManyAttemptsError after too many failures; NoSeatError when no seat is free.
    """
    wanted = normal_name(name).replace("\0", "")[:100]
    master = lodge.stores.master
    attempt = begin_attempt(master, wanted, address=address[:100], now=now)
    with master.read() as connection:
        user = connection.execute(
            select(User.user_id, User.password_hash, User.is_active).where(
                User.sign_in_name == wanted
            )
        ).first()
    is_right = is_password(password, user.password_hash if user else None)
    if user is None or not is_right or not user.is_active:
        raise RefusedError(REFUSAL)
    kept: str = user.password_hash
    if is_outdated(kept):
        kept = _hash_again(lodge, user.user_id, password=password, old=kept, now=now)
    with _right_without_a_seat(master, attempt, now), master.write() as connection:
        still = _locked(connection, user.user_id)
        if still.password_hash != kept or not still.is_active:
            raise RefusedError(REFUSAL)
        is_whole = not is_asked_for(connection, user.user_id)
        if is_whole:
            take_seat(lodge, connection, user.user_id, now)
            hours = lodge.settings.session_hours
            token = start_session(connection, user.user_id, hours=hours, now=now)
        else:
            purpose = Purpose.SECOND_FACTOR
            token = give_token(connection, purpose, user_id=user.user_id, now=now)
    mark_success(master, attempt, now=now)
    if not is_whole:
        raise CodeWantedError(token)
    return token


def sign_in_with_code(lodge: Lodge, step_token: str, code: str, address: str, now: datetime) -> str:
    """The second step: a right code signs in and gives the session's token.

    Raises SpentTokenError when the step is over, RefusedError for a wrong code,
    TooManyAttemptsError after too many of the account or the address.
    """
    master = lodge.stores.master
    with master.read() as connection:
        step = look_at(connection, step_token, Purpose.SECOND_FACTOR, now=now)
        statement = select(User.sign_in_name).where(User.user_id == step.user_id)
        name = connection.execute(statement).scalar_one()
    attempt = begin_attempt(master, name, address=address[:100], now=now)
    token = None
    with _right_without_a_seat(master, attempt, now), master.write() as connection:
        # Looked at again with its row locked: of several codes at once each one counts.
        step = look_at(connection, step_token, Purpose.SECOND_FACTOR, now=now)
        user_id = step.user_id or 0
        if not _locked(connection, user_id).is_active:
            raise SpentTokenError
        if check_code(lodge, connection, user_id, code, now):
            take_seat(lodge, connection, user_id, now)
            use_up(connection, step, now=now)
            hours = lodge.settings.session_hours
            token = start_session(connection, user_id, hours=hours, now=now, method="password_totp")
        else:
            note_failure(connection, step)
    if token is None:
        raise RefusedError(WRONG_CODE, field="code")
    mark_success(master, attempt, now=now)
    return token


@contextmanager
def _right_without_a_seat(master: Store, attempt: int, now: datetime) -> Generator[None]:
    """A try that was right counts as no failure where no seat is free."""
    try:
        yield
    except NoSeatError:
        mark_success(master, attempt, now=now)
        raise


def _locked(connection: Connection, user_id: int) -> Row[*tuple[Any, ...]]:
    """The user's row, which no change of it overtakes until this sign-in is committed."""
    statement = select(User.password_hash, User.is_active).where(User.user_id == user_id)
    return connection.execute(statement.with_for_update(read=True)).one()


def _hash_again(lodge: Lodge, user_id: int, *, password: str, old: str, now: datetime) -> str:
    new = hash_again(password)
    try:
        with change_configuration(lodge.stores.master, by="sign_in", now=now) as session:
            session.info[SAME_PASSWORD] = True
            row = session.get_one(User, user_id)
            if row.password_hash != old:
                return old
            row.password_hash = new
    except ConflictError:
        return old
    return new
