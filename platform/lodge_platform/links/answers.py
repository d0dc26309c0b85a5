"""What a link answers to another room of the house: plain values with where they come from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct


class Provenance(Struct, frozen=True, kw_only=True):
    """Where an answer comes from. `source` names it without any secret; `fetched_at` in UTC.

    `is_stale`: the source did not answer, and an older answer was allowed in its place.
    """

    source: str
    fetched_at: datetime
    is_from_cache: bool = False
    is_stale: bool = False


class LinkParameter(Struct, frozen=True, kw_only=True):
    """One parameter; `subject` says what of an activity fills it, as `customer.address`."""

    name: str
    type: str
    term: str
    is_required: bool
    pattern: str | None = None
    default: str | None = None
    subject: str | None = None


class LinkField(Struct, frozen=True, kw_only=True):
    """One value of a row. `fields` are those of a nested thing."""

    name: str
    type: str
    term: str
    is_list: bool = False
    sensitivity: str = "open"
    fields: tuple["LinkField", ...] = ()


class LinkDescription(Struct, frozen=True, kw_only=True):
    """A link that is in force, or that cannot be: then `fault` says why.

    `version` tells one text of the file from another. `roles` and `departments`: who may ask;
    empty departments mean every one. A load asks by `cursor_parameter` from the greatest `cursor`
    on. `has_more`: rows hold what is undeclared under the name `more`, texts by name.
    """

    name: str
    title: str
    term: str
    version: str
    kind: str
    parameters: tuple[LinkParameter, ...] = ()
    fields: tuple[LinkField, ...] = ()
    roles: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    panel_title: str | None = None
    is_landed: bool = False
    key: tuple[str, ...] = ()
    cursor: str | None = None
    cursor_parameter: str | None = None
    has_more: bool = False
    is_writing: bool = False
    fault: str | None = None


class LinkRows(Struct, frozen=True, kw_only=True):
    """All rows of one answer: values by field name, as Python has them.

    Text is str, integer int, decimal Decimal, boolean bool, date and instant date and aware
    datetime; a list is a list, a nested thing a dict. A value that is not there is None.
    """

    link: str
    version: str
    rows: Sequence[Mapping[str, Any]]
    provenance: Provenance
    is_truncated: bool = False


class LinkPanel(Struct, frozen=True, kw_only=True):
    """A link shown beside an activity: harmless HTML, or an `obstacle` in words and no HTML."""

    name: str
    title: str
    html: str = ""
    obstacle: str | None = None
    provenance: Provenance | None = None
