"""One query of one reader, in an engine of its own that holds the reader's rows and nothing else.

A filter in a view is no wall: the engine may run the reader's conditions before it, so that an
error, a statistic or the time they take would tell of other rows. So the rows are copied first,
by our own select, and the query runs where there is neither the lake, nor a file, nor a scanner.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from typing import Any, cast

import duckdb

from lodge_dictionary.links import SCHEMA as LINKS
from lodge_dictionary.links import LinkTable
from lodge_dictionary.readers.named import MARTS, Named, named_in
from lodge_dictionary.readers.scope import Reader
from lodge_dictionary.readers.shown import ShownTable, shown_to
from lodge_dictionary.results import Result
from lodge_dictionary.statement import require_query
from lodge_dictionary.stopping import Deadline
from lodge_platform.errors import MistakeError
from lodge_platform.settings import Settings
from lodge_platform.stores.reports import LAKE, open_reports

_SCHEMAS = (MARTS, "active", "master", LINKS)
_BATCH_ROWS = 50_000


class Session:
    """A reader at one snapshot. Each query gets a fresh engine, kept until the session closes.

    `links` gives the links that are landed now; asked only where the snapshot has any.
    """

    def __init__(
        self,
        settings: Settings,
        reader: Reader,
        snapshot_no: int,
        links: Callable[[], Iterable[LinkTable]] = tuple,
    ) -> None:
        self._settings = settings
        self._opened = ExitStack()
        # no query of the reader ever runs in here
        self._source = self._opened.enter_context(
            closing(open_reports(settings, snapshot=snapshot_no))
        )
        columns = _columns(self._source)
        has_links = any(name.startswith(f"{LINKS}.") for name in columns)
        self._shown = shown_to(reader, columns, links() if has_links else ())

    def close(self) -> None:
        """Give back every engine, and with it the rows of every result."""
        self._opened.close()

    def ask(self, query: str, *, seconds: float) -> Result:
        """The open result of `query` over the reader's rows. Raises RefusedError."""
        deadline = Deadline(seconds)
        engine = self._opened.enter_context(closing(_engine(self._settings)))
        named = named_in(require_query(engine, query), self._shown)
        with deadline.over(self._source, engine):
            _fill(engine, self._source, named, self._shown)
        _shut(engine)
        return Result(engine, query, deadline, lambda: _hint(named, self._shown))


def _engine(settings: Settings) -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": f"{settings.memory_limit_megabytes}MB",
            "max_temp_directory_size": "8GB",
            "temp_directory": str(settings.home / "reports" / "tmp"),
            "threads": "2",
        }
    )
    engine.execute("set TimeZone = 'UTC'")
    engine.execute(f"attach ':memory:' as {LAKE}")
    for schema in _SCHEMAS:
        engine.execute(f"create schema {LAKE}.{schema}")
    engine.execute(f"use {LAKE}.{MARTS}")
    return engine


def _shut(engine: duckdb.DuckDBPyConnection) -> None:
    engine.execute("set enable_external_access = false")
    engine.execute("set lock_configuration = true")


def _columns(source: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    rows = source.execute(
        "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() "
        "where database_name = ? and list_contains(?, schema_name) group by all",
        [LAKE, list(_SCHEMAS)],
    ).fetchall()
    return {str(name): frozenset(columns) for name, columns in rows}


def _fill(
    engine: duckdb.DuckDBPyConnection,
    source: duckdb.DuckDBPyConnection,
    named: Named,
    shown: dict[str, ShownTable],
) -> None:
    wanted = named.wanted(shown)
    try:
        for table in wanted:
            _copy(engine, source, table, table.select())
        if named.asks_names:
            for table in _rest(shown, wanted):
                _copy(engine, source, table, f"{table.select()} limit 0")
    except (duckdb.InterruptException, duckdb.OutOfMemoryException):
        raise
    except duckdb.Error as error:
        raise MistakeError("the reader's rows could not be taken from the snapshot") from error


def _rest(shown: dict[str, ShownTable], wanted: Iterable[ShownTable]) -> list[ShownTable]:
    done = {table.full_name for table in wanted}
    return [table for name, table in shown.items() if name not in done]


def _copy(
    engine: duckdb.DuckDBPyConnection,
    source: duckdb.DuckDBPyConnection,
    table: ShownTable,
    select: str,
) -> None:
    arriving: Any = cast(Any, source.execute(select)).to_arrow_reader(_BATCH_ROWS)
    engine.register("arriving", arriving)
    engine.execute(
        f'create table {LAKE}.{table.schema}."{table.name}" as select * from arriving'  # noqa: S608 - names are declared
    )
    engine.unregister("arriving")


def _hint(named: Named, shown: dict[str, ShownTable]) -> str:
    """Which columns of the tables asked are there, but not for this reader."""
    withheld = {
        f"{name}.{column}"
        for name in named.tables
        for column in shown[name].withheld
        if column in named.words
    }
    return f"; you lack a right for {', '.join(sorted(withheld))}" if withheld else ""
