"""What a change of master makes untrue ends with it: sessions, API keys, one-time tokens.

`change_configuration` calls these two around every flush, so that no way of changing a person, a
role or a department can forget it. Live streams end with their session, within a second.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, inspect, select, update
from sqlalchemy.orm import Session

from lodge_platform.schema.master import (
    ApiKey,
    Department,
    IdentityProvider,
    OneTimeToken,
    RoleAction,
    User,
    UserIdentity,
    UserRole,
    UserRoleQueue,
    UserSession,
)

# Put into `session.info` to say that a hash of the same password is made anew, and no more.
SAME_PASSWORD = "same_password"  # noqa: S105 - a word, no password
# Put into `session.info` by somebody who changes their own password and keeps their API keys.
KEEPS_KEYS = "keeps_keys"


def revoke_untrue_keys(session: Session) -> None:
    """Before a flush: revoke the API keys of users who are disabled or get another password."""
    users = _disabled(session)
    if not session.info.get(KEEPS_KEYS):
        users |= _with_another_password(session)
    if users:
        keys = select(ApiKey).where(ApiKey.user_id.in_(users), ApiKey.revoked_at.is_(None))
        for key in session.scalars(keys):
            key.revoked_at = session.info["now"]


def end_untrue_sessions(session: Session) -> None:
    """After a flush, with the rows locked: end the sessions that are not true any more."""
    now = session.info["now"]
    passwords, disabled = _with_another_password(session), _disabled(session)
    for users, reason in (
        (disabled, "user_disabled"),
        (passwords, "password_changed"),
        (_with_other_roles(session), "role_changed"),
    ):
        end_sessions(session.connection(), users, reason=reason, now=now)
    _end_of_provider(session, now)
    if users := passwords | disabled:
        session.connection().execute(
            update(OneTimeToken)
            .where(OneTimeToken.user_id.in_(users), OneTimeToken.used_at.is_(None))
            .values(used_at=now)
        )


def end_sessions(connection: Connection, user_ids: Iterable[int], *, reason: str, now: Any) -> None:
    """End every living session of these users, in the transaction of the change."""
    if users := list(user_ids):
        connection.execute(
            update(UserSession)
            .where(UserSession.user_id.in_(users), UserSession.ended_at.is_(None))
            .values(ended_at=now, end_reason=reason)
        )


def _with_another_password(session: Session) -> set[int]:
    if session.info.get(SAME_PASSWORD):
        return set()
    return {user.user_id for user in _dirty(session, User) if _changed(user, "password_hash")}


def _disabled(session: Session) -> set[int]:
    users = (user for user in _dirty(session, User) if _changed(user, "is_active"))
    return {user.user_id for user in users if not user.is_active}


def _with_other_roles(session: Session) -> set[int]:
    connection = session.connection()
    users = {grant.user_id for grant in _any(session, UserRole)}
    for rows, column, key in (
        (_any(session, UserRoleQueue), UserRole.user_role_id, "user_role_id"),
        (_any(session, RoleAction), UserRole.role_id, "role_id"),
        (
            [each for each in _dirty(session, Department) if _changed(each, "is_active")],
            UserRole.department_id,
            "department_id",
        ),
    ):
        keys = {getattr(row, key) for row in rows}
        if keys:
            users |= set(connection.scalars(select(UserRole.user_id).where(column.in_(keys))))
    return users


def _end_of_provider(session: Session, now: Any) -> None:
    """Sessions that an account began which is linked no more, or whose provider is closed."""
    gone = [row for row in session.deleted if isinstance(row, UserIdentity)]
    closed = [each for each in _dirty(session, IdentityProvider) if not each.is_active]
    connection = session.connection()
    ending: list[Any] = [UserSession.method == f"provider:{each.name}" for each in closed]
    for row in gone:
        name = connection.scalar(
            select(IdentityProvider.name).where(
                IdentityProvider.identity_provider_id == row.identity_provider_id
            )
        )
        ending.append(
            (UserSession.user_id == row.user_id) & (UserSession.method == f"provider:{name}")
        )
    for condition in ending:
        connection.execute(
            update(UserSession)
            .where(condition, UserSession.ended_at.is_(None))
            .values(ended_at=now, end_reason="provider_changed")
        )


def _any(session: Session, kind: type[Any]) -> list[Any]:
    changed = [row for row in _dirty(session, kind) if session.is_modified(row)]
    made_or_gone = [row for row in (*session.new, *session.deleted) if isinstance(row, kind)]
    return [*made_or_gone, *changed]


def _dirty(session: Session, kind: type[Any]) -> list[Any]:
    return [row for row in session.dirty if isinstance(row, kind)]


def _changed(row: Any, name: str) -> bool:
    history: Any = inspect(row).attrs[name].history
    return bool(history.has_changes())
