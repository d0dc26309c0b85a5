"""Checks on the landed copies before anything is published: contract and references."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb
from sqlalchemy import Table

from lodge_pipelines.landing.control import is_as_declared, landed_columns, last_landed
from lodge_platform.errors import LodgeError
from lodge_platform.schema.base import ActiveBase, MasterBase
from lodge_platform.schema.landed import LandedTable, landed_tables
from lodge_platform.stores.reports import LAKE

FRESH_SECONDS = 3600


class CheckError(LodgeError):
    """A landed copy breaks a promise; nothing is published."""


@dataclass(frozen=True)
class Check:
    """One promise about one landed table (`table` is empty for a whole store) and its outcome."""

    name: str
    store: str
    table: str
    is_passed: bool
    said: str


def check_landed(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """Contract and references of every landed table. Raises CheckError naming what is broken."""
    checks = [*contract(connection), *references(connection)]
    if broken := [check for check in checks if not check.is_passed]:
        named = "; ".join(f"{c.store}.{c.table}: {c.said}" for c in broken)
        raise CheckError(f"landed copies are not sound, nothing is published: {named}")
    return checks


def contract(connection: duckdb.DuckDBPyConnection) -> Iterator[Check]:
    """Whether each copy has the columns and types that the schema declares."""
    present = landed_columns(connection)
    for table in landed_tables():
        columns = present.get((table.store, table.name))
        wrong = [
            column.name
            for column in table.columns
            if (columns or {}).get(column.name) != column.lake_type
        ]
        said = f"missing or of another type: {', '.join(wrong)}" if wrong else "as declared"
        yield Check("contract", table.store, table.name, is_as_declared(table, columns), said)


def references(connection: duckdb.DuckDBPyConnection) -> Iterator[Check]:
    """Whether every foreign key of a copy leads to a landed row."""
    parts: list[str] = []
    known: list[LandedTable] = []
    for table in landed_tables():
        for column, target in _foreign_keys(table):
            known.append(table)
            parts.append(
                f"select '{table.store}' as store, '{table.name}' as name, "  # noqa: S608 - names are the schema's
                f"'{column}' as reference, count(*) as orphans "
                f'from {LAKE}.{table.store}."{table.name}" as child '
                f'anti join {LAKE}.{table.store}."{target.table.name}" as parent '
                f'on child."{column}" = parent."{target.name}" '
                f'where child."{column}" is not null'
            )
    for store, name, column, orphans in connection.execute(" union all ".join(parts)).fetchall():
        said = f"{orphans} rows whose {column} leads nowhere" if orphans else f"{column} holds"
        yield Check("references", store, name, not orphans, said)


def freshness(connection: duckdb.DuckDBPyConnection, *, now: datetime) -> Check:
    """Whether the landed state is younger than an hour."""
    _, landed_at = last_landed(connection)
    if landed_at is None:
        return Check("freshness", "active", "", False, "nothing was landed yet")
    age = (now - landed_at).total_seconds()
    return Check("freshness", "active", "", age <= FRESH_SECONDS, f"{age:.0f} seconds old")


def _foreign_keys(table: LandedTable) -> Iterator[tuple[str, "_Target"]]:
    base = ActiveBase if table.store == "active" else MasterBase
    for key in base.metadata.tables[table.name].foreign_keys:
        yield str(key.parent.name), _Target(key.column.table, str(key.column.name))


@dataclass(frozen=True)
class _Target:
    table: Table
    name: str
