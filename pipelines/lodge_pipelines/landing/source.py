"""One state of a store, read by DuckDB's own scanners inside one transaction.

Both scanners keep one snapshot for all `sqlite_query` or `postgres_query` calls of a DuckDB
transaction; their table scans do not, so nothing here scans a table by its name.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
from sqlalchemy import make_url

from lodge_platform.errors import MistakeError
from lodge_platform.schema.landed import LandedColumn, LandedTable, StoreName
from lodge_platform.stores.reports import literal, postgresql_secret, secret_sql


@dataclass(frozen=True)
class Cut:
    """Where a store stood: who it is, where the next load begins, the newest change seen.

    On PostgreSQL `horizon` is the oldest transaction still running: this load takes everything
    its snapshot shows, the next one begins at `horizon`, so a late commit is never stepped over
    and what is taken twice is recognised by its change number. On SQLite writers follow one
    another, and both are the counter.
    """

    identity: str
    horizon: int
    newest: int


class Source:
    """A store attached read-only to `connection` under the name `source_<store>`."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, store: StoreName, *, url: str
    ) -> None:
        parsed = make_url(url)
        self.connection = connection
        self.store: StoreName = store
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._name = f"source_{store}"
        if self.is_sqlite:
            self._path = Path(str(parsed.database)).absolute()
            _require_alone(self._path)
            connection.execute("load sqlite_scanner")
            target, options = str(self._path), "type sqlite, read_only"
        else:
            connection.execute("load postgres_scanner")
            connection.execute(secret_sql(self._name, postgresql_secret(parsed)))
            target, options = "", f"type postgres, read_only, secret {self._name}"
        connection.execute(f"attach {literal(target)} as {self._name} ({options})")

    def close(self) -> None:
        """Let go of the store; outside a transaction only."""
        self.connection.execute(f"detach {self._name}")

    def query(self, sql: str) -> str:
        """`sql`, run by the store itself, as something to select from in DuckDB."""
        function = "sqlite_query" if self.is_sqlite else "postgres_query"
        return f"{function}('{self._name}', {literal(sql)})"

    def cut(self, tables: tuple[LandedTable, ...]) -> Cut:
        """Where the store stands in this transaction, whose snapshot this first read takes."""
        if self.is_sqlite:
            sql = "select change_no as horizon, change_no as newest from change_counters"
            horizon, newest = self._row(sql)
            return Cut(f"sqlite:{self._path.stat().st_ino}", int(horizon), int(newest))
        identity, horizon, newest = self._row(_POSTGRESQL_CUT.format(newest=_newest(tables)))
        return Cut(f"postgresql:{identity}", int(horizon), int(newest))

    def rows(self, table: LandedTable, *, since: int | None) -> str:
        """A select of the table's rows, typed as landed; all of them, or those since a horizon."""
        columns = ", ".join(self._read(column) for column in table.columns)
        where = "" if since is None else f" where {self.since(since)}"
        inner = self.query(f'select {columns} from "{table.name}"{where}')  # noqa: S608 - names are the schema's
        typed = ", ".join(self._typed(column) for column in table.columns)
        return f"select {typed} from {inner}"  # noqa: S608 - names are the schema's

    def since(self, watermark: int) -> str:
        """The condition on `change_no` for what came since a load that ended at `watermark`."""
        return f"change_no {'>' if self.is_sqlite else '>='} {watermark:d}"

    def changed(self, tables: tuple[LandedTable, ...], *, since: int) -> dict[str, int]:
        """How many rows of each table changed since; tables without any are left out."""
        counts = " union all ".join(
            f"select '{table.name}' as name, count(*) as n from \"{table.name}\" "  # noqa: S608 - names are the schema's
            f"where {self.since(since)}"
            for table in tables
        )
        rows = self.connection.execute(
            f"select name, n::bigint from {self.query(counts)} where n::bigint > 0"  # noqa: S608
        ).fetchall()
        return {str(name): int(n) for name, n in rows}

    def tombstones(self, *, since: int) -> str:
        """A select of `table_name, row_key` (JSON text) of the rows deleted since."""
        key = "row_key" if self.is_sqlite else "row_key::text as row_key"
        return "select table_name, row_key from " + self.query(  # noqa: S608 - names are the schema's
            f"select table_name, {key} from tombstones where {self.since(since)}"  # noqa: S608
        )

    def checksums(self, tables: tuple[LandedTable, ...]) -> dict[str, tuple[int, int]]:
        """Rows and sum of change numbers of each table: equal in two copies, they are equal."""
        sums = " union all ".join(
            f"select '{table.name}' as name, count(*) as n, "  # noqa: S608 - names are the schema's
            f'cast(coalesce(sum(change_no), 0) as text) as total from "{table.name}"'
            for table in tables
        )
        rows = self.connection.execute(
            f"select name, n::bigint, total::hugeint from {self.query(sums)}"  # noqa: S608
        ).fetchall()
        return {str(name): (int(n), int(total)) for name, n, total in rows}

    def _row(self, sql: str) -> tuple[str, ...]:
        row = self.connection.execute(f"select * from {self.query(sql)}").fetchone()  # noqa: S608
        return tuple(row or ())

    def _read(self, column: LandedColumn) -> str:
        name = f'"{column.name}"'
        if self.is_sqlite:
            return f"hex({name}) as {name}" if column.lake_type == "blob" else name
        if column.lake_type == "timestamp":
            return f"({name} at time zone 'UTC') as {name}"
        return f"{name}::text as {name}" if column.is_json else name

    def _typed(self, column: LandedColumn) -> str:
        name = f'"{column.name}"'
        value = f"unhex({name})" if self.is_sqlite and column.lake_type == "blob" else name
        return f"cast({value} as {column.lake_type}) as {name}"


def _require_alone(path: Path) -> None:
    """Raise MistakeError when this process has the database open by other means.

    DuckDB brings a SQLite of its own. POSIX locks belong to the process, so that one copy of
    SQLite closing a file drops the locks of the other: reads go wrong, and commits get lost.
    """
    opened = Path("/proc/self/fd")  # elsewhere than on Linux there is no cheap way to know
    for link in opened.iterdir() if opened.exists() else ():
        with suppress(OSError):
            if str(link.readlink()).startswith(str(path)):
                raise MistakeError(
                    f"{path} is open in this process; land it from a process of its own, or after "
                    "its stores were closed"
                )


_POSTGRESQL_CUT = """
select (select system_identifier from pg_control_system())::text
       || '/' || (select timeline_id from pg_control_checkpoint())
       || '/' || (select oid from pg_database where datname = current_database()),
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       {newest}
"""


def _newest(tables: tuple[LandedTable, ...]) -> str:
    each = [f'(select max(change_no) from "{table.name}")' for table in tables]  # noqa: S608
    return f"greatest(0, {', '.join([*each, '(select max(change_no) from tombstones)'])})"  # noqa: S608
