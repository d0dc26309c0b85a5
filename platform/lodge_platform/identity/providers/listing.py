"""Which providers there are, and the one that an address names."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from lodge_platform.errors import NotFoundError
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import IdentityProvider


@dataclass(frozen=True)
class OfferedProvider:
    """A provider that may be used, as its row says."""

    identity_provider_id: int
    name: str
    display_name: str
    issuer: str
    client_id: str
    client_secret_name: str


def offered_providers(lodge: Lodge) -> list[OfferedProvider]:
    """Every provider in use, by display name."""
    with lodge.stores.master.read() as connection:
        return _rows(connection)


def provider_named(connection: Connection, name: str) -> OfferedProvider:
    """The provider of that name. Raises NotFoundError for none, and for one that is closed."""
    for each in _rows(connection):
        if each.name == name:
            return each
    raise NotFoundError(f"no identity provider {name!r}")


def _rows(connection: Connection) -> list[OfferedProvider]:
    statement = (
        select(
            IdentityProvider.identity_provider_id,
            IdentityProvider.name,
            IdentityProvider.display_name,
            IdentityProvider.issuer,
            IdentityProvider.client_id,
            IdentityProvider.client_secret_name,
        )
        .where(IdentityProvider.is_active)
        .order_by(IdentityProvider.display_name, IdentityProvider.name)
    )
    return [OfferedProvider(*row) for row in connection.execute(statement)]
