"""Accounts at providers that sign a user in: linked on purpose, listed, taken away."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, NotFoundError
from lodge_platform.identity.providers.listing import OfferedProvider
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import IdentityProvider, UserIdentity


@dataclass(frozen=True)
class Linked:
    """One account and the provider it is at."""

    user_identity_id: int
    provider: str
    subject: str


def linked_accounts(lodge: Lodge, user_id: int) -> list[Linked]:
    """The accounts that sign this user in."""
    statement = (
        select(UserIdentity.user_identity_id, IdentityProvider.display_name, UserIdentity.subject)
        .join(
            IdentityProvider,
            IdentityProvider.identity_provider_id == UserIdentity.identity_provider_id,
        )
        .where(UserIdentity.user_id == user_id)
        .order_by(UserIdentity.user_identity_id)
    )
    with lodge.stores.master.read() as connection:
        return [Linked(*row) for row in connection.execute(statement)]


def link(
    lodge: Lodge, reader: SignedIn, provider: OfferedProvider, subject: str, *, now: datetime
) -> None:
    """Let this account sign the reader in. Raises ConflictError when it is linked already."""
    with change_configuration(lodge.stores.master, by=reader.name, now=now) as session:
        add_identity(session, reader.user_id, provider.identity_provider_id, subject)


def add_identity(session: Session, user_id: int, provider_id: int, subject: str) -> UserIdentity:
    """As `link`, for any user, in a session of `change_configuration`."""
    found = session.scalar(
        select(UserIdentity).where(
            UserIdentity.identity_provider_id == provider_id, UserIdentity.subject == subject
        )
    )
    if found is not None:
        whose = "you" if found.user_id == user_id else "another user"
        raise ConflictError(f"this account signs {whose} in already")
    row = UserIdentity(user_id=user_id, identity_provider_id=provider_id, subject=subject)
    session.add(row)
    session.flush()
    return row


def unlink(lodge: Lodge, reader: SignedIn, user_identity_id: int, *, now: datetime) -> None:
    """Let an account of the reader sign in no more; sessions it began end."""
    with change_configuration(lodge.stores.master, by=reader.name, now=now) as session:
        row = session.get(UserIdentity, user_identity_id)
        if row is None or row.user_id != reader.user_id:
            raise NotFoundError(f"no linked account {user_identity_id} of yours")
        session.delete(row)
