"""API keys: programs act by them for a user, never with more rights than the user has by then."""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lodge_platform.configuration import change_configuration
from lodge_platform.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    TryAgainError,
    nearest,
)
from lodge_platform.identity.actions import WITHOUT_ROLE, Action
from lodge_platform.identity.held_rights import held_by, narrowed, rights_in, select_with_rights
from lodge_platform.identity.sessions import hash_token
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import ApiKey, ApiKeyUse

START = "lodge_"
KEYS_A_USER = 50
_LENGTH = len(START) + 64
_SHOWN = len(START) + 4
_NOTED_EVERY = timedelta(minutes=1)
_WORDS = {action.value: action for action in Action if action not in WITHOUT_ROLE}


@dataclass(frozen=True)
class NewKey:
    """A key that was made: `key` is said this once and kept nowhere."""

    api_key_id: int
    key: str


def make_key(
    lodge: Lodge,
    reader: SignedIn,
    *,
    name: str,
    actions: Iterable[str],
    expires_at: datetime,
    department_ids: Iterable[int] | None = None,
    now: datetime,
) -> NewKey:
    """Make a key by which a program does `actions` for `reader`, in these departments or all.

    Raises RefusedError for an action or a department that the reader has not, and for an end
    that is past or later than the setting `api_key_days` allows; ForbiddenError when a program
    asks.
    """
    with change_configuration(lodge.stores.master, by=reader.name, now=now) as session:
        return add_key(
            session,
            lodge,
            reader,
            name=name,
            actions=actions,
            expires_at=expires_at,
            department_ids=department_ids,
            now=now,
        )


def add_key(
    session: Session,
    lodge: Lodge,
    reader: SignedIn,
    *,
    name: str,
    actions: Iterable[str],
    expires_at: datetime,
    department_ids: Iterable[int] | None,
    now: datetime,
) -> NewKey:
    """As `make_key`, in a session of `change_configuration`."""
    reader.require(Action.KEY_OWN)
    if reader.api_key_id is not None:
        raise ForbiddenError("an API key makes no API keys; sign in to make one")
    title = name.strip()
    if not 1 <= len(title) <= 100 or not title.isprintable():
        raise RefusedError("a name has 1 to 100 characters", field="name")
    departments = _departments(reader, department_ids)
    wanted = _actions(reader, actions, departments)
    _check_end(expires_at, now=now, days=lodge.settings.api_key_days)
    _refuse_too_many(session, reader.user_id, now)
    key = START + secrets.token_hex(32)
    row = ApiKey(
        user_id=reader.user_id,
        name=title,
        start=key[:_SHOWN],
        token_hash=hash_token(key),
        actions=wanted,
        department_ids=departments,
        created_at=now,
        expires_at=expires_at,
        revoked_at=None,
    )
    session.add(row)
    session.flush()
    return NewKey(row.api_key_id, key)


def revoke_key(lodge: Lodge, reader: SignedIn, api_key_id: int, *, now: datetime) -> None:
    """A key of one's own is worth nothing from now on. Raises NotFoundError for any other."""
    with change_configuration(lodge.stores.master, by=reader.name, now=now) as session:
        end_key(session, reader, api_key_id, now=now)


def end_key(session: Session, reader: SignedIn, api_key_id: int, *, now: datetime) -> ApiKey:
    """As `revoke_key`, in a session of `change_configuration`; revoking again changes nothing."""
    row = session.get(ApiKey, api_key_id, with_for_update=True)
    if row is None or row.user_id != reader.user_id:
        raise NotFoundError(f"no API key {api_key_id} of yours")
    if row.revoked_at is None:
        row.revoked_at = now
        session.flush()
    return row


def who_is_key(lodge: Lodge, token: str | None, now: datetime, address: str) -> SignedIn | None:
    """For whom a program asks by this key, by one query; None for no, an ended or a wrong key.

    What it may do is what its user may by now, of the key's actions and departments. Its use is
    noted at most once a minute; a store that is busy delays no answer by failing it.
    """
    if not token or len(token) != _LENGTH or not token.startswith(START) or not token.isascii():
        return None
    statement = (
        select_with_rights(
            ApiKey.__table__,
            ApiKey.api_key_id,
            ApiKey.actions,
            ApiKey.department_ids,
            ApiKey.expires_at,
            ApiKeyUse.used_at,
        )
        .outerjoin(ApiKeyUse, ApiKeyUse.api_key_id == ApiKey.api_key_id)
        .where(
            ApiKey.token_hash == hash_token(token),
            ApiKey.revoked_at.is_(None),
            ApiKey.expires_at > now,
        )
    )
    with lodge.stores.master.read() as connection:
        rows = connection.execute(statement).all()
    if not rows:
        return None
    found = _asking(rows)
    if not found.rights and not found.queue_rights:
        return None
    used_at: datetime | None = rows[0].used_at
    if used_at is None or now - used_at >= _NOTED_EVERY:
        _note_use(lodge, rows[0].api_key_id, is_first=used_at is None, address=address, now=now)
    return found


def _asking(rows: Any) -> SignedIn:
    first: Row[*tuple[Any, ...]] = rows[0]
    actions = frozenset(_WORDS[word] for word in first.actions if word in _WORDS)
    return SignedIn(
        user_session_id=0,
        user_id=first.user_id,
        sign_in_name=first.sign_in_name,
        display_name=first.display_name,
        department_id=first.department_id,
        api_key_id=first.api_key_id,
        ends_at=first.expires_at,
        **narrowed(rights_in(rows), actions, first.department_ids),
    )


def _departments(reader: SignedIn, given: Iterable[int] | None) -> list[int] | None:
    if given is None:
        return None
    wanted = sorted(set(given))
    own = set(reader.rights) | set(reader.queue_departments.values())
    others = [key for key in wanted if key not in own]
    if others or not wanted:
        said = f"department {others[0]} is not one of yours" if others else "name a department"
        raise RefusedError(said, field="department_ids", allowed=map(str, sorted(own)))
    return wanted


def _actions(reader: SignedIn, given: Iterable[str], departments: list[int] | None) -> list[str]:
    wanted = sorted(set(given))
    own = narrowed(held_by(reader), frozenset(Action), departments)
    held = {
        action.value
        for actions in (*own["rights"].values(), *own["queue_rights"].values())
        for action in actions
    }
    if not wanted:
        raise RefusedError("name the actions the key is for", field="actions", allowed=sorted(held))
    for word in wanted:
        if word not in held:
            said = f"you may not do {word!r} there; {nearest(word, held)}"
            raise RefusedError(said, field="actions", allowed=sorted(held))
    return wanted


def _check_end(expires_at: datetime, *, now: datetime, days: int) -> None:
    latest = now + timedelta(days=days)
    if not now < expires_at <= latest:
        raise RefusedError(
            f"a key ends after now and at {latest.isoformat(timespec='seconds')} at the latest",
            field="expires_at",
        )


def _refuse_too_many(session: Session, user_id: int, now: datetime) -> None:
    living = select(func.count()).where(
        ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None), ApiKey.expires_at > now
    )
    if (session.scalar(living) or 0) >= KEYS_A_USER:
        raise ConflictError(f"you have {KEYS_A_USER} keys that live; revoke one first")


def _note_use(
    lodge: Lodge, api_key_id: int, *, is_first: bool, address: str, now: datetime
) -> None:
    values = {"used_at": now, "address": address[:100]}
    with suppress(TryAgainError, IntegrityError), lodge.stores.master.write() as connection:
        if is_first:
            connection.execute(insert(ApiKeyUse).values(api_key_id=api_key_id, **values))
            return
        connection.execute(
            update(ApiKeyUse)
            .where(ApiKeyUse.api_key_id == api_key_id, ApiKeyUse.used_at < now)
            .values(**values)
        )
