"""The roles of a new home, written to the master store once."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lodge_platform.identity.actions import DEFAULT_ROLES, Action
from lodge_platform.schema.master import Role, RoleAction


def seed_roles(session: Session) -> None:
    """Make the default roles that are missing, in a session of `change_configuration`.

    A role that exists keeps the actions its operators gave it; only `administrator` always gets
    every action, also those that a newer Lodge brings.
    """
    for name, actions in DEFAULT_ROLES.items():
        role = session.scalar(select(Role).where(Role.name == name))
        if role is None:
            role = Role(name=name)
            session.add(role)
            session.flush()
            _allow(session, role, actions)
        elif name == "administrator":
            _allow(session, role, actions)


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
