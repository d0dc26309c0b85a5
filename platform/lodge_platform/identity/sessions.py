"""Sign-ins that last: random tokens, hashed at rest, ended by time, by the user or by others."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from lodge_platform.errors import TryAgainError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import (
    Department,
    RoleAction,
    User,
    UserRole,
    UserSession,
)

_SEEN_EVERY = timedelta(minutes=1)
_WORDS = {action.value: action for action in Action}


def start_session(connection: Connection, user_id: int, *, hours: int, now: datetime) -> str:
    """Begin a session in the caller's transaction and give its token: 256 random bits, URL-safe."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(UserSession).values(
            user_id=user_id,
            token_hash=hash_token(token),
            started_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=hours),
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
    return _signed_in(rows)


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


def end_sessions_of(
    connection: Connection, user_ids: Iterable[int], *, reason: str, now: datetime
) -> None:
    """End every session of these users, in the transaction of the change that calls for it."""
    connection.execute(
        update(UserSession)
        .where(UserSession.user_id.in_(list(user_ids)), UserSession.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
    )


def _living(lodge: Lodge, token_hashes: Collection[str], now: datetime) -> Select[*tuple[Any, ...]]:
    idle = timedelta(hours=lodge.settings.session_hours) / 2
    return (
        select(
            UserSession.user_session_id,
            UserSession.seen_at,
            User.user_id,
            User.sign_in_name,
            User.display_name,
            User.department_id,
            Department.department_id.label("right_department_id"),
            RoleAction.action,
        )
        .select_from(UserSession)
        .join(User, User.user_id == UserSession.user_id)
        .outerjoin(UserRole, UserRole.user_id == User.user_id)
        .outerjoin(
            Department,
            (Department.department_id == UserRole.department_id) & Department.is_active,
        )
        .outerjoin(RoleAction, RoleAction.role_id == UserRole.role_id)
        .where(
            UserSession.token_hash.in_(list(token_hashes)),
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.seen_at > now - idle,
            User.is_active,
        )
    )


def _signed_in(rows: Sequence[Row[*tuple[Any, ...]]]) -> SignedIn:
    first = rows[0]
    return SignedIn(
        user_session_id=first.user_session_id,
        user_id=first.user_id,
        sign_in_name=first.sign_in_name,
        display_name=first.display_name,
        department_id=first.department_id,
        rights=rights_from((row.right_department_id, row.action) for row in rows),
    )


def rights_from(pairs: Iterable[tuple[int | None, str | None]]) -> dict[int, frozenset[Action]]:
    """Rights out of (department, action) pairs; a word that is no action of ours allows nothing."""
    rights: dict[int, frozenset[Action]] = {}
    for department_id, word in pairs:
        if department_id is not None and word in _WORDS:
            held = rights.get(department_id, frozenset())
            rights[department_id] = held | {_WORDS[word]}
    return rights


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
