"""The roles of a user, each in a department, perhaps narrowed to queues: a part of users."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from lodge_platform.configuring.kind import Bringing, Part, Values
from lodge_platform.configuring.parts import bring_members
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.rows import Rows
from lodge_platform.schema.master import User, UserRole, UserRoleQueue

# A role's key, a department's, and the keys of the queues it is narrowed to.
_Grant = tuple[int, int, tuple[int, ...]]


def roles_of_users(field: str) -> Part:
    """The part that `field` of a user says: role names, or entries with department and queues."""
    return Part(
        field,
        "role of user",
        (UserRole, UserRoleQueue),
        "user_id",
        _elements,
        _said,
        _told,
        _bring,
    )


def _elements(rows: Rows, user_id: int) -> Sequence[_Grant]:
    found: list[_Grant] = []
    for grant in rows.related(UserRole, "user_id", user_id):
        narrowed = rows.related(UserRoleQueue, "user_role_id", grant["user_role_id"])
        queues = tuple(sorted(one["queue_id"] for one in narrowed))
        found.append((grant["role_id"], grant["department_id"], queues))
    return sorted(found, key=lambda grant: _names(rows, grant))


def _names(rows: Rows, grant: _Grant) -> tuple[str, str, list[str]]:
    role_id, department_id, queue_ids = grant
    queues = sorted(str(rows.name("queues", key)) for key in queue_ids)
    return str(rows.name("departments", department_id)), str(rows.name("roles", role_id)), queues


def _said(rows: Rows, owner: Values, grant: _Grant) -> Any:
    department, role, queues = _names(rows, grant)
    if grant[1] == owner["department_id"] and not queues:
        return role
    said: dict[str, Any] = {"role": role, "department": department}
    return said | ({"queues": queues} if queues else {})


def _told(rows: Rows, grant: _Grant) -> str:
    department, role, queues = _names(rows, grant)
    only = f", only {', '.join(queues)}" if queues else ""
    return f"{role} in {department}{only}"


def _bring(bringing: Bringing, user_id: int, value: Sequence[Any], place: Place) -> bool:
    wanted: dict[tuple[int, int], set[int]] = {}
    own = bringing.session.scalars(select(User.department_id).where(User.user_id == user_id)).one()
    for number, one in enumerate(value):
        grant, queues = _wanted(bringing, one, own, place.at(number))
        if grant in wanted:
            raise place.at(number).refusal("the same role in the same department is given twice")
        wanted[grant] = queues
    return _bring_grants(bringing, user_id, wanted)


def _wanted(
    bringing: Bringing, one: Any, own_department_id: int, place: Place
) -> tuple[tuple[int, int], set[int]]:
    find = bringing.keys.find
    if isinstance(one, str):
        return (find("roles", one, place), own_department_id), set()
    queues = {
        find("queues", name, place.at("queues", number)) for number, name in enumerate(one.queues)
    }
    department_id = find("departments", one.department, place.at("department"))
    return (find("roles", one.role, place.at("role")), department_id), queues


def _bring_grants(
    bringing: Bringing, user_id: int, wanted: dict[tuple[int, int], set[int]]
) -> bool:
    session = bringing.session
    rows = session.scalars(select(UserRole).where(UserRole.user_id == user_id))
    held = {(row.role_id, row.department_id): row for row in rows}
    is_changed = wanted.keys() != held.keys()
    for key in sorted(held.keys() - wanted.keys()):
        bring_members(
            bringing, UserRoleQueue, ("user_role_id", held[key].user_role_id), ("queue_id", set())
        )
        session.delete(held[key])
    session.flush()
    for key in sorted(wanted):
        grant = held.get(key)
        if grant is None:
            grant = UserRole(user_id=user_id, role_id=key[0], department_id=key[1])
            session.add(grant)
            session.flush()
        owner = ("user_role_id", grant.user_role_id)
        is_changed |= bring_members(bringing, UserRoleQueue, owner, ("queue_id", wanted[key]))
    return is_changed
