"""Who may ask a link: one rule, for the room that answers and for those that offer it."""

from collections.abc import Collection

from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn


def may_ask(
    reader: SignedIn,
    *,
    roles: Collection[str],
    departments: Collection[str],
    is_writing: bool = False,
) -> bool:
    """Whether the reader may ask (or write by) a link of these callers.

    They need the right to, and one of the roles in one of the departments, in any where none is
    named; who operates links needs no role.
    """
    if not reader.may(Action.LINK_WRITE if is_writing else Action.LINK_ASK):
        return False
    if reader.may(Action.LINK_OPERATE):
        return True
    return any(
        held.role in roles and (not departments or held.department in departments)
        for held in reader.roles
    )
