"""Who may ask a link, and which of its fields they are shown."""

from lodge_adapters.answers.fields import ALL, Seen
from lodge_adapters.language import Link
from lodge_platform.api.visibility import sees_everywhere
from lodge_platform.errors import NotFoundError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.links.callers import may_ask as is_caller
from lodge_platform.vocabulary import Sensitivity

_RIGHTS = (
    (Sensitivity.PERSONAL, Action.PERSONAL_READ),
    (Sensitivity.CONTENT, Action.CONTENT_READ),
)


def may_ask(link: Link, reader: SignedIn | None) -> bool:
    """Whether this reader, or the house itself (None), may ask the link.

    A reader needs the right to ask (or to write, for a link that writes), and one of the link's
    roles in one of its departments; who operates links needs no role.
    """
    if reader is None:
        return True
    callers = link.callers
    return is_caller(
        reader, roles=callers.roles, departments=callers.departments, is_writing=link.writes
    )


def refuse_others(name: str, link: Link, reader: SignedIn | None) -> None:
    """Raise NotFoundError, as for a link that is not there, for who may not ask."""
    if not may_ask(link, reader):
        raise NotFoundError(f"no link {name!r}")


def seen_by(reader: SignedIn | None) -> Seen:
    """The sensitivities a reader is shown wherever they may ask links; the house is shown all
    but secrets."""
    if reader is None:
        return ALL
    if not reader.may(Action.LINK_ASK):
        return frozenset({Sensitivity.OPEN})
    shown = {
        sensitivity
        for sensitivity, right in _RIGHTS
        if sees_everywhere(reader, Action.LINK_ASK, right)
    }
    return frozenset({Sensitivity.OPEN, *shown})
