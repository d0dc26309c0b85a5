"""Signing in: a name and a password become a session, or one and the same refusal."""

from datetime import datetime

from sqlalchemy import select

from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.identity.attempts import begin_attempt, mark_success
from lodge_platform.identity.passwords import hash_again, is_outdated, is_password
from lodge_platform.identity.sessions import start_session
from lodge_platform.identity.users import normal_name
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import User

REFUSAL = "this name and password do not sign in"


def sign_in(lodge: Lodge, name: str, password: str, address: str, now: datetime) -> str:
    """Sign in from network address `address` and give the session's token.

    Raises RefusedError, in the same words and after the same work, for an unknown name, a wrong
    password and a disabled user; TooManyAttemptsError after too many failures.
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
    with master.write() as connection:
        still = connection.execute(
            select(User.password_hash, User.is_active)
            .where(User.user_id == user.user_id)
            .with_for_update(read=True)
        ).one()
        if still.password_hash != kept or not still.is_active:
            raise RefusedError(REFUSAL)
        token = start_session(connection, user.user_id, hours=lodge.settings.session_hours, now=now)
    mark_success(master, attempt, now=now)
    return token


def _hash_again(lodge: Lodge, user_id: int, *, password: str, old: str, now: datetime) -> str:
    new = hash_again(password)
    try:
        with change_configuration(lodge.stores.master, by="sign_in", now=now) as session:
            row = session.get_one(User, user_id)
            if row.password_hash != old:
                return old
            row.password_hash = new
    except ConflictError:
        return old
    return new
