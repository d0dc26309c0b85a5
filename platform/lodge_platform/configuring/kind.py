"""A kind of configuration: declared once, and files, plans, export, undoing and REST follow.

A room declares its kinds as `ConfigurationKind` and registers each in the entry point group
`lodge.configuration`, under the kind's key in files.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table

from lodge_platform.configuration import ConfigurationSession
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.words import Said
from lodge_platform.identity.actions import Action
from lodge_platform.lodge import Lodge
from lodge_platform.schema.base import MasterBase

if TYPE_CHECKING:
    from lodge_platform.configuring.effects import Difference, Effect
    from lodge_platform.configuring.keys import Keys
    from lodge_platform.configuring.rows import Rows

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """A field that names a row of another kind (by its plural), kept as that row's key."""

    field: str
    kind: str
    column: str


@dataclass(frozen=True)
class Bringing:
    """What bringing a row to what was said needs: the open session, and names to keys."""

    lodge: Lodge
    session: ConfigurationSession
    keys: "Keys"
    now: datetime


@dataclass(frozen=True)
class Part:
    """Rows of other tables that belong to a row of a kind, said in one field as a whole list.

    `elements` are what an owner has, hashable and in order; `said` is an element as a file says
    it, `told` as a reader is told it; `bring` makes what is there into what was said, and gives
    whether that changed anything; `bring_keys` does it for keys instead of names. Of two parts
    in one table, one is exported.
    """

    field: str
    word: str
    rows: tuple[type[MasterBase], ...]
    owner_column: str
    elements: Callable[["Rows", int], Sequence[Any]]
    said: Callable[["Rows", Values, Any], Any]
    told: Callable[["Rows", Any], str]
    bring: Callable[[Bringing, int, Any, Place], bool]
    is_exported: bool = True
    bring_keys: Callable[[Bringing, int, list[int]], bool] | None = None


def _nothing_more(
    _bringing: Bringing, _row: Any, _said: Any, _place: Place, *, is_new: bool
) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class ConfigurationKind:
    """One kind of row of master, as files and requests speak of it.

    `word` and `plural` name it; `path` is its place in the REST API; `said` says what a file may
    say. Rows are known by `name_columns` together. `order` is the place in a file, after every
    kind it refers to.

    - `prepare(said, place, folder)`: completes what was said, such as a file named in it
    - `columns(said)`: the columns said, references still by name; else the fields themselves
    - `exported(values)`: what export says of a row, where that is not column by column
    - `fresh(lodge)`: values for columns of a new row that no file says, such as a secret
    - `also(bringing, row, said, place, is_new)`: what else a row needs; tells what it changed
    - `fits(values, place)`: raise RefusedError where the values said, however few, cannot be
    - `refuse(rows, values, place)`: raise RefusedError where the whole, as it would be, cannot be
    - `refuse_outside(lodge, values, place)`: the same for what a row names outside of master
    - `effects(difference)`: what a change does to live work
    - `traces`: columns of the active store that name its rows, beside those of the key's own name
    """

    word: str
    plural: str
    path: str
    row: type[MasterBase]
    said: type[Said]
    order: int
    name_columns: tuple[str, ...] = ("name",)
    normal: Callable[[str], str] = str
    references: tuple[Reference, ...] = ()
    parts: tuple[Part, ...] = ()
    never_out: tuple[str, ...] = ()
    switched_off: Mapping[str, Any] | None = None
    traces: tuple[str, ...] = ()
    read_action: Action = Action.CONFIGURATION_READ
    write_action: Action = Action.CONFIGURATION_WRITE
    has_resource: bool = True
    prepare: Callable[[Any, Place, Path | None], Said] | None = None
    columns: Callable[[Any], dict[str, Any]] | None = None
    exported: Callable[[Values], dict[str, Any]] | None = None
    export_order: Callable[[Values], Any] | None = None
    fresh: Callable[[Lodge], dict[str, Any]] | None = None
    also: Callable[..., tuple[str, ...]] = _nothing_more
    fits: Callable[[Values, Place], None] | None = None
    refuse: Callable[["Rows", Values, Place], None] | None = None
    refuse_outside: Callable[[Lodge, Values, Place], None] | None = None
    effects: Callable[["Difference"], Iterable["Effect"]] | None = None
    is_used: Callable[[Connection, int], bool] | None = None

    @property
    def table(self) -> Table:
        """The kind's table of master."""
        return self.row.__table__

    @property
    def key_column(self) -> str:
        """Name of the key's column."""
        return next(iter(self.table.primary_key.columns)).name

    @property
    def is_house_wide(self) -> bool:
        """Whether its rows belong to no department."""
        return "department_id" not in self.table.c

    def name_of(self, values: Values) -> str:
        """The name by which a row is known, in normal form."""
        return self.normal(".".join(str(values[column]) for column in self.name_columns))

    def columns_of(self, said: Said) -> dict[str, Any]:
        """Columns and references as said; those left out are UNSET."""
        if self.columns is not None:
            return self.columns(said)
        aside = {part.field for part in self.parts} | set(self.never_out)
        return {
            field: getattr(said, field) for field in said.__struct_fields__ if field not in aside
        }

    def off(self) -> Mapping[str, Any]:
        """The columns that switch a row off without deleting it; nothing where it cannot be."""
        if self.switched_off is not None:
            return self.switched_off
        return {"is_active": False} if "is_active" in self.table.c else {}
