"""A second factor: enrolled, confirmed, asked for at sign-in, recovered from, taken away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.orm import Session

from lodge_platform.configuration import change_configuration, note_change
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.identity.attempts import begin_attempt, mark_success
from lodge_platform.identity.codes import (
    hash_recovery,
    new_recovery_codes,
    new_secret,
    step_of,
    uri_of,
    without_recovery,
)
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import SecondFactor, User
from lodge_platform.sealing import seal, unseal
from lodge_platform.sessions_ended import end_sessions

WRONG_CODE = "this code is not right; take the one your authenticator shows now"
TABLE = "second_factors"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator needs: `uri` for a QR code, `secret` to be typed."""

    uri: str
    secret: str


@dataclass(frozen=True)
class SecondFactorState:
    """Whether codes are asked for, since when, and how many recovery codes are left."""

    confirmed_at: datetime | None = None
    recovery_codes_left: int = 0


def state_of(lodge: Lodge, user_id: int) -> SecondFactorState:
    """How the user's second factor is."""
    with lodge.stores.master.read() as connection:
        row = _row(connection, user_id)
    if row is None or row.confirmed_at is None:
        return SecondFactorState()
    return SecondFactorState(row.confirmed_at, len(row.recovery_hashes))


def begin_enrolment(lodge: Lodge, user_id: int) -> Enrolment:
    """A new secret; nothing is asked for before a first code of it was right.

    Raises ConflictError when there is a confirmed one: that must be taken away first.
    """
    secret = new_secret()
    sealed = seal(lodge.settings, secret)
    with lodge.stores.master.write() as connection:
        row = _row(connection, user_id)
        if row is not None and row.confirmed_at is not None:
            raise ConflictError("you have a second factor; remove it before you set up another")
        connection.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
        values: dict[str, Any] = {"sealed_secret": sealed, "recovery_hashes": []}
        connection.execute(insert(SecondFactor).values(user_id=user_id, **values))
    return _enrolment(lodge, user_id, secret)


def enrolment_under_way(lodge: Lodge, user_id: int) -> Enrolment | None:
    """The enrolment that waits for its first code; None when there is none."""
    with lodge.stores.master.read() as connection:
        row = _row(connection, user_id)
    if row is None or row.confirmed_at is not None:
        return None
    return _enrolment(lodge, user_id, unseal(lodge.settings, row.sealed_secret))


def confirm(lodge: Lodge, user_id: int, code: str, *, by: str, now: datetime) -> list[str]:
    """The first code was right: from now on codes are asked for. Gives the recovery codes, once.

    Every session of the user ends. Raises RefusedError for a wrong code, TooManyAttemptsError
    after too many.
    """
    attempt = _begin_attempt(lodge, user_id, now)
    codes = new_recovery_codes()
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        connection = session.connection()
        row = _row(connection, user_id)
        if row is None or row.confirmed_at is not None:
            raise ConflictError("no second factor waits for its first code; begin again")
        step = step_of(unseal(lodge.settings, row.sealed_secret), code, last_step=None, now=now)
        if step is None:
            raise RefusedError(WRONG_CODE, field="code")
        connection.execute(
            update(SecondFactor)
            .where(SecondFactor.user_id == user_id)
            .values(
                confirmed_at=now,
                last_step=step,
                recovery_hashes=[hash_recovery(each) for each in codes],
            )
        )
        note_change(session, TABLE, user_id, "created")
        end_sessions(connection, [user_id], reason="second_factor_changed", now=now)
    mark_success(lodge.stores.master, attempt, now=now)
    return codes


def check_code(
    lodge: Lodge, connection: Connection, user_id: int, code: str, now: datetime
) -> bool:
    """Whether this code is right, in a writing transaction; a right one is used up by it.

    Takes a code of the authenticator, of this half minute or a neighbour, or a recovery code.
    """
    row = _row(connection, user_id)
    if row is None or row.confirmed_at is None:
        return False
    secret = unseal(lodge.settings, row.sealed_secret)
    step = step_of(secret, code, last_step=row.last_step, now=now)
    changed: dict[str, Any] = {"last_step": step}
    if step is None:
        left = without_recovery(row.recovery_hashes, code)
        if left is None:
            return False
        changed = {"recovery_hashes": left}
    connection.execute(update(SecondFactor).where(SecondFactor.user_id == user_id).values(changed))
    return True


def check_fresh_code(lodge: Lodge, user_id: int, code: str, *, now: datetime) -> None:
    """Raise RefusedError unless the code is right; it counts like a try to sign in."""
    attempt = _begin_attempt(lodge, user_id, now)
    with lodge.stores.master.write() as connection:
        if not check_code(lodge, connection, user_id, code, now):
            raise RefusedError(WRONG_CODE, field="code")
    mark_success(lodge.stores.master, attempt, now=now)


def renew_recovery_codes(lodge: Lodge, user_id: int, *, by: str, now: datetime) -> list[str]:
    """Other recovery codes, shown once; the earlier ones are worth nothing."""
    codes = new_recovery_codes()
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        connection = session.connection()
        row = _row(connection, user_id)
        if row is None or row.confirmed_at is None:
            raise ConflictError("there is no second factor to recover")
        hashes = [hash_recovery(each) for each in codes]
        connection.execute(
            update(SecondFactor)
            .where(SecondFactor.user_id == user_id)
            .values(recovery_hashes=hashes)
        )
        note_change(session, TABLE, user_id, "changed")
    return codes


def remove(lodge: Lodge, user_id: int, *, by: str, now: datetime) -> None:
    """Take the user's second factor away; every session of theirs ends.

    Raises NotFoundError when there is none.
    """
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        take_away(session, user_id)


def take_away(session: Session, user_id: int) -> None:
    """As `remove`, in a session of `change_configuration`."""
    connection = session.connection()
    gone = connection.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    if not gone.rowcount:
        raise NotFoundError(f"user {user_id} has no second factor")
    note_change(session, TABLE, user_id, "deleted")
    now = session.info["now"]
    end_sessions(connection, [user_id], reason="second_factor_changed", now=now)


def is_asked_for(connection: Connection, user_id: int) -> bool:
    """Whether this user signs in with a code besides the password."""
    row = _row(connection, user_id)
    return row is not None and row.confirmed_at is not None


def _enrolment(lodge: Lodge, user_id: int, secret: str) -> Enrolment:
    return Enrolment(uri_of(secret, _sign_in_name(lodge, user_id)), secret)


def _begin_attempt(lodge: Lodge, user_id: int, now: datetime) -> int:
    name = _sign_in_name(lodge, user_id)
    return begin_attempt(lodge.stores.master, name, address="", now=now, is_of_address=False)


def _sign_in_name(lodge: Lodge, user_id: int) -> str:
    with lodge.stores.master.read() as connection:
        name = connection.scalar(select(User.sign_in_name).where(User.user_id == user_id))
    if name is None:
        raise NotFoundError(f"no user {user_id}")
    return name


def _row(connection: Connection, user_id: int) -> Row[*tuple[Any, ...]] | None:
    statement = select(SecondFactor.__table__).where(SecondFactor.user_id == user_id)
    if connection.get_execution_options().get("lodge_write"):
        statement = statement.with_for_update()
    return connection.execute(statement).first()
