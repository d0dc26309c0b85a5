"""Landed data links in the dictionary: each is a table `links.NAME`, its terms are its file's.

What a link's table holds is decided where it is loaded; its comments there say the same as these.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lodge_dictionary.entries import ColumnEntry, TableEntry
from lodge_platform.errors import SetUpError
from lodge_platform.links import LinkDescription, LinkField, registered_links
from lodge_platform.links.landed import LAKE_TYPES, LOADED_AT_MEANING, MORE_MEANING
from lodge_platform.links.opened import opened_links
from lodge_platform.lodge import Lodge
from lodge_platform.settings import Settings
from lodge_platform.vocabulary import Sensitivity

SCHEMA = "links"
_MORE = ColumnEntry(
    "more",
    "varchar",
    MORE_MEANING,
    sensitivity=Sensitivity.CONTENT.value,
)
_LOADED_AT = ColumnEntry("_loaded_at", "timestamp", LOADED_AT_MEANING, "instant", "UTC")


@dataclass(frozen=True)
class LinkTable:
    """One landed link. `mixed` are columns that may hold personal data and content alike; `roles`
    and `departments` are those of its callers, no department meaning any."""

    entry: TableEntry
    mixed: frozenset[str]
    roles: frozenset[str]
    departments: frozenset[str]


def link_tables(lodge: Lodge) -> tuple[LinkTable, ...]:
    """Every landed link whose file can be used, by name; none where no room has any."""
    try:
        described = registered_links(lodge).described()
    except SetUpError:
        return ()
    return _of(described)


def link_tables_of(settings: Settings) -> tuple[LinkTable, ...]:
    """The same, with stores that are open no longer than it takes."""
    try:
        with opened_links(settings) as (_, links):
            return _of(links.described())
    except SetUpError:
        return ()


def _of(described: Sequence[LinkDescription]) -> tuple[LinkTable, ...]:
    return tuple(_table(link) for link in described if link.is_landed and link.fault is None)


def _table(link: LinkDescription) -> LinkTable:
    shown = [field for field in link.fields if field.sensitivity != Sensitivity.SECRET]
    columns = [*map(_column, shown), *([_MORE] if link.has_more else []), _LOADED_AT]
    mixed = {field.name for field in shown if len(_sensitivities(field)) > 1}
    grain = f"One row per {' and '.join(link.key)}: {_one_line(link.term)}"
    return LinkTable(
        TableEntry(SCHEMA, link.name, grain, tuple(columns)),
        frozenset({*mixed, _MORE.name} if link.has_more else mixed),
        frozenset(link.roles),
        frozenset(link.departments),
    )


def _column(field: LinkField) -> ColumnEntry:
    is_json = field.is_list or bool(field.fields)
    is_instant = field.type == "instant" and not is_json
    found = _sensitivities(field)
    return ColumnEntry(
        name=field.name,
        kind="varchar" if is_json else LAKE_TYPES[field.type],
        meaning=" ".join((_one_line(field.term), *(("As JSON.",) if is_json else ()))),
        unit="instant" if is_instant else None,
        zone="UTC" if is_instant else None,
        sensitivity=max(found) if found else Sensitivity.OPEN.value,
    )


def _sensitivities(field: LinkField) -> set[str]:
    """Of the field and of all that it holds, open ones aside; what is secret is never in it."""
    return {
        one.sensitivity
        for one in _all(field)
        if one.sensitivity not in (Sensitivity.OPEN, Sensitivity.SECRET)
    }


def _all(field: LinkField) -> Iterator[LinkField]:
    yield field
    for inner in field.fields:
        yield from _all(inner)


def _one_line(text: str) -> str:
    return " ".join(text.split())
