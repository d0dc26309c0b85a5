"""People as pages show them: who belongs to the departments one manages, and what they have."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from lodge_platform.errors import NotFoundError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.held_rights import covers
from lodge_platform.identity.managing import actions_in, granted_to
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import (
    ApiKey,
    ApiKeyUse,
    Department,
    Queue,
    Role,
    SecondFactor,
    User,
    UserRole,
    UserRoleQueue,
)

MOST = 500


@dataclass(frozen=True)
class Grant:
    """A granted role with the names it is shown by; `queues` empty: the whole department."""

    user_role_id: int
    user_id: int
    role: str
    department: str
    queues: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Person:
    """A user as managed: `is_beyond` when they may more than the reader, who then only looks."""

    user_id: int
    sign_in_name: str
    display_name: str
    email_address: str | None
    department_id: int
    department: str
    is_active: bool
    has_password: bool
    has_second_factor: bool
    grants: list[Grant]
    is_beyond: bool = False


@dataclass(frozen=True)
class Choices:
    """What a manager may choose from: (key, name), queues with their department's key."""

    departments: Sequence[tuple[int, str]]
    roles: Sequence[tuple[int, str]]
    queues: Sequence[tuple[int, str, int]]


@dataclass(frozen=True)
class ShownKey:
    """An API key of one's own that lives."""

    api_key_id: int
    name: str
    start: str
    actions: list[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    address: str | None


def people_of(lodge: Lodge, reader: SignedIn, wanted: str = "") -> list[Person]:
    """Users of the departments that one manages, whose names contain `wanted`; at most 500."""
    with lodge.stores.master.read() as connection:
        return _people(connection, reader, wanted=wanted)


def person_of(lodge: Lodge, reader: SignedIn, user_id: int) -> Person:
    """One of them. Raises NotFoundError."""
    with lodge.stores.master.read() as connection:
        for person in _people(connection, reader, user_id=user_id):
            is_beyond = not covers(reader, granted_to(connection, user_id))
            return replace(person, is_beyond=is_beyond)
    raise NotFoundError(f"no user {user_id}")


def choices_of(lodge: Lodge, reader: SignedIn) -> Choices:
    """Departments one manages users of, roles whose every action one holds in one of them."""
    managed = sorted(reader.departments_with(Action.USER_MANAGE))
    with lodge.stores.master.read() as connection:
        departments = connection.execute(
            select(Department.department_id, Department.name)
            .where(Department.department_id.in_(managed))
            .order_by(Department.name)
        ).all()
        queues = connection.execute(
            select(Queue.queue_id, Queue.name, Queue.department_id)
            .where(Queue.department_id.in_(managed), Queue.is_active)
            .order_by(Queue.name)
        ).all()
        roles = connection.execute(select(Role.role_id, Role.name).order_by(Role.name)).all()
        held = [reader.rights[key] for key in managed]
        offered = [
            (role.role_id, role.name)
            for role in roles
            if any(actions_in(connection, role.role_id) <= each for each in held)
        ]
    return Choices(
        [(row.department_id, row.name) for row in departments],
        offered,
        [(row.queue_id, row.name, row.department_id) for row in queues],
    )


def keys_of(lodge: Lodge, reader: SignedIn, now: datetime) -> list[ShownKey]:
    """One's own keys that live, latest first."""
    statement = (
        select(
            ApiKey.api_key_id,
            ApiKey.name,
            ApiKey.start,
            ApiKey.actions,
            ApiKey.created_at,
            ApiKey.expires_at,
            ApiKeyUse.used_at,
            ApiKeyUse.address,
        )
        .outerjoin(ApiKeyUse, ApiKeyUse.api_key_id == ApiKey.api_key_id)
        .where(
            ApiKey.user_id == reader.user_id,
            ApiKey.revoked_at.is_(None),
            ApiKey.expires_at > now,
        )
        .order_by(ApiKey.api_key_id.desc())
    )
    with lodge.stores.master.read() as connection:
        return [ShownKey(*row) for row in connection.execute(statement)]


def _people(
    connection: Connection, reader: SignedIn, *, wanted: str = "", user_id: int | None = None
) -> list[Person]:
    managed = sorted(reader.departments_with(Action.USER_MANAGE))
    statement = (
        select(
            User.user_id,
            User.sign_in_name,
            User.display_name,
            User.email_address,
            User.department_id,
            Department.name.label("department"),
            User.is_active,
            User.password_hash.is_not(None).label("has_password"),
            SecondFactor.confirmed_at.is_not(None).label("has_second_factor"),
        )
        .join(Department, Department.department_id == User.department_id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.user_id)
        .where(User.department_id.in_(managed))
        .order_by(User.is_active.desc(), func.lower(User.display_name), User.user_id)
        .limit(MOST)
    )
    if user_id is not None:
        statement = statement.where(User.user_id == user_id)
    if wanted:
        named = (User.sign_in_name, User.display_name, User.email_address)
        statement = statement.where(
            or_(*(column.icontains(wanted, autoescape=True) for column in named))
        )
    rows = connection.execute(statement).all()
    grants = _grants(connection, [row.user_id for row in rows], managed)
    return [
        Person(*row, grants=[each for each in grants if each.user_id == row.user_id])
        for row in rows
    ]


def _grants(connection: Connection, users: list[int], managed: list[int]) -> list[Grant]:
    """Roles of these users in the departments that one manages, with the queues of each."""
    statement = (
        select(
            UserRole.user_role_id,
            UserRole.user_id,
            Role.name.label("role"),
            Department.name.label("department"),
        )
        .join(Role, Role.role_id == UserRole.role_id)
        .join(Department, Department.department_id == UserRole.department_id)
        .where(UserRole.user_id.in_(users), UserRole.department_id.in_(managed))
        .order_by(Role.name, Department.name)
    )
    grants = {row.user_role_id: Grant(*row) for row in connection.execute(statement)}
    narrowing = (
        select(UserRoleQueue.user_role_id, Queue.name)
        .join(Queue, Queue.queue_id == UserRoleQueue.queue_id)
        .where(UserRoleQueue.user_role_id.in_(list(grants)))
        .order_by(Queue.name)
    )
    for key, name in connection.execute(narrowing):
        grants[key].queues.append(name)
    return list(grants.values())
