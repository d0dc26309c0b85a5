"""Roles of one's own making: named sets of actions, beside those that every home has.

A role counts in every department where it is granted, so that whoever changes one must manage
users in each of these and hold there whatever it allowed and will allow.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from lodge_platform.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    nearest,
)
from lodge_platform.identity.actions import DEFAULT_ROLES, WITHOUT_ROLE, Action
from lodge_platform.identity.managing import actions_of
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.master import Role, RoleAction, UserRole

_ADMINISTRATOR = "administrator"
_WORDS = {action.value: action for action in Action if action not in WITHOUT_ROLE}


def add_role(session: Session, reader: SignedIn, *, name: str, actions: Iterable[str]) -> Role:
    """A new role. Raises RefusedError for an unknown action, ForbiddenError for one that the
    reader may nowhere, ConflictError for a name that is taken."""
    wanted = _read(actions)
    held = frozenset[Action]().union(
        *(reader.rights[key] for key in reader.departments_with(Action.USER_MANAGE))
    )
    if wanted - held:
        raise ForbiddenError(f"you may not do: {', '.join(sorted(wanted - held))}")
    role = Role(name=_free_name(session, name))
    session.add(role)
    session.flush()
    session.add_all(RoleAction(role_id=role.role_id, action=each) for each in sorted(wanted))
    session.flush()
    return role


def change_role(
    session: Session, reader: SignedIn, role: Role, *, name: str, actions: Iterable[str]
) -> None:
    """Give a role, locked, this name and these actions. Who has it is signed out."""
    if role.name == _ADMINISTRATOR:
        raise RefusedError("the role administrator always allows everything")
    if name.strip() != role.name and role.name in DEFAULT_ROLES:
        raise RefusedError(f"the role {role.name} keeps its name", field="name")
    wanted, before = _read(actions), actions_of(session, role.role_id)
    _require_over(session, reader, role.role_id, wanted | before)
    if name.strip() != role.name:
        role.name = _free_name(session, name)
    rows = session.scalars(select(RoleAction).where(RoleAction.role_id == role.role_id)).all()
    words = {each.value for each in wanted}
    for row in rows:
        if row.action not in words:
            session.delete(row)
    kept = {row.action for row in rows}
    session.add_all(RoleAction(role_id=role.role_id, action=word) for word in sorted(words - kept))
    # Its actions are rows of their own; the role itself must get a version too.
    flag_modified(role, "name")
    session.flush()


def remove_role(session: Session, reader: SignedIn, role: Role) -> None:
    """Delete a role, locked, that nobody has. Raises ConflictError while somebody has it."""
    if role.name in DEFAULT_ROLES:
        raise RefusedError(f"the role {role.name} is one that every home has; it stays")
    _require_over(session, reader, role.role_id, actions_of(session, role.role_id))
    if session.scalar(select(UserRole.user_role_id).where(UserRole.role_id == role.role_id)):
        raise ConflictError("somebody has this role; revoke it everywhere first")
    for row in session.scalars(select(RoleAction).where(RoleAction.role_id == role.role_id)):
        session.delete(row)
    session.flush()
    session.delete(role)
    session.flush()


def role_to_change(session: Session, role_id: int) -> Role:
    """The role, locked. Raises NotFoundError."""
    role = session.get(Role, role_id, with_for_update=True)
    if role is None:
        raise NotFoundError(f"no role {role_id}")
    return role


def _require_over(
    session: Session, reader: SignedIn, role_id: int, actions: frozenset[Action]
) -> None:
    granted_in = set(
        session.scalars(select(UserRole.department_id).where(UserRole.role_id == role_id))
    )
    managed = reader.departments_with(Action.USER_MANAGE)
    if granted_in - managed:
        raise ForbiddenError("this role is granted where you manage no users")
    held = [reader.rights[key] for key in granted_in or managed]
    is_over = (
        all(actions <= each for each in held)
        if granted_in
        else any(actions <= each for each in held)
    )
    if not is_over:
        raise ForbiddenError("this role allows, or is to allow, what you may not do yourself")


def _read(actions: Iterable[str]) -> frozenset[Action]:
    words = list(actions)
    if not words:
        raise RefusedError("a role allows something", field="actions", allowed=sorted(_WORDS))
    for word in words:
        if word not in _WORDS:
            said = f"{word!r} is no action; {nearest(word, _WORDS)}"
            raise RefusedError(said, field="actions", allowed=sorted(_WORDS))
    return frozenset(_WORDS[word] for word in words)


def _free_name(session: Session, given: str) -> str:
    name = given.strip()
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise RefusedError("a role's name has 1 to 60 characters", field="name")
    if session.scalar(select(Role.role_id).where(Role.name == name)) is not None:
        raise ConflictError(f"there is a role {name!r} already")
    return name
