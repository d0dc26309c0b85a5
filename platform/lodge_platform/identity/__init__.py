"""Who is asking and what they may do: users, passwords, sessions, roles, the rights matrix."""

from lodge_platform.identity.actions import Action
from lodge_platform.identity.attempts import TooManyAttemptsError
from lodge_platform.identity.roles import seed_roles
from lodge_platform.identity.sessions import end_session, who_is
from lodge_platform.identity.sign_in import sign_in
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
    "SignedIn",
    "TooManyAttemptsError",
    "create_user",
    "disable_user",
    "end_session",
    "grant_role",
    "revoke_role",
    "rights_of",
    "seed_roles",
    "set_password",
    "sign_in",
    "who_is",
]
