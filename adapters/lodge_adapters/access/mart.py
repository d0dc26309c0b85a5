"""Marts as sources: a table of the reports store in the state that was last published."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from lodge_adapters.access import recorded as recordings
from lodge_adapters.access.mart_state import newest_snapshot, state_of
from lodge_adapters.access.source import (
    Batch,
    BrokenSourceError,
    Context,
    TooLargeError,
    Values,
)
from lodge_adapters.access.sql_watch import Watch
from lodge_adapters.language import Link, Mart
from lodge_platform.errors import MistakeError, RefusedError, SetUpError, TryAgainError, nearest
from lodge_platform.lodge import Lodge
from lodge_platform.stores.reports import LAKE

_ROWS = 1000
# What Python has no plain value for is given as text.
_AS_TEXT = ("UUID", "TIME", "TIME WITH TIME ZONE", "INTERVAL", "BIT", "TIMESTAMP_NS")


class MartSource:
    """See `lodge_adapters.access.source.Source`.

    Of the table only the declared columns are read: a new column of a mart is no breach of a
    link's contract, as it is nobody's that the link asks for.
    """

    def __init__(self, name: str, link: Link, lodge: Lodge, folder: Path) -> None:
        if link.access.mart is None:
            raise MistakeError("a source of a mart without `mart`")
        self._name = name
        self._link = link
        self._mart: Mart = link.access.mart
        self._lodge = lodge

    @property
    def place(self) -> str:
        """The table, by its name in SQL."""
        return f"reports store, marts.{self._mart.table}"

    def batches(self, values: Values, context: Context) -> Iterator[Batch]:
        """The rows whose columns equal the parameters; none where a parameter is not given.

        Raises SetUpError when nothing has been published yet.
        """
        snapshot_no = newest_snapshot(self._lodge)
        with (
            Watch(context) as watch,
            self._faults(watch),
            state_of(self._lodge).asking(self._lodge.settings, snapshot_no) as store,
        ):
            watch.over(store.interrupt)
            there = self._columns(store)
            columns = tuple(dict.fromkeys(f.source or f.name for f in self._link.answer.fields))
            columns = columns or tuple(there)  # a link in the making declares none yet
            query, bound = self._query(columns, there, values)
            asked = store.execute(query, bound)
            rows: list[tuple[Any, ...]] = asked.fetchmany(_ROWS)
            yield Batch(columns, rows)
            while len(rows) == _ROWS:
                context.left()
                rows = asked.fetchmany(_ROWS)
                yield Batch(columns, rows)

    def record(self, values: Values, context: Context) -> bytes:
        """As `recorded` says; one row more than the link's limit, where there are more."""
        return recordings.to_json(recordings.some_of(self.batches(values, context), context))

    def replay(self, recorded: bytes, values: Values, context: Context) -> Iterator[Batch]:
        """The rows of a recording."""
        return recordings.from_json(recorded)

    def write(self, values: Values, key: str, context: Context) -> str:
        """Marts are written by the pipelines alone."""
        raise SetUpError(f"link {self._name!r} writes, but a mart is only read")

    def close(self) -> None:
        """Let go of the reports store; another link opens it again."""
        state_of(self._lodge).close()

    def _columns(self, store: duckdb.DuckDBPyConnection) -> Mapping[str, str]:
        """Columns of the table with their types. Raises BrokenSourceError when it is gone."""
        found = store.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where database_name = ? and schema_name = 'marts'",
            [LAKE],
        ).fetchall()
        there = {column: kind for table, column, kind in found if table == self._mart.table}
        if not there:
            hint = nearest(self._mart.table, {table for table, _, _ in found})
            raise BrokenSourceError(f"no mart {self._mart.table!r} has been published; {hint}")
        return there

    def _query(
        self, columns: tuple[str, ...], there: Mapping[str, str], values: Values
    ) -> tuple[str, list[Any]]:
        order = [(name.removeprefix("-"), name.startswith("-")) for name in self._mart.order]
        for name in (*columns, *self._mart.where, *(name for name, _ in order)):
            if name not in there:
                raise BrokenSourceError(
                    f"mart {self._mart.table!r} has no column {name!r}; {nearest(name, there)}"
                )
        # every name is one of the store's own
        said = ", ".join(_chosen(name, there[name]) for name in columns)
        query = f'select {said} from {LAKE}.marts."{self._mart.table}"'  # noqa: S608
        if self._mart.where:
            query += " where " + " and ".join(f'"{column}" = ?' for column in self._mart.where)
        if order:
            words = (
                f'"{name}" {"desc" if is_down else "asc"} nulls last' for name, is_down in order
            )
            query += " order by " + ", ".join(words)
        return query, [values.get(name) for name in self._mart.where.values()]

    @contextmanager
    def _faults(self, watch: Watch) -> Generator[None]:
        """What DuckDB says, as errors of ours; its messages may quote values."""
        try:
            yield
        except duckdb.InterruptException:
            raise watch.late(self.place) from None
        except duckdb.OutOfMemoryException:
            raise TooLargeError(
                f"{self.place}: more memory is needed than setting memory_limit_megabytes allows"
            ) from None
        except duckdb.Error as error:
            if watch.is_late:
                raise watch.late(self.place) from None
            if isinstance(error, (duckdb.ConversionException, duckdb.InvalidInputException)):
                names = ", ".join(self._mart.where.values())
                raise RefusedError(
                    f"a value for {names} is not of the type of its column in {self.place}"
                ) from None
            raise TryAgainError(f"{self.place} failed ({type(error).__name__})") from None


def _chosen(name: str, kind: str) -> str:
    return f'cast("{name}" as varchar) as "{name}"' if kind in _AS_TEXT else f'"{name}"'
