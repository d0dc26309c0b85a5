"""What is one's own: who one is and may do what, API keys, and where one is signed in."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, and_, false, update
from sqlalchemy.orm import Session

from lodge_platform.api import Answer, Api, Body, Call, Collection, ObjectKey, refuse_stale
from lodge_platform.identity.actions import Action
from lodge_platform.identity.keys import add_key, end_key
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.master import ApiKey, UserSession

api = Api("oneself", "Who asks, their API keys, and where they are signed in.")


def _own_keys(reader: SignedIn, _action: Action) -> ColumnElement[bool]:
    return and_(ApiKey.user_id == reader.user_id, ApiKey.revoked_at.is_(None))


def _own_sessions(reader: SignedIn, _action: Action) -> ColumnElement[bool]:
    """A program has no sessions, and sees none of its user's."""
    if reader.api_key_id is not None:
        return false()
    return and_(UserSession.user_id == reader.user_id, UserSession.ended_at.is_(None))


KEYS = api.collection(
    Collection(
        name="api-keys",
        one="api-key",
        table=ApiKey.__table__,
        action=Action.KEY_OWN,
        visible=_own_keys,
        leaves_out=("revoked_at",),
        filters=("name", "expires_at"),
        sorts=("api_key_id", "expires_at", "name"),
        is_master=True,
        description="API keys of one's own that were not revoked, without the keys themselves.",
    )
)
SESSIONS = api.collection(
    Collection(
        name="sessions",
        one="session",
        table=UserSession.__table__,
        action=Action.SESSION_OWN,
        visible=_own_sessions,
        leaves_out=("ended_at", "end_reason"),
        filters=("expires_at", "method"),
        sorts=("user_session_id", "started_at", "seen_at"),
        is_master=True,
        description="Where one is signed in; a session is over at expires_at, or when ended.",
    )
)


class Oneself(msgspec.Struct, kw_only=True):
    """Who asks, and what they may do where."""

    user_id: int
    sign_in_name: str
    display_name: str
    department_id: int
    api_key_id: int | None
    rights: Annotated[
        dict[str, list[str]], Meta(description="Actions by the key of a whole department.")
    ]
    queue_rights: Annotated[
        dict[str, list[str]], Meta(description="Actions by the key of a single queue.")
    ]


class NewApiKey(Body, frozen=True):
    """A key for a program; it never may more than its user."""

    name: Annotated[str, Meta(min_length=1, max_length=100, description="What it is for.")]
    actions: Annotated[
        list[str], Meta(min_length=1, max_length=100, description="Actions, of those you may.")
    ]
    expires_at: Annotated[datetime, Meta(tz=True, description="When it ends, RFC 3339.")]
    department_ids: (
        Annotated[list[ObjectKey], Meta(max_length=500, description="Departments; else all.")]
        | None
    ) = None


class MadeApiKey(msgspec.Struct, kw_only=True):
    """A key that was made. The key itself is said this once."""

    api_key_id: int
    key: Annotated[str | None, Meta(description="The key; empty when the request is repeated.")]
    expires_at: datetime


@api.get("/me", action=Action.SESSION_OWN, answer=Oneself)
def read_oneself(call: Call) -> Answer:
    """Read who asks and what they may do where."""
    reader = call.reader
    said = Oneself(
        user_id=reader.user_id,
        sign_in_name=reader.sign_in_name,
        display_name=reader.display_name,
        department_id=reader.department_id,
        api_key_id=reader.api_key_id,
        rights=_words(reader.rights),
        queue_rights=_words(reader.queue_rights),
    )
    return call.value(said)


@api.post(
    "/api-keys",
    action=Action.KEY_OWN,
    body=NewApiKey,
    answer=MadeApiKey,
    status=201,
    writes="master",
    refusals=("conflict",),
)
def create_api_key(call: Call, body: NewApiKey, session: Session) -> Answer:
    """Make an API key; it is shown this once. A program cannot make one."""
    made = add_key(
        session,
        call.lodge,
        call.reader,
        name=body.name,
        actions=body.actions,
        expires_at=body.expires_at,
        department_ids=body.department_ids,
        now=call.now,
    )
    said = MadeApiKey(api_key_id=made.api_key_id, key=made.key, expires_at=body.expires_at)
    kept = MadeApiKey(api_key_id=made.api_key_id, key=None, expires_at=body.expires_at)
    headers = [("Location", f"/api/v1/api-keys/{made.api_key_id}")]
    return call.value(said, 201, kept=kept, headers=headers)


@api.delete("/api-keys/{api_key_id}", action=Action.KEY_OWN, writes="master")
def revoke_api_key(call: Call, session: Session) -> Answer:
    """Revoke an API key of yours; it is worth nothing at once."""
    key = call.key("api_key_id")
    call.visible(KEYS, key)
    refuse_stale(session.get_one(ApiKey, key, with_for_update=True), call.match)
    end_key(session, call.reader, key, now=call.now)
    return call.nothing()


@api.delete("/sessions/{user_session_id}", action=Action.SESSION_OWN, writes="master")
def end_session(call: Call, session: Session) -> Answer:
    """End a session of yours; its pages are signed out within a second."""
    key = call.key("user_session_id")
    call.visible(SESSIONS, key)
    refuse_stale(session.get_one(UserSession, key, with_for_update=True), call.match)
    session.connection().execute(
        update(UserSession)
        .where(UserSession.user_session_id == key)
        .values(ended_at=call.now, end_reason="signed_out")
    )
    return call.nothing()


def _words(rights: Any) -> dict[str, list[str]]:
    return {str(key): sorted(each.value for each in held) for key, held in rights.items()}
