"""The resource `roles`: named sets of actions, those of every home and one's own."""

from typing import Annotated

from msgspec import Meta
from sqlalchemy import true
from sqlalchemy.orm import Session

from lodge_platform.api import Answer, Api, Body, Call, Collection, refuse_stale
from lodge_platform.identity import own_roles
from lodge_platform.identity.actions import WITHOUT_ROLE, Action
from lodge_platform.schema.master import Role, RoleAction

api = Api("roles", "Named sets of actions, granted to users in departments.")

ROLES = api.collection(
    Collection(
        name="roles",
        one="role",
        table=Role.__table__,
        action=Action.USER_MANAGE,
        visible=lambda _reader, _action: true(),
        filters=("name",),
        sorts=("role_id", "name"),
        is_master=True,
    )
)
api.collection(
    Collection(
        name="actions",
        one="action",
        table=RoleAction.__table__,
        action=Action.USER_MANAGE,
        visible=lambda _reader, _action: true(),
        filters=("action",),
        sorts=("action",),
        under=ROLES,
        is_master=True,
        description="What the role allows.",
    ),
    is_item=False,
)


_WORDS = sorted(word.value for word in Action if word not in WITHOUT_ROLE)


class SaidRole(Body, frozen=True):
    """A role: its name and every action it allows."""

    name: Annotated[str, Meta(min_length=1, max_length=60, description="Name it is granted by.")]
    actions: Annotated[
        list[Annotated[str, Meta(extra_json_schema={"enum": _WORDS})]],
        Meta(min_length=1, max_length=100, description="Words of the rights matrix."),
    ]


@api.post(
    "/roles",
    action=Action.USER_MANAGE,
    body=SaidRole,
    answer=ROLES,
    status=201,
    writes="master",
    refusals=("conflict",),
)
def create_role(call: Call, body: SaidRole, session: Session) -> Answer:
    """Make a role of actions that you hold where you manage users."""
    role = own_roles.add_role(session, call.reader, name=body.name, actions=body.actions)
    return call.created(ROLES, role.role_id)


@api.put(
    "/roles/{role_id}",
    action=Action.USER_MANAGE,
    body=SaidRole,
    answer=ROLES,
    writes="master",
    refusals=("conflict",),
)
def replace_role(call: Call, body: SaidRole, session: Session) -> Answer:
    """Give a role this name and these actions; who has it is signed out.

    You must manage users wherever it is granted, and hold there what it allowed and will allow.
    """
    role = own_roles.role_to_change(session, call.key("role_id"))
    refuse_stale(role, call.match)
    own_roles.change_role(session, call.reader, role, name=body.name, actions=body.actions)
    return call.one(ROLES, role.role_id)


@api.delete("/roles/{role_id}", action=Action.USER_MANAGE, writes="master", refusals=("conflict",))
def delete_role(call: Call, session: Session) -> Answer:
    """Delete a role that nobody has; those of every home stay."""
    role = own_roles.role_to_change(session, call.key("role_id"))
    refuse_stale(role, call.match)
    own_roles.remove_role(session, call.reader, role)
    return call.nothing()
