"""Users and their roles: made, changed and disabled.

Whoever changes one of these rows ends, in the same transaction, the sessions it makes untrue: see
`lodge_platform.sessions_ended`.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lodge_platform.configuration import change_configuration
from lodge_platform.errors import NotFoundError, RefusedError, nearest
from lodge_platform.identity.actions import Action
from lodge_platform.identity.held_rights import rights_from
from lodge_platform.identity.passwords import hash_password
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Department, Role, RoleAction, User, UserRole, UserRoleQueue


def create_user(
    lodge: Lodge,
    sign_in_name: str,
    *,
    display_name: str,
    department_id: int,
    password: str | None,
    roles: Iterable[str] = (),
    by: str,
    now: datetime,
) -> int:
    """Make a user with `roles` in their own department and give the key.

    Without a password nobody can sign in as them. Raises ConflictError for a name that is taken.
    """
    name = check_name(sign_in_name)
    kept = hash_password(password, sign_in_name=name) if password is not None else None
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        user = User(
            sign_in_name=name,
            display_name=display_name,
            department_id=department_id,
            password_hash=kept,
        )
        session.add(user)
        session.flush()
        for role in roles:
            _grant(session, user.user_id, role=role, department_id=department_id)
        return user.user_id


def set_password(lodge: Lodge, user_id: int, *, password: str, by: str, now: datetime) -> None:
    """Give the user another password; every session of theirs ends at once."""
    with lodge.stores.master.read() as connection:
        statement = select(User.sign_in_name).where(User.user_id == user_id)
        name = connection.execute(statement).scalar()
    kept = hash_password(password, sign_in_name=name or "")
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        _user(session, user_id).password_hash = kept


def disable_user(lodge: Lodge, user_id: int, *, by: str, now: datetime) -> None:
    """The user may sign in no more; every session of theirs ends at once."""
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        _user(session, user_id).is_active = False


def grant_role(
    lodge: Lodge, user_id: int, *, role: str, department_id: int, by: str, now: datetime
) -> None:
    """Give the user a role in a department; sessions end, so that the next has the new rights."""
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        _user(session, user_id)
        _grant(session, user_id, role=role, department_id=department_id)


def revoke_role(
    lodge: Lodge, user_id: int, *, role: str, department_id: int, by: str, now: datetime
) -> None:
    """Take a role in a department away; sessions end at once."""
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        found = session.scalar(
            _held(user_id, role_id=_role(session, role).role_id, department_id=department_id)
        )
        if found is None:
            raise NotFoundError(f"user {user_id} has no role {role!r} in that department")
        narrowing = UserRoleQueue.user_role_id == found.user_role_id
        for row in session.scalars(select(UserRoleQueue).where(narrowing)).all():
            session.delete(row)
        session.flush()
        session.delete(found)


def rights_of(lodge: Lodge, user_id: int) -> dict[int, frozenset[Action]]:
    """What an active user may do in all of each department; nothing for anybody else."""
    statement = (
        select(UserRole.department_id, RoleAction.action)
        .join(User, User.user_id == UserRole.user_id)
        .join(Department, Department.department_id == UserRole.department_id)
        .join(RoleAction, RoleAction.role_id == UserRole.role_id)
        .outerjoin(UserRoleQueue, UserRoleQueue.user_role_id == UserRole.user_role_id)
        .where(
            UserRole.user_id == user_id,
            UserRoleQueue.queue_id.is_(None),
            User.is_active,
            Department.is_active,
        )
    )
    with lodge.stores.master.read() as connection:
        return rights_from((row[0], row[1]) for row in connection.execute(statement))


def check_name(sign_in_name: str) -> str:
    """The name as it is kept. Raises RefusedError for what is none."""
    name = normal_name(sign_in_name)
    if not name or len(name) > 100 or any(not c.isprintable() or c.isspace() for c in name):
        raise RefusedError(
            "a sign-in name has 1 to 100 characters, none of them a space", field="sign_in_name"
        )
    return name


def normal_name(sign_in_name: str) -> str:
    """The form in which sign-in names are kept and compared."""
    return sign_in_name.strip().lower()


def _grant(session: Session, user_id: int, *, role: str, department_id: int) -> bool:
    role_id = _role(session, role).role_id
    if session.scalar(_held(user_id, role_id=role_id, department_id=department_id)):
        return False
    session.add(UserRole(user_id=user_id, role_id=role_id, department_id=department_id))
    session.flush()
    return True


def _held(user_id: int, *, role_id: int, department_id: int) -> Select[UserRole]:
    return select(UserRole).where(
        UserRole.user_id == user_id,
        UserRole.role_id == role_id,
        UserRole.department_id == department_id,
    )


def _role(session: Session, name: str) -> Role:
    role = session.scalar(select(Role).where(Role.name == name))
    if role is None:
        raise NotFoundError(
            f"no role {name!r}; {nearest(name, session.scalars(select(Role.name)))}"
        )
    return role


def _user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFoundError(f"no user {user_id}")
    return user
