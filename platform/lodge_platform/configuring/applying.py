"""Bring master to what a configuration file says, in one transaction; or say what that would do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from lodge_platform.configuration import (
    ConfigurationSession,
    change_configuration,
    version_in_force,
)
from lodge_platform.configuring.bringing import bring
from lodge_platform.configuring.comparing import Change, differences
from lodge_platform.configuring.effects import Difference, Effect
from lodge_platform.configuring.keys import Keys
from lodge_platform.configuring.kind import Bringing, ConfigurationKind, Part
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.reading import ConfigurationFile
from lodge_platform.configuring.registry import Kinds, configuration_kinds
from lodge_platform.configuring.removing import prune
from lodge_platform.configuring.rows import Rows, read_rows
from lodge_platform.configuring.rules import OPERATOR, Asker, refuse_wrong
from lodge_platform.configuring.words import Said
from lodge_platform.errors import StaleError
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic


class Applied(msgspec.Struct, frozen=True):
    """What was changed: the configuration's version before and after, and each change."""

    from_version: int
    version: int
    changes: list[Change]
    before: Rows
    after: Rows


class Plan(msgspec.Struct, frozen=True):
    """What would be changed, computed on configuration `version`, and what live work would see."""

    version: int
    changes: list[Change]
    effects: list[Effect]


class SaidPart(NamedTuple):
    """A part that a file says of one row."""

    part: Part
    key: int
    value: Any
    place: Place


class NotKept(Exception):
    """Ends the transaction of a plan without keeping any of it."""


def apply(
    lodge: Lodge,
    file: ConfigurationFile,
    *,
    by: str,
    now: datetime,
    expect: int | None = None,
    is_pruning: bool = False,
    asker: Asker = OPERATOR,
) -> Applied:
    """Apply all of the file, or nothing; what is so already leaves no version behind.

    `expect` is the configuration version that the asker's plan was computed on. Raises
    RefusedError, naming the line, for what cannot be, and StaleError for another version.
    """
    with change_configuration(lodge.stores.master, by=by, now=now) as session:
        applied = apply_in(
            session, lodge, file, now=now, expect=expect, is_pruning=is_pruning, asker=asker
        )
    if applied.changes:
        wake(lodge, Topic.CONFIGURATION)
    return applied


def plan(
    lodge: Lodge,
    file: ConfigurationFile,
    *,
    now: datetime,
    is_pruning: bool = False,
    asker: Asker = OPERATOR,
) -> Plan:
    """What `apply` would change and do to live work; nothing is kept. Raises as `apply` does."""
    applied: Applied | None = None
    try:
        with change_configuration(lodge.stores.master, by="plan", now=now) as session:
            applied = apply_in(session, lodge, file, now=now, is_pruning=is_pruning, asker=asker)
            raise NotKept
    except NotKept:
        assert applied is not None  # noqa: S101 - it was made before
    return Plan(applied.from_version, applied.changes, effects_of(lodge, applied, now=now))


def effects_of(lodge: Lodge, applied: Applied, *, now: datetime) -> list[Effect]:
    """What the change does to live work, kinds in their order, read from the stores as they are."""
    with lodge.stores.active.read() as active, lodge.stores.master.read() as master:
        difference = Difference(applied.before, applied.after, active, master, now)
        return [
            effect
            for kind in applied.after.kinds
            if kind.effects is not None
            for effect in kind.effects(difference)
        ]


def refuse_moved(session: ConfigurationSession, expect: int | None) -> int:
    """The version in force. Raises StaleError when it is not the one that was expected."""
    version = version_in_force(session.connection())
    if expect is not None and version != expect:
        raise StaleError(
            f"the configuration is at version {version}, not {expect}: somebody changed it since "
            "the plan; plan again"
        )
    return version


def apply_in(
    session: ConfigurationSession,
    lodge: Lodge,
    file: ConfigurationFile,
    *,
    now: datetime,
    expect: int | None = None,
    is_pruning: bool = False,
    asker: Asker = OPERATOR,
) -> Applied:
    """As `apply`, in a session of `change_configuration` that the caller ends."""
    kinds = configuration_kinds()
    version = refuse_moved(session, expect)
    before = read_rows(session.connection(), kinds)
    keys = Keys(session, kinds, departments=asker.departments)
    bringing = Bringing(lodge, session, keys, now)
    notes, places = _bring_rows(bringing, kinds, file)
    if is_pruning:
        notes += prune(bringing, kinds, file)
    session.flush()
    after = read_rows(session.connection(), kinds)
    changes = differences(before, after, notes)
    refuse_wrong(before, after, places=places, changes=changes, asker=asker, lodge=lodge)
    return Applied(version, version_in_force(session.connection()), changes, before, after)


def _bring_rows(
    bringing: Bringing, kinds: Kinds, file: ConfigurationFile
) -> tuple[list[Change], dict[tuple[str, int], Place]]:
    """Every row first, then their parts, which may name rows of any kind."""
    notes: list[Change] = []
    places: dict[tuple[str, int], Place] = {}
    brought: list[tuple[ConfigurationKind, Said, int, Place]] = []
    for kind in kinds:
        for number, said in _owners_first(kind, file.said.get(kind.plural, ())):
            place = file.place(kind.plural, number)
            row, note = bring(bringing, kind, said, place)
            key = getattr(row, kind.key_column)
            notes += [note] if note else []
            places[kind.plural, key] = place
            brought.append((kind, said, key, place))
    said_parts = [
        SaidPart(part, key, getattr(said, part.field), place.at(part.field))
        for kind, said, key, place in brought
        for part in kind.parts
        if getattr(said, part.field) is not UNSET
    ]
    for one in said_parts:
        one.part.bring(bringing, one.key, one.value, one.place)
    fields = {(one.part.rows, one.part.field) for one in said_parts}
    twice = {rows for rows, _ in fields if sum(rows == other for other, _ in fields) > 1}
    for one in said_parts:
        if one.part.rows in twice and one.part.bring(bringing, one.key, one.value, one.place):
            raise one.place.refusal("another entry says otherwise of the same; say it once")
    return notes, places


def _owners_first(kind: ConfigurationKind, listed: Sequence[Said]) -> list[tuple[int, Said]]:
    """The entries in an order in which one that names another of its kind comes after it."""
    numbered = list(enumerate(listed))
    own = [reference for reference in kind.references if reference.kind == kind.plural]
    if not own:
        return numbered
    by_name = {kind.name_of(kind.columns_of(said)): (n, said) for n, said in numbered}
    done: dict[int, Said] = {}

    def visit(number: int, said: Said, above: frozenset[int]) -> None:
        for reference in own:
            name = getattr(said, reference.field)
            other = by_name.get(kind.normal(name)) if isinstance(name, str) else None
            if other and other[0] not in above and other[0] not in done:
                visit(*other, above | {number, other[0]})
        done.setdefault(number, said)

    for number, said in numbered:
        visit(number, said, frozenset({number}))
    return list(done.items())
