"""Sign-ins that last: random tokens, hashed at rest, ended by time, by the user or by others."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, update

from lodge_platform.errors import TryAgainError
from lodge_platform.identity.held_rights import rights_from, rights_in, select_with_rights, without
from lodge_platform.identity.required import second_factor_actions
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import UserSession
from lodge_platform.sessions_ended import end_sessions as end_sessions_of

__all__ = [
    "end_session",
    "end_sessions_of",
    "hash_token",
    "living_sessions",
    "rights_from",
    "rights_in",
    "start_session",
    "who_is",
]

PASSWORD = "password"  # noqa: S105 - how somebody signed in, no password
_SEEN_EVERY = timedelta(minutes=1)


def start_session(
    connection: Connection, user_id: int, *, hours: int, now: datetime, method: str = PASSWORD
) -> str:
    """Begin a session in the caller's transaction and give its token: 256 random bits, URL-safe.

    `method` says how the user signed in: password, password_totp, or provider:NAME.
    """
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(UserSession).values(
            user_id=user_id,
            token_hash=hash_token(token),
            started_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=hours),
            method=method,
        )
    )
    return token


def hash_token(token: str) -> str:
    """SHA-256 of the token, in hexadecimal digits: what the store keeps."""
    return hashlib.sha256(token.encode()).hexdigest()


def who_is(
    lodge: Lodge, token: str | None, now: datetime, *, is_background: bool = False
) -> SignedIn | None:
    """Who holds this token, by one query; None for no token, an unknown, ended or expired one.

    Notes at most once a minute that the session is used; never for a request that no person
    made (`is_background`), so that an open page does not keep a session alive.
    """
    if not token or len(token) > 200:
        return None
    with lodge.stores.master.read() as connection:
        rows = connection.execute(_living(lodge, [hash_token(token)], now)).all()
    if not rows:
        return None
    if not is_background and now - rows[0].seen_at >= _SEEN_EVERY:
        _note_seen(lodge, rows[0].user_session_id, now)
    return _signed_in(lodge, rows)


def living_sessions(lodge: Lodge, token_hashes: Collection[str], now: datetime) -> set[str]:
    """Those of the hashed tokens whose sessions still live: one query for every open stream."""
    if not token_hashes:
        return set()
    statement = _living(lodge, token_hashes, now).with_only_columns(UserSession.token_hash)
    with lodge.stores.master.read() as connection:
        return set(connection.execute(statement).scalars())


def end_session(lodge: Lodge, token: str, now: datetime) -> None:
    """The user signs out: the token is worth nothing from now on."""
    with lodge.stores.master.write() as connection:
        connection.execute(
            update(UserSession)
            .where(UserSession.token_hash == hash_token(token), UserSession.ended_at.is_(None))
            .values(ended_at=now, end_reason="signed_out")
        )


def _living(lodge: Lodge, token_hashes: Collection[str], now: datetime) -> Select[*tuple[Any, ...]]:
    idle = timedelta(hours=lodge.settings.session_hours) / 2
    columns = (UserSession.user_session_id, UserSession.seen_at, UserSession.method)
    ends = UserSession.expires_at
    return select_with_rights(UserSession.__table__, *columns, ends).where(
        UserSession.token_hash.in_(list(token_hashes)),
        UserSession.ended_at.is_(None),
        UserSession.expires_at > now,
        UserSession.seen_at > now - idle,
    )


def _signed_in(lodge: Lodge, rows: Sequence[Row[*tuple[Any, ...]]]) -> SignedIn:
    first = rows[0]
    held = rights_in(rows)
    if first.method == PASSWORD:
        held = without(held, second_factor_actions(lodge.settings))
    return SignedIn(
        user_session_id=first.user_session_id,
        user_id=first.user_id,
        sign_in_name=first.sign_in_name,
        display_name=first.display_name,
        department_id=first.department_id,
        ends_at=first.expires_at,
        **held,
    )


def _note_seen(lodge: Lodge, user_session_id: int, now: datetime) -> None:
    # A store that is busy must not keep anybody from reading; the next request notes it.
    with suppress(TryAgainError), lodge.stores.master.write() as connection:
        connection.execute(
            update(UserSession)
            .where(
                UserSession.user_session_id == user_session_id,
                UserSession.seen_at < now,
                UserSession.ended_at.is_(None),
            )
            .values(seen_at=now)
        )
