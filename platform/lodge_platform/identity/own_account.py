"""What somebody does about themselves: password, sessions; and what a link lets somebody set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from lodge_platform.configuration import change_configuration
from lodge_platform.errors import NotFoundError, RefusedError
from lodge_platform.identity.attempts import begin_attempt, mark_success
from lodge_platform.identity.one_time import Purpose, SpentTokenError, look_at, use_up
from lodge_platform.identity.passwords import hash_password, is_password
from lodge_platform.identity.sessions import start_session
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import User, UserSession
from lodge_platform.sessions_ended import KEEPS_KEYS

FRESH = timedelta(minutes=15)
_LINKS = (Purpose.INVITATION, Purpose.PASSWORD_RESET)


@dataclass(frozen=True)
class OwnSession:
    """A living session of one's own."""

    user_session_id: int
    method: str
    started_at: datetime
    seen_at: datetime
    expires_at: datetime


def own_sessions(lodge: Lodge, reader: SignedIn, now: datetime) -> Sequence[OwnSession]:
    """Where one is signed in now, latest first."""
    idle = timedelta(hours=lodge.settings.session_hours) / 2
    statement = (
        select(
            UserSession.user_session_id,
            UserSession.method,
            UserSession.started_at,
            UserSession.seen_at,
            UserSession.expires_at,
        )
        .where(
            UserSession.user_id == reader.user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.seen_at > now - idle,
        )
        .order_by(UserSession.started_at.desc(), UserSession.user_session_id.desc())
    )
    with lodge.stores.master.read() as connection:
        return [OwnSession(*row) for row in connection.execute(statement)]


def end_own_session(lodge: Lodge, reader: SignedIn, user_session_id: int, now: datetime) -> None:
    """End one session of one's own. Raises NotFoundError for any other."""
    with lodge.stores.master.write() as connection:
        done = connection.execute(
            update(UserSession)
            .where(
                UserSession.user_session_id == user_session_id,
                UserSession.user_id == reader.user_id,
                UserSession.ended_at.is_(None),
            )
            .values(ended_at=now, end_reason="signed_out")
        )
        if not done.rowcount:
            raise NotFoundError(f"no living session {user_session_id} of yours")


def end_other_sessions(lodge: Lodge, reader: SignedIn, now: datetime) -> None:
    """End every session of one's own but this one."""
    with lodge.stores.master.write() as connection:
        connection.execute(
            update(UserSession)
            .where(
                UserSession.user_session_id != reader.user_session_id,
                UserSession.user_id == reader.user_id,
                UserSession.ended_at.is_(None),
            )
            .values(ended_at=now, end_reason="signed_out")
        )


def change_own_password(
    lodge: Lodge,
    reader: SignedIn,
    *,
    old: str,
    new: str,
    keeps_keys: bool = False,
    now: datetime,
) -> str:
    """Another password; every session ends, and a new one begins, whose token this gives.

    API keys are revoked unless `keeps_keys`. Raises RefusedError when the old one is wrong or the
    new one poor, TooManyAttemptsError after too many wrong ones.
    """
    method = _method(lodge, reader)
    check_own_password(lodge, reader, old, now=now)
    if new == old:
        raise RefusedError("the new password is the old one", field="new")
    kept = hash_password(new, sign_in_name=reader.sign_in_name)
    with change_configuration(lodge.stores.master, by=reader.name, now=now) as session:
        session.info[KEEPS_KEYS] = keeps_keys
        session.get_one(User, reader.user_id, with_for_update=True).password_hash = kept
        session.flush()
        return start_session(
            session.connection(),
            reader.user_id,
            hours=lodge.settings.session_hours,
            now=now,
            method=method,
        )


def check_own_password(lodge: Lodge, reader: SignedIn, password: str, *, now: datetime) -> None:
    """Raise RefusedError unless this is one's password; it counts like a try to sign in."""
    master = lodge.stores.master
    attempt = begin_attempt(master, reader.sign_in_name, address="", now=now, is_of_address=False)
    with master.read() as connection:
        statement = select(User.password_hash).where(User.user_id == reader.user_id)
        kept = connection.execute(statement).scalar_one()
    if not is_password(password, kept):
        raise RefusedError("this is not your password", field="old")
    mark_success(master, attempt, now=now)


def is_fresh(lodge: Lodge, reader: SignedIn, now: datetime) -> bool:
    """Whether one signed in within the last quarter of an hour."""
    statement = select(UserSession.started_at).where(
        UserSession.user_session_id == reader.user_session_id
    )
    with lodge.stores.master.read() as connection:
        began = connection.scalar(statement)
    return began is not None and now - began < FRESH


def begin_again(lodge: Lodge, reader: SignedIn, *, method: str, now: datetime) -> str:
    """A new session for somebody whose change ended theirs a moment ago; gives its token."""
    with lodge.stores.master.write() as connection:
        hours = lodge.settings.session_hours
        return start_session(connection, reader.user_id, hours=hours, now=now, method=method)


def whose_link(lodge: Lodge, token: str, now: datetime) -> str:
    """The sign-in name for which a link sets a password. Raises SpentTokenError."""
    with lodge.stores.master.read() as connection:
        step = look_at(connection, token, *_LINKS, now=now)
        statement = select(User.sign_in_name).where(User.user_id == step.user_id, User.is_active)
        name = connection.scalar(statement)
    if name is None:
        raise SpentTokenError
    return name


def redeem_link(lodge: Lodge, token: str, *, password: str, now: datetime) -> None:
    """Set the password that an invitation or a reset lets set, once; every session ends.

    Raises SpentTokenError, and RefusedError for a poor password, which leaves the link good.
    """
    name = whose_link(lodge, token, now)
    kept = hash_password(password, sign_in_name=name)
    with lodge.stores.master.read() as connection:
        user_id = look_at(connection, token, *_LINKS, now=now).user_id
    by = f"user:{user_id}"
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        step = look_at(session.connection(), token, *_LINKS, now=now)
        user = session.get_one(User, step.user_id, with_for_update=True)
        if not user.is_active:
            raise SpentTokenError
        use_up(session.connection(), step, now=now)
        user.password_hash = kept


def _method(lodge: Lodge, reader: SignedIn) -> str:
    statement = select(UserSession.method).where(
        UserSession.user_session_id == reader.user_session_id
    )
    with lodge.stores.master.read() as connection:
        found = connection.scalar(statement)
    if found is None:
        raise RefusedError("a program changes no password; sign in to change it")
    return found
