"""Tokens that are good for one step: random, hashed at rest, ended by time and by their use."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from lodge_platform.errors import RefusedError
from lodge_platform.identity.sessions import hash_token
from lodge_platform.schema.master import OneTimeToken

FAILURES_A_TOKEN = 5
_KEPT = timedelta(days=30)


class Purpose(StrEnum):
    """What a token is good for, and for nothing else."""

    SECOND_FACTOR = "second_factor"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - what it is for, no password
    INVITATION = "invitation"
    PROVIDER = "provider"


LIFETIMES = {
    Purpose.SECOND_FACTOR: timedelta(minutes=10),
    Purpose.PASSWORD_RESET: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.PROVIDER: timedelta(minutes=10),
}


class SpentTokenError(RefusedError):
    """The token was used, ended, or was never given out: the same words for each."""

    def __init__(self) -> None:
        super().__init__("this link or step is over; it was used, it ended, or it never was")


@dataclass(frozen=True)
class Step:
    """A token that is still good: whom it is for and what its step needs."""

    one_time_token_id: int
    user_id: int | None
    particulars: dict[str, Any]


def give_token(
    connection: Connection,
    purpose: Purpose,
    *,
    user_id: int | None,
    now: datetime,
    particulars: dict[str, Any] | None = None,
) -> str:
    """A new token of 256 random bits, URL-safe, kept as its hash in the caller's transaction.

    A new reset or invitation makes earlier ones of that user worth nothing.
    """
    if purpose in (Purpose.PASSWORD_RESET, Purpose.INVITATION):
        earlier = (Purpose.PASSWORD_RESET, Purpose.INVITATION)
        connection.execute(
            update(OneTimeToken)
            .where(
                OneTimeToken.user_id == user_id,
                OneTimeToken.purpose.in_(earlier),
                OneTimeToken.used_at.is_(None),
            )
            .values(used_at=now)
        )
    connection.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < now - _KEPT))
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(OneTimeToken).values(
            token_hash=hash_token(token),
            purpose=purpose.value,
            user_id=user_id,
            particulars=particulars or {},
            created_at=now,
            expires_at=now + LIFETIMES[purpose],
        )
    )
    return token


def look_at(connection: Connection, token: str, *purposes: Purpose, now: datetime) -> Step:
    """The step of a token that is still good, its row locked where the transaction writes.

    Raises SpentTokenError.
    """
    if not token or len(token) > 200:
        raise SpentTokenError
    statement = select(
        OneTimeToken.one_time_token_id, OneTimeToken.user_id, OneTimeToken.particulars
    ).where(
        OneTimeToken.token_hash == hash_token(token),
        OneTimeToken.purpose.in_([purpose.value for purpose in purposes]),
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now,
        OneTimeToken.failures < FAILURES_A_TOKEN,
    )
    if connection.get_execution_options().get("lodge_write"):
        statement = statement.with_for_update()
    row = connection.execute(statement).first()
    if row is None:
        raise SpentTokenError
    return Step(row.one_time_token_id, row.user_id, row.particulars)


def use_up(connection: Connection, step: Step, *, now: datetime) -> None:
    """The step is made: the token is worth nothing from now on."""
    connection.execute(
        update(OneTimeToken)
        .where(OneTimeToken.one_time_token_id == step.one_time_token_id)
        .values(used_at=now, particulars={})
    )


def note_failure(connection: Connection, step: Step) -> None:
    """A wrong code was typed with it; after five it is worth nothing."""
    connection.execute(
        update(OneTimeToken)
        .where(OneTimeToken.one_time_token_id == step.one_time_token_id)
        .values(failures=OneTimeToken.failures + 1)
    )
