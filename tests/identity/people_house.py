"""People behind the API's door: programs of theirs, roles, sessions."""

from fastapi.testclient import TestClient
from sqlalchemy import select

from api.house import House, house_of
from fixtures.workplace import Workplace
from identity.people import HOME, NINE, PASSWORD
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import (
    create_user,
    resources,
    resources_of_audit,
    resources_of_oneself,
    resources_of_roles,
    sign_in,
    who_is,
)
from lodge_platform.schema.master import Role, RoleAction

MODULES = (resources, resources_of_roles, resources_of_oneself, resources_of_audit)


def people_house(workplace: Workplace) -> House:
    """The platform's own resources over a workplace."""
    return house_of(workplace, [module.api for module in MODULES])


def own_role(house: House, name: str, *actions: str) -> int:
    """A role of these actions; the key."""
    with change_configuration(house.lodge.stores.master, by="test", now=NINE) as session:
        role = Role(name=name)
        session.add(role)
        session.flush()
        session.add_all(RoleAction(role_id=role.role_id, action=each) for each in actions)
        return role.role_id


def role_key(house: House, name: str) -> int:
    """The key of the role of that name."""
    with house.lodge.stores.master.read() as connection:
        return connection.execute(select(Role.role_id).where(Role.name == name)).scalar_one()


def manager(house: House) -> TestClient:
    """The program of somebody who only manages users, of Customer care, and is an agent there."""
    own_role(house, "manager", "user.manage", "personal.read")
    return house.asker("mona", "manager", "agent")


def etag(asker: TestClient, path: str) -> dict[str, str]:
    """The header that a change of this thing must carry."""
    answer = asker.get(path)
    assert answer.status_code == 200, answer.text
    return {"if-match": answer.headers["etag"]}


def session_of(house: House, name: str, *roles: str) -> str:
    """Somebody new who signed in with a password, now: the session's token."""
    house.people[name] = create_user(
        house.lodge,
        name,
        display_name=name,
        department_id=house.place.department_id,
        password=PASSWORD,
        roles=roles,
        by="test",
        now=NINE,
    )
    return sign_in(house.lodge, name, PASSWORD, HOME, utc_now())


def lives(house: House, token: str) -> bool:
    """Whether a session still lives."""
    return who_is(house.lodge, token, utc_now()) is not None
