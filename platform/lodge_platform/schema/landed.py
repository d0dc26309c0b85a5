"""What of master and active is landed in the reports store, and under which types.

Every captured table, without the columns that nobody may see. Instants are `timestamp` in UTC
and not `timestamp with time zone`: a bucket or a date must not move with the reader's session.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

from lodge_platform.schema.base import ActiveBase, MasterBase
from lodge_platform.schema.terms import term_of
from lodge_platform.vocabulary import Sensitivity

StoreName = Literal["active", "master"]


@dataclass(frozen=True)
class LandedColumn:
    """One column as the reports store keeps it; `lake_type` is DuckDB's name of the type."""

    name: str
    lake_type: str
    is_json: bool
    comment: str


@dataclass(frozen=True)
class LandedTable:
    """One table as it is landed; its schema in the reports store has the name of its store."""

    store: StoreName
    name: str
    key: tuple[str, ...]
    columns: tuple[LandedColumn, ...]
    comment: str

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


@cache
def landed_tables() -> tuple[LandedTable, ...]:
    """Every landed table, active before master, each store in the order of the schema."""
    active = _of("active", ActiveBase.metadata)
    return (*active, *_of("master", MasterBase.metadata))


def _of(store: StoreName, metadata: MetaData) -> tuple[LandedTable, ...]:
    return tuple(
        _landed(store, table)
        for table in metadata.sorted_tables
        if "change_no" in table.columns and table.name != "tombstones"
    )


def _landed(store: StoreName, table: Table) -> LandedTable:
    columns = tuple(_column(column) for column in table.columns if not _is_secret(column))
    key = tuple(str(column.name) for column in table.primary_key.columns)
    return LandedTable(store, str(table.name), key, columns, table.comment or "")


def _is_secret(column: Column[Any]) -> bool:
    term = term_of(column)
    return term is not None and term.sensitivity is Sensitivity.SECRET


def _column(column: Column[Any]) -> LandedColumn:
    plain = _plain(column.type)
    return LandedColumn(
        str(column.name), _lake_type(plain), isinstance(plain, JSON), column.comment or ""
    )


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _lake_type(kind: TypeEngine[Any]) -> str:
    if isinstance(kind, Numeric) and not isinstance(kind, Float):
        return f"decimal({kind.precision or 18},{kind.scale or 0})"
    for python, lake in _LAKE_TYPES:
        if isinstance(kind, python):
            return lake
    return "varchar"  # text, codes, and JSON as its text


_LAKE_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Boolean, "boolean"),
    (Integer, "bigint"),
    (Float, "double"),
    (DateTime, "timestamp"),
    (Date, "date"),
    (LargeBinary, "blob"),
)
