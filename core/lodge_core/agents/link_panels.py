"""Data links beside an activity: which of them the reader may ask, and one as a panel."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from lodge_core.activities.subject import subject_of
from lodge_platform.errors import LodgeError, NotFoundError, SetUpError
from lodge_platform.identity import Action, SignedIn
from lodge_platform.links import (
    Caller,
    CallerKind,
    LinkDescription,
    LinkPanel,
    may_ask,
    registered_links,
)
from lodge_platform.lodge import Lodge


class PanelToAsk(Struct, frozen=True):
    """A panel that is not asked yet."""

    name: str
    title: str


def panels_for(
    lodge: Lodge, reader: SignedIn, *, activity_id: int, place: tuple[int, int | None]
) -> tuple[PanelToAsk, ...]:
    """The panels of an activity that the reader may read, by title; no source is asked.

    `place` is its department and queue. A link is left out where nothing of the activity fills
    what it must be asked with.
    """
    if not reader.may(Action.LINK_ASK, *place):
        return ()
    try:
        links = registered_links(lodge)
    except SetUpError:  # no room answers links: an activity is shown without
        return ()
    described = [one for one in links.described() if _is_for(one, reader)]
    if not described:
        return ()
    subject = subject_of(lodge, activity_id) or {}
    found = [
        PanelToAsk(one.name, one.panel_title or one.title)
        for one in described
        if _is_filled(one, subject)
    ]
    return tuple(sorted(found, key=lambda panel: (panel.title.casefold(), panel.name)))


def panel_for(
    lodge: Lodge, reader: SignedIn, name: str, *, activity_id: int, place: tuple[int, int | None]
) -> PanelToAsk:
    """One of `panels_for`. Raises NotFoundError."""
    for panel in panels_for(lodge, reader, activity_id=activity_id, place=place):
        if panel.name == name:
            return panel
    raise NotFoundError(f"no panel {name!r}")


def ask_panel(
    lodge: Lodge,
    panel: PanelToAsk,
    reader: SignedIn,
    *,
    activity_id: int,
    department_id: int,
    now: datetime,
) -> LinkPanel:
    """One of `panels_for`, asked; takes as long as the link's source does."""
    caller = Caller(
        kind=CallerKind.PANEL, reader=reader, department_id=department_id, activity_id=activity_id
    )
    subject = subject_of(lodge, activity_id) or {}
    try:
        return registered_links(lodge).panel(panel.name, subject, caller=caller, now=now)
    except NotFoundError:
        raise
    except LodgeError as error:
        return LinkPanel(name=panel.name, title=panel.title, obstacle=str(error))


def _is_for(link: LinkDescription, reader: SignedIn) -> bool:
    is_shown = link.panel_title is not None and link.fault is None and not link.is_writing
    return is_shown and may_ask(reader, roles=link.roles, departments=link.departments)


def _is_filled(link: LinkDescription, subject: Mapping[str, str | None]) -> bool:
    return all(
        parameter.subject is not None and subject.get(parameter.subject)
        for parameter in link.parameters
        if parameter.is_required
    )
