"""The roles of a new home, written to the master store once."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lodge_platform.identity.actions import DEFAULT_ROLES, Action
from lodge_platform.schema.master import Role, RoleAction


def seed_roles(session: Session) -> None:
    """Make the default roles that are missing, in a session of `change_configuration`.

    A role that exists keeps the actions its operators gave it. `administrator` always gets every
    action; what it had not yet is new with this Lodge, and the other default roles get their part
    of that, so that nobody can do less after an upgrade.
    """
    new = _new_actions(session)
    for name, actions in DEFAULT_ROLES.items():
        role = session.scalar(select(Role).where(Role.name == name))
        if role is None:
            role = Role(name=name)
            session.add(role)
            session.flush()
            _allow(session, role, actions)
        else:
            _allow(session, role, actions & new)


def _new_actions(session: Session) -> frozenset[Action]:
    """Actions that no administrator of this home had yet."""
    held = session.scalars(
        select(RoleAction.action)
        .join(Role, Role.role_id == RoleAction.role_id)
        .where(Role.name == "administrator")
    )
    return DEFAULT_ROLES["administrator"] - {Action(word) for word in held if word in set(Action)}


def _allow(session: Session, role: Role, actions: frozenset[Action]) -> None:
    allowed = set(
        session.scalars(select(RoleAction.action).where(RoleAction.role_id == role.role_id))
    )
    session.add_all(
        RoleAction(role_id=role.role_id, action=action.value)
        for action in sorted(actions)
        if action.value not in allowed
    )
    session.flush()
