"""Managing other people: only those of departments one manages, and never beyond one's own rights.

Each function acts in a session of `change_configuration` for `reader`. Whoever may manage users
of a department sees the users who belong to it. They change only users who may nothing that they
may not themselves, wherever that is, and grant only roles whose every action they hold there.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from lodge_platform.errors import ConflictError, ForbiddenError, NotFoundError, RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.held_rights import RightsHeld, covers, rights_in
from lodge_platform.identity.one_time import Purpose, give_token
from lodge_platform.identity.providers.linking import add_identity
from lodge_platform.identity.second_factor import take_away
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.identity.users import check_name, normal_name
from lodge_platform.schema.master import (
    IdentityProvider,
    Queue,
    Role,
    RoleAction,
    User,
    UserIdentity,
    UserRole,
    UserRoleQueue,
)
from lodge_platform.sessions_ended import end_sessions

_LONGEST = 100
_BEYOND = "this user may do more than you may, or elsewhere; ask somebody who may as much"


@dataclass(frozen=True)
class UserChanges:
    """What is to be so of a user; None leaves it, an empty address takes it away."""

    display_name: str | None = None
    sign_in_name: str | None = None
    email_address: str | None = None
    department_id: int | None = None
    is_active: bool | None = None


def managed_user(session: Session, reader: SignedIn, user_id: int) -> User:
    """The user, locked. Raises NotFoundError unless they belong to a department one manages."""
    user = session.get(User, user_id, with_for_update=True)
    if user is None or user.department_id not in reader.departments_with(Action.USER_MANAGE):
        raise NotFoundError(f"no user {user_id}")
    return user


def user_to_change(session: Session, reader: SignedIn, user_id: int) -> User:
    """As `managed_user`. Raises ForbiddenError when the user may what the reader may not."""
    user = managed_user(session, reader, user_id)
    if not covers(reader, granted_to(session.connection(), user_id)):
        raise ForbiddenError(_BEYOND)
    return user


def add_user(
    session: Session,
    reader: SignedIn,
    *,
    sign_in_name: str,
    display_name: str,
    department_id: int,
    email_address: str | None = None,
) -> User:
    """A new user without a password or a role. Raises ConflictError for a name that is taken."""
    _require_department(reader, department_id)
    name = _free_name(session, sign_in_name)
    user = User(
        sign_in_name=name,
        display_name=_display_name(display_name),
        department_id=department_id,
        email_address=_address(email_address),
        password_hash=None,
    )
    session.add(user)
    session.flush()
    return user


def change_user(session: Session, reader: SignedIn, user: User, changes: UserChanges) -> None:
    """Bring a user of `user_to_change` to what `changes` say. Disabling ends their sessions."""
    if changes.is_active is False and user.user_id == reader.user_id:
        raise RefusedError("nobody disables themselves; ask a colleague", field="is_active")
    if changes.department_id is not None and changes.department_id != user.department_id:
        _require_department(reader, changes.department_id)
        user.department_id = changes.department_id
    if changes.sign_in_name is not None and normal_name(changes.sign_in_name) != user.sign_in_name:
        user.sign_in_name = _free_name(session, changes.sign_in_name)
    if changes.display_name is not None:
        user.display_name = _display_name(changes.display_name)
    if changes.email_address is not None:
        user.email_address = _address(changes.email_address)
    if changes.is_active is not None:
        user.is_active = changes.is_active
    session.flush()


def grant(
    session: Session,
    reader: SignedIn,
    user_id: int,
    *,
    role_id: int,
    department_id: int,
    queue_ids: Iterable[int] = (),
) -> UserRole:
    """Grant a role in a department, or in these queues of it alone.

    Raises ForbiddenError for a role with an action that the reader has not there, ConflictError
    when it is granted there already.
    """
    user_to_change(session, reader, user_id)
    _require_department(reader, department_id)
    if session.get(Role, role_id) is None:
        raise RefusedError(f"there is no role {role_id}", field="role_id")
    _require_role(session, reader, role_id, department_id)
    queues = _queues(session, department_id, queue_ids)
    held = select(UserRole.user_role_id).where(
        UserRole.user_id == user_id,
        UserRole.role_id == role_id,
        UserRole.department_id == department_id,
    )
    if session.scalar(held) is not None:
        raise ConflictError("the user has this role there already; revoke it first to narrow it")
    row = UserRole(user_id=user_id, role_id=role_id, department_id=department_id)
    session.add(row)
    session.flush()
    session.add_all(UserRoleQueue(user_role_id=row.user_role_id, queue_id=key) for key in queues)
    session.flush()
    return row


def revoke(session: Session, reader: SignedIn, user_id: int, user_role_id: int) -> None:
    """Take a granted role away; the user's sessions end."""
    user_to_change(session, reader, user_id)
    row = session.get(UserRole, user_role_id, with_for_update=True)
    if row is None or row.user_id != user_id:
        raise NotFoundError(f"user {user_id} has no granted role {user_role_id}")
    if user_id == reader.user_id:
        raise RefusedError("nobody takes a role from themselves; ask a colleague")
    _require_department(reader, row.department_id)
    _require_role(session, reader, row.role_id, row.department_id)
    remove_grant(session, row)


def remove_grant(session: Session, row: UserRole) -> None:
    """Delete a grant with its narrowing to queues."""
    narrowing = select(UserRoleQueue).where(UserRoleQueue.user_role_id == row.user_role_id)
    for each in session.scalars(narrowing).all():
        session.delete(each)
    session.flush()
    session.delete(row)
    session.flush()


def hand_out_link(session: Session, reader: SignedIn, user_id: int) -> tuple[str, Purpose]:
    """A token by which the user sets a password, once: to be handed to them as a link.

    It is an invitation for who has no password yet, else a reset; earlier ones are worth nothing.
    """
    user = user_to_change(session, reader, user_id)
    if not user.is_active:
        raise RefusedError("this user is disabled; enable them first")
    purpose = Purpose.PASSWORD_RESET if user.password_hash else Purpose.INVITATION
    now = session.info["now"]
    return give_token(session.connection(), purpose, user_id=user_id, now=now), purpose


def link_identity(
    session: Session, reader: SignedIn, user_id: int, *, provider_id: int, subject: str
) -> UserIdentity:
    """Let an account at a provider sign a user in. Raises ConflictError for a linked one."""
    user_to_change(session, reader, user_id)
    if session.get(IdentityProvider, provider_id) is None:
        raise RefusedError(f"no identity provider {provider_id}", field="identity_provider_id")
    if not subject.strip():
        raise RefusedError("name the account by its subject", field="subject")
    return add_identity(session, user_id, provider_id, subject.strip())


def reset_second_factor(session: Session, reader: SignedIn, user_id: int) -> None:
    """Take a user's second factor away; raises NotFoundError when there is none."""
    user_to_change(session, reader, user_id)
    take_away(session, user_id)


def end_sessions_of_user(session: Session, reader: SignedIn, user_id: int) -> None:
    """Sign a user out everywhere."""
    user_to_change(session, reader, user_id)
    end_sessions(session.connection(), [user_id], reason="signed_out", now=session.info["now"])


def granted_to(connection: Connection, user_id: int) -> RightsHeld:
    """What was granted to a user, disabled or not, in closed departments too."""
    statement = (
        select(
            UserRole.department_id.label("right_department_id"),
            UserRoleQueue.queue_id.label("right_queue_id"),
            RoleAction.action,
        )
        .join(RoleAction, RoleAction.role_id == UserRole.role_id)
        .outerjoin(UserRoleQueue, UserRoleQueue.user_role_id == UserRole.user_role_id)
        .where(UserRole.user_id == user_id)
    )
    return rights_in(connection.execute(statement).all())


def actions_of(session: Session, role_id: int) -> frozenset[Action]:
    """As `actions_in`, in a session."""
    return actions_in(session.connection(), role_id)


def actions_in(connection: Connection, role_id: int) -> frozenset[Action]:
    """The actions of a role; a word that is no action of ours is none."""
    words = connection.scalars(select(RoleAction.action).where(RoleAction.role_id == role_id))
    known = {action.value: action for action in Action}
    return frozenset(known[word] for word in words if word in known)


def _require_department(reader: SignedIn, department_id: int) -> None:
    managed = reader.departments_with(Action.USER_MANAGE)
    if department_id not in managed:
        raise RefusedError(
            f"you manage no users of department {department_id}",
            field="department_id",
            allowed=map(str, sorted(managed)),
        )


def _require_role(session: Session, reader: SignedIn, role_id: int, department_id: int) -> None:
    beyond = actions_of(session, role_id) - reader.rights.get(department_id, frozenset())
    if beyond:
        raise ForbiddenError(
            f"this role allows what you may not do there: {', '.join(sorted(beyond))}"
        )


def _queues(session: Session, department_id: int, queue_ids: Iterable[int]) -> list[int]:
    wanted = sorted(set(queue_ids))
    of_department = set(
        session.scalars(select(Queue.queue_id).where(Queue.department_id == department_id))
    )
    for key in wanted:
        if key not in of_department:
            raise RefusedError(
                f"queue {key} is none of that department",
                field="queue_ids",
                allowed=map(str, sorted(of_department)),
            )
    return wanted


def _free_name(session: Session, given: str) -> str:
    name = check_name(given)
    if session.scalar(select(User.user_id).where(User.sign_in_name == name)) is not None:
        raise ConflictError(f"the sign-in name {name!r} is taken")
    return name


def _display_name(given: str) -> str:
    name = given.strip()
    if not 1 <= len(name) <= _LONGEST or not name.isprintable():
        raise RefusedError("a display name has 1 to 100 characters", field="display_name")
    return name


def _address(given: str | None) -> str | None:
    address = (given or "").strip()
    if not address:
        return None
    before, at, after = address.rpartition("@")
    is_plain = address.isprintable() and not any(each.isspace() for each in address)
    if not (before and at and after) or not is_plain or len(address) > 254:
        raise RefusedError("an e-mail address is NAME@HOST", field="email_address")
    return address
