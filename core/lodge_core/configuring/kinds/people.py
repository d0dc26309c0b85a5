"""Skill groups, roles and users: who may do what, and who can do which work."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType, field

from lodge_core.configuring.effects import people as effects
from lodge_core.configuring.kinds.granting import roles_of_users
from lodge_core.configuring.kinds.own_address import refuse_odd_address
from lodge_platform.configuring.kind import Bringing, ConfigurationKind, Reference, Values
from lodge_platform.configuring.parts import list_part
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.rows import Rows
from lodge_platform.configuring.words import Name, Said, Text
from lodge_platform.errors import RefusedError
from lodge_platform.identity.actions import WITHOUT_ROLE, Action
from lodge_platform.identity.passwords import hash_password, is_password
from lodge_platform.identity.users import normal_name
from lodge_platform.schema.master import (
    Queue,
    Role,
    RoleAction,
    SkillGroup,
    SkillGroupMember,
    User,
    UserRole,
    UserRoleQueue,
)
from lodge_platform.secret_values import secret

SignInName = Annotated[str, Meta(pattern=r"^\S{1,100}$")]


class SaidSkillGroup(Said, frozen=True, kw_only=True):
    """A group of agents who can do one kind of work; `members`, where given, are all it has.

    An export names the groups with the users instead.
    """

    name: Name
    department: Name
    members: list[Name] | UnsetType = UNSET


class SaidRole(Said, frozen=True, kw_only=True):
    """A role; `actions`, where given, are all it allows."""

    name: Name
    actions: list[Action] | UnsetType = UNSET


class SaidGrant(Said, frozen=True, kw_only=True):
    """A role in a department; with `queues`, in those alone."""

    role: Name
    department: Name
    queues: list[Name] = field(default_factory=list[str])


class SaidUser(Said, frozen=True, kw_only=True):
    """A person who signs in.

    `roles` and `skill_groups`, where given, are all the user has: others are taken away. A
    password, given as such or by the name of a secret, is set when the user is new; later only
    where `reset` says so.
    """

    sign_in_name: SignInName
    display_name: Name
    department: Name
    email_address: Text | UnsetType | None = UNSET
    roles: list[Name | SaidGrant] | UnsetType = UNSET
    skill_groups: list[Name] | UnsetType = UNSET
    password: str | None = None
    password_secret: Name | None = None
    reset: bool = False
    is_active: bool | UnsetType = UNSET


def _role_rights(rows: Rows, values: Values, place: Place) -> None:
    for grant in rows.related(RoleAction, "role_id", values["role_id"]):
        if grant["action"] in WITHOUT_ROLE:
            raise place.at("actions").refusal(f"{grant['action']!r} needs no role; leave it out")


def _user_fits(values: Values, place: Place) -> None:
    address = values.get("email_address", UNSET)
    if isinstance(address, str):
        refuse_odd_address(address, place.at("email_address"))


def _user_rights(rows: Rows, values: Values, place: Place) -> None:
    """A role in a department is narrowed to that department's queues."""
    for grant in rows.related(UserRole, "user_id", values["user_id"]):
        for narrowed in rows.related(UserRoleQueue, "user_role_id", grant["user_role_id"]):
            queue = rows.of(Queue)[narrowed["queue_id"]]
            if queue["department_id"] != grant["department_id"]:
                department = rows.name("departments", grant["department_id"])
                raise place.at("roles").refusal(
                    f"queue {queue['name']!r} is none of department {department!r}"
                )


def _password(
    bringing: Bringing, row: Any, said: Any, place: Place, *, is_new: bool
) -> tuple[str, ...]:
    """Keep the hash of the password where it is to be set; tells that, never the password."""
    if said.password is not None and said.password_secret is not None:
        raise place.refusal("give password or password_secret, not both")
    is_said = said.password is not None or said.password_secret is not None
    if said.reset and not is_said:
        raise place.refusal("reset sets a password anew; give password or password_secret")
    if not is_said or not (is_new or said.reset):
        return ()
    password = said.password
    if password is None:
        password = secret(bringing.lodge.settings, str(said.password_secret))
    if row.password_hash is not None and is_password(password, row.password_hash):
        return ()
    try:
        row.password_hash = hash_password(password, sign_in_name=row.sign_in_name)
    except RefusedError as error:
        raise place.at("password").refusal(str(error)) from error
    bringing.session.flush()
    return ("password: set anew",)


_DEPARTMENT = Reference("department", "departments", "department_id")

skill_groups = ConfigurationKind(
    word="skill group",
    plural="skill_groups",
    path="skill-groups",
    row=SkillGroup,
    said=SaidSkillGroup,
    order=30,
    references=(_DEPARTMENT,),
    parts=(
        list_part(
            "members",
            "member of skill group",
            SkillGroupMember,
            owner_column="skill_group_id",
            member_column="user_id",
            members="users",
            is_exported=False,
        ),
    ),
    effects=effects.of_skill_groups,
)
roles = ConfigurationKind(
    word="role",
    plural="roles",
    path="roles",
    row=Role,
    said=SaidRole,
    order=40,
    parts=(
        list_part(
            "actions",
            "action of role",
            RoleAction,
            owner_column="role_id",
            member_column="action",
        ),
    ),
    write_action=Action.USER_MANAGE,
    has_resource=False,
    refuse=_role_rights,
    effects=effects.of_roles,
)
users = ConfigurationKind(
    word="user",
    plural="users",
    path="users",
    row=User,
    said=SaidUser,
    order=60,
    name_columns=("sign_in_name",),
    normal=normal_name,
    references=(_DEPARTMENT,),
    parts=(
        roles_of_users("roles"),
        list_part(
            "skill_groups",
            "skill group of user",
            SkillGroupMember,
            owner_column="user_id",
            member_column="skill_group_id",
            members="skill_groups",
        ),
    ),
    never_out=("password", "password_secret", "reset"),
    traces=("agent_id", "owner_id", "author_id"),
    read_action=Action.USER_MANAGE,
    write_action=Action.USER_MANAGE,
    has_resource=False,
    also=_password,
    fits=_user_fits,
    refuse=_user_rights,
    effects=effects.of_users,
)
