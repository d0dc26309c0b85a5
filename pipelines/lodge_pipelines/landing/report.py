"""What one load did: rows landed and taken away per table, and up to where."""

from dataclasses import dataclass
from datetime import datetime

from lodge_platform.schema.landed import StoreName


@dataclass(frozen=True)
class TableLoad:
    """One table of one load; `rows` is how many the copy holds, None where nobody counted."""

    landed: int
    removed: int
    rows: int | None = None
    is_full: bool = False
    is_repaired: bool = False

    @property
    def has_changes(self) -> bool:
        """Whether the landed copy differs from before."""
        return bool(self.landed or self.removed or self.is_full)


@dataclass(frozen=True)
class StoreLoad:
    """One store of one load; `horizon` is the change number the next load begins at."""

    store: StoreName
    identity: str
    horizon: int
    newest: int
    is_full: bool
    tables: dict[str, TableLoad]


@dataclass(frozen=True)
class LoadReport:
    """One load. `landed_at` is the instant whose state it holds; `seconds` how long it took."""

    load_id: int
    landed_at: datetime
    seconds: float
    is_committed: bool
    stores: tuple[StoreLoad, ...]

    @property
    def landed(self) -> int:
        """Rows written, over all tables."""
        return sum(table.landed for store in self.stores for table in store.tables.values())

    @property
    def removed(self) -> int:
        """Rows taken away because they were deleted, over all tables."""
        return sum(table.removed for store in self.stores for table in store.tables.values())
