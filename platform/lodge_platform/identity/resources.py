"""The resource `users`: people, what is granted to them, and what an administrator does for them.

Whoever manages users of a department sees and changes only its users; see `managing`.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import select
from sqlalchemy.orm import Session

from lodge_platform.api import Answer, Api, Body, Call, Collection, ObjectKey, refuse_stale
from lodge_platform.api.visibility import by_department
from lodge_platform.errors import NotFoundError
from lodge_platform.identity import managing
from lodge_platform.identity.actions import Action
from lodge_platform.identity.managing import UserChanges
from lodge_platform.schema.master import User, UserIdentity, UserRole, UserRoleQueue

api = Api("users", "People who sign in, and the roles they have.")
_ONE = "/users/{user_id}"

USERS = api.collection(
    Collection(
        name="users",
        one="user",
        table=User.__table__,
        action=Action.USER_MANAGE,
        visible=by_department(User.__table__),
        filters=("department_id", "sign_in_name", "display_name", "email_address", "is_active"),
        sorts=("user_id", "sign_in_name", "display_name"),
        is_master=True,
        description="Users of the departments whose users one manages.",
    )
)
GRANTS = api.collection(
    Collection(
        name="roles",
        one="granted role",
        table=UserRole.__table__,
        action=Action.USER_MANAGE,
        visible=by_department(UserRole.__table__),
        filters=("role_id", "department_id"),
        sorts=("user_role_id",),
        under=USERS,
        is_master=True,
        description="Roles granted to the user, each in a department whose users one manages.",
    )
)
api.collection(
    Collection(
        name="queues",
        one="granted queue",
        table=UserRoleQueue.__table__,
        action=Action.USER_MANAGE,
        visible=lambda _reader, _action: UserRoleQueue.user_role_queue_id.is_not(None),
        filters=("queue_id",),
        sorts=("user_role_queue_id",),
        under=GRANTS,
        is_master=True,
        description="Queues that a granted role is narrowed to; none: the whole department.",
    ),
    is_item=False,
)

IDENTITIES = api.collection(
    Collection(
        name="identities",
        one="identity",
        table=UserIdentity.__table__,
        action=Action.USER_MANAGE,
        visible=lambda _reader, _action: UserIdentity.user_identity_id.is_not(None),
        filters=("identity_provider_id",),
        sorts=("user_identity_id",),
        under=USERS,
        is_master=True,
        description="Accounts at identity providers that sign the user in.",
    )
)

SignInName = Annotated[
    str, Meta(min_length=1, max_length=100, description="Name typed at sign-in.")
]
DisplayName = Annotated[
    str, Meta(min_length=1, max_length=100, description="Name shown to others.")
]
Address = Annotated[str, Meta(min_length=3, max_length=254, description="E-mail address.")]


class NewUser(Body, frozen=True):
    """A user without a password: hand out a link, or link an account, so that they can sign in."""

    sign_in_name: SignInName
    display_name: DisplayName
    department_id: ObjectKey
    email_address: Address | None = None


class ChangedUser(Body, frozen=True):
    """The fields to change; null takes the e-mail address away. is_active false ends sessions."""

    sign_in_name: SignInName | UnsetType = UNSET
    display_name: DisplayName | UnsetType = UNSET
    department_id: ObjectKey | UnsetType = UNSET
    email_address: Address | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class NewGrant(Body, frozen=True):
    """A role in a department, or in these queues of it alone."""

    role_id: ObjectKey
    department_id: ObjectKey
    queue_ids: Annotated[
        tuple[ObjectKey, ...], Meta(max_length=500, description="Queues; none: all of them.")
    ] = ()


class NewIdentity(Body, frozen=True):
    """An account at a provider, by the name that the provider gives it: its subject."""

    identity_provider_id: ObjectKey
    subject: Annotated[str, Meta(min_length=1, max_length=255, description="The subject.")]


class Link(msgspec.Struct, kw_only=True):
    """A link by which the user sets a password, once. It is said this once."""

    user_id: int
    purpose: str
    path: Annotated[str | None, Meta(description="Path on this server; empty when asked again.")]


@api.post(
    "/users",
    action=Action.USER_MANAGE,
    body=NewUser,
    answer=USERS,
    status=201,
    writes="master",
    refusals=("conflict",),
)
def create_user(call: Call, body: NewUser, session: Session) -> Answer:
    """Make a user in a department whose users you manage."""
    user = managing.add_user(
        session,
        call.reader,
        sign_in_name=body.sign_in_name,
        display_name=body.display_name,
        department_id=body.department_id,
        email_address=body.email_address,
    )
    return call.created(USERS, user.user_id)


@api.patch(
    _ONE,
    action=Action.USER_MANAGE,
    body=ChangedUser,
    answer=USERS,
    writes="master",
    refusals=("conflict",),
)
def change_user(call: Call, body: ChangedUser, session: Session) -> Answer:
    """Change a user who may nothing that you may not."""
    user = _user(call, session)
    said = msgspec.structs.asdict(body)
    if said["email_address"] is None:
        said["email_address"] = ""
    changes = UserChanges(**{key: each for key, each in said.items() if each is not UNSET})
    managing.change_user(session, call.reader, user, changes)
    return call.one(USERS, user.user_id)


@api.post(
    _ONE + "/disable", action=Action.USER_MANAGE, answer=USERS, writes="master", needs_match=True
)
def disable_user(call: Call, session: Session) -> Answer:
    """Disable a user: every session, API key and link of theirs ends at once."""
    user = _user(call, session)
    managing.change_user(session, call.reader, user, UserChanges(is_active=False))
    return call.one(USERS, user.user_id)


@api.post(_ONE + "/link", action=Action.USER_MANAGE, answer=Link, writes="master", needs_match=True)
def hand_out_link(call: Call, session: Session) -> Answer:
    """Hand out a link by which the user sets a password, once.

    It ends after a week for an invitation, after a day for a reset; a new one ends earlier ones.
    """
    user = _user(call, session)
    token, purpose = managing.hand_out_link(session, call.reader, user.user_id)
    said = Link(user_id=user.user_id, purpose=purpose.value, path=link_path(token))
    kept = Link(user_id=user.user_id, purpose=purpose.value, path=None)
    return call.value(said, kept=kept)


@api.delete(_ONE + "/second-factor", action=Action.USER_MANAGE, writes="master")
def reset_second_factor(call: Call, session: Session) -> Answer:
    """Take a user's second factor away, who lost it; their sessions end."""
    user = _user(call, session)
    managing.reset_second_factor(session, call.reader, user.user_id)
    return call.nothing()


@api.delete(_ONE + "/sessions", action=Action.USER_MANAGE, writes="master")
def end_user_sessions(call: Call, session: Session) -> Answer:
    """Sign a user out everywhere."""
    user = _user(call, session)
    managing.end_sessions_of_user(session, call.reader, user.user_id)
    return call.nothing()


@api.post(
    _ONE + "/roles",
    action=Action.USER_MANAGE,
    body=NewGrant,
    answer=GRANTS,
    status=201,
    writes="master",
    refusals=("conflict",),
)
def grant_role(call: Call, body: NewGrant, session: Session) -> Answer:
    """Grant a role whose every action you hold yourself in that department."""
    call.visible(USERS, call.key("user_id"))
    row = managing.grant(
        session,
        call.reader,
        call.key("user_id"),
        role_id=body.role_id,
        department_id=body.department_id,
        queue_ids=body.queue_ids,
    )
    return call.created(GRANTS, row.user_role_id)


@api.delete(_ONE + "/roles/{user_role_id}", action=Action.USER_MANAGE, writes="master")
def revoke_role(call: Call, session: Session) -> Answer:
    """Revoke a granted role; the user's sessions end."""
    user_id, grant_id = call.key("user_id"), call.key("user_role_id")
    call.visible(USERS, user_id)
    row = call.visible(GRANTS, grant_id)
    if row.user_id != user_id:
        raise NotFoundError("no role")
    locked = select(UserRole).where(UserRole.user_role_id == grant_id).with_for_update()
    refuse_stale(session.scalars(locked).one(), call.match)
    managing.revoke(session, call.reader, user_id, grant_id)
    return call.nothing()


@api.post(
    _ONE + "/identities",
    action=Action.USER_MANAGE,
    body=NewIdentity,
    answer=IDENTITIES,
    status=201,
    writes="master",
    refusals=("conflict",),
)
def link_identity(call: Call, body: NewIdentity, session: Session) -> Answer:
    """Let an account at a provider sign the user in."""
    call.visible(USERS, call.key("user_id"))
    row = managing.link_identity(
        session,
        call.reader,
        call.key("user_id"),
        provider_id=body.identity_provider_id,
        subject=body.subject,
    )
    return call.created(IDENTITIES, row.user_identity_id)


@api.delete(_ONE + "/identities/{user_identity_id}", action=Action.USER_MANAGE, writes="master")
def unlink_identity(call: Call, session: Session) -> Answer:
    """Let an account sign the user in no more; sessions it began end."""
    user_id, key = call.key("user_id"), call.key("user_identity_id")
    call.visible(USERS, user_id)
    if call.visible(IDENTITIES, key).user_id != user_id:
        raise NotFoundError("no identity")
    managing.user_to_change(session, call.reader, user_id)
    row = session.get_one(UserIdentity, key, with_for_update=True)
    refuse_stale(row, call.match)
    session.delete(row)
    return call.nothing()


def link_path(token: str) -> str:
    """Where a link leads on this server."""
    return f"/console/link/{token}"


def _user(call: Call, session: Session) -> User:
    """The user of the path, to be changed: visible, within one's rights, and not stale."""
    call.visible(USERS, call.key("user_id"))
    user = managing.user_to_change(session, call.reader, call.key("user_id"))
    refuse_stale(user, call.match)
    return user
