"""The schema of the master and the active store. Every column carries its dictionary term."""

from lodge_platform.schema import active, master
from lodge_platform.schema.base import ActiveBase, MasterBase
from lodge_platform.schema.terms import Term, term_of

__all__ = ["ActiveBase", "MasterBase", "Term", "active", "master", "term_of"]


def _never_reuse_keys() -> None:
    """Without AUTOINCREMENT, SQLite gives a deleted row's key to the next row."""
    for base in (MasterBase, ActiveBase):
        for table in base.metadata.tables.values():
            if table.autoincrement_column is not None:
                table.dialect_options["sqlite"]["autoincrement"] = True


_never_reuse_keys()
