"""Who is asking and what they may do: users, passwords, sessions, roles, the rights matrix."""

from lodge_platform.identity.actions import Action
from lodge_platform.identity.attempts import TooManyAttemptsError
from lodge_platform.identity.keys import NewKey, make_key, revoke_key, who_is_key
from lodge_platform.identity.one_time import SpentTokenError
from lodge_platform.identity.roles import seed_roles
from lodge_platform.identity.seats import NoSeatError
from lodge_platform.identity.sessions import end_session, who_is
from lodge_platform.identity.sign_in import CodeWantedError, sign_in, sign_in_with_code
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.identity.users import (
    create_user,
    disable_user,
    grant_role,
    revoke_role,
    rights_of,
    set_password,
)

__all__ = [
    "Action",
    "CodeWantedError",
    "NewKey",
    "NoSeatError",
    "SignedIn",
    "SpentTokenError",
    "TooManyAttemptsError",
    "create_user",
    "disable_user",
    "end_session",
    "grant_role",
    "make_key",
    "revoke_key",
    "revoke_role",
    "rights_of",
    "seed_roles",
    "set_password",
    "sign_in",
    "sign_in_with_code",
    "who_is",
    "who_is_key",
]
