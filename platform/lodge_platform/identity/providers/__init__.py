"""Signing in by an OpenID Connect provider: people keep one account, we keep no password of it."""

from lodge_platform.identity.providers.flow import (
    Begun,
    Finished,
    Returned,
    UnknownAccountError,
    begin,
    finish,
)
from lodge_platform.identity.providers.linking import Linked, linked_accounts, unlink
from lodge_platform.identity.providers.listing import OfferedProvider, offered_providers

__all__ = [
    "Begun",
    "Finished",
    "Linked",
    "OfferedProvider",
    "Returned",
    "UnknownAccountError",
    "begin",
    "finish",
    "linked_accounts",
    "offered_providers",
    "unlink",
]
