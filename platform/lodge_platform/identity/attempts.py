"""Limits on guessing: how many failed sign-ins a name and an address have before they must wait."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update

from lodge_platform.errors import TryAgainError
from lodge_platform.schema.master import SignInAttempt
from lodge_platform.stores import Store

WINDOW = timedelta(minutes=15)
FAILURES_A_NAME = 10
FAILURES_AN_ADDRESS = 50
_KEPT = timedelta(days=30)


class TooManyAttemptsError(TryAgainError):
    """The name or the address failed too often; says the same for known and unknown names."""

    retry_after_seconds = int(WINDOW.total_seconds())


def begin_attempt(
    master: Store, name: str, *, address: str, now: datetime, is_of_address: bool = True
) -> int:
    """Note a try before the password is looked at, so that tries at once all count.

    Gives its key. With `is_of_address` false only the name's limit counts: somebody signed in
    types a code. Raises TooManyAttemptsError, and does not count the try, past the limit.
    """
    with master.write() as connection:
        key = connection.execute(
            insert(SignInAttempt)
            .values(sign_in_name=name, address=address, attempted_at=now, is_success=False)
            .returning(SignInAttempt.sign_in_attempt_id)
        ).scalar_one()
    if _is_past_limit(master, name, address=address if is_of_address else None, now=now):
        with master.write() as connection:
            connection.execute(delete(SignInAttempt).where(SignInAttempt.sign_in_attempt_id == key))
        raise TooManyAttemptsError(
            f"too many failed sign-ins; wait {WINDOW.seconds // 60} minutes, then try again"
        )
    return key


def mark_success(master: Store, key: int, *, now: datetime) -> None:
    """The try signed in; tries older than a month are forgotten."""
    with master.write() as connection:
        connection.execute(
            update(SignInAttempt)
            .where(SignInAttempt.sign_in_attempt_id == key)
            .values(is_success=True)
        )
        connection.execute(delete(SignInAttempt).where(SignInAttempt.attempted_at < now - _KEPT))


def _is_past_limit(master: Store, name: str, *, address: str | None, now: datetime) -> bool:
    failures = (
        select(func.count())
        .select_from(SignInAttempt)
        .where(SignInAttempt.attempted_at > now - WINDOW, SignInAttempt.is_success.is_(False))
    )
    with master.read() as connection:
        of_name = connection.execute(
            failures.where(SignInAttempt.sign_in_name == name)
        ).scalar_one()
        if address is None:
            return of_name > FAILURES_A_NAME
        of_address = connection.execute(
            failures.where(SignInAttempt.address == address)
        ).scalar_one()
    return of_name > FAILURES_A_NAME or of_address > FAILURES_AN_ADDRESS
