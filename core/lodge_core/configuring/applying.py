"""Bring master to what a configuration file says, in one transaction; or say what that would do."""

from datetime import datetime

from lodge_core.configuring.changes import Change
from lodge_core.configuring.keys import Keys
from lodge_core.configuring.people import apply_skill_groups, apply_users
from lodge_core.configuring.reading import ConfigurationFile
from lodge_core.configuring.work import (
    apply_aliases,
    apply_departments,
    apply_domains,
    apply_queues,
    apply_workflows,
)
from lodge_platform.configuration import ConfigurationSession, change_configuration
from lodge_platform.lodge import Lodge


class _NotKept(Exception):
    """Ends the transaction of a plan without keeping any of it."""


def apply(lodge: Lodge, file: ConfigurationFile, *, by: str, now: datetime) -> list[Change]:
    """Apply all of the file, or nothing; what is so already leaves no version behind.

    Raises RefusedError, naming the line, for what cannot be.
    """
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        return _bring_all(session, lodge, file, now)


def plan(lodge: Lodge, file: ConfigurationFile, *, now: datetime) -> list[Change]:
    """What `apply` would change; nothing is kept. Raises as `apply` does."""
    changes: list[Change] = []
    try:
        with change_configuration(lodge.stores.master, by="plan", now=now) as session:
            changes = _bring_all(session, lodge, file, now)
            raise _NotKept
    except _NotKept:
        return changes


def _bring_all(
    session: ConfigurationSession, lodge: Lodge, file: ConfigurationFile, now: datetime
) -> list[Change]:
    keys = Keys(session)
    return [
        *apply_departments(session, keys, file),
        *apply_domains(session, keys, file),
        *apply_skill_groups(session, keys, file),
        *apply_users(session, keys, file, settings=lodge.settings, now=now),
        *apply_queues(session, keys, file),
        *apply_aliases(session, keys, file),
        *apply_workflows(session, file),
    ]
