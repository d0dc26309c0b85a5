"""Default roles after an upgrade: nobody can do less, and an operator's changes stay."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fixtures.workplace import NINE
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import seed_roles
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Role, RoleAction


def test_actions_that_a_newer_lodge_brings_come_to_the_default_roles(lodge: Lodge) -> None:
    new = {"content.read", "case.work"}
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        for name in ("agent", "administrator"):
            _take(session, name, new)
        _take(session, "agent", {"dictionary.read"})  # an operator's own wish
        seed_roles(session)
        assert new <= _actions(session, "agent")
        assert new <= _actions(session, "administrator")
        assert "dictionary.read" not in _actions(session, "agent")


def _take(session: Session, name: str, words: set[str]) -> None:
    role = session.scalars(select(Role).where(Role.name == name)).one()
    for row in session.scalars(select(RoleAction).where(RoleAction.role_id == role.role_id)):
        if row.action in words:
            session.delete(row)
    session.flush()


def _actions(session: Session, name: str) -> set[str]:
    found = select(RoleAction.action).join(Role, Role.role_id == RoleAction.role_id)
    return set(session.scalars(found.where(Role.name == name)))
