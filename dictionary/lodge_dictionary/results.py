"""The result of a query, whose rows the engine computes while they are fetched."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import duckdb

from lodge_dictionary.stopping import Deadline
from lodge_platform.errors import RefusedError

_NO_HINT: Callable[[], str] = str


class Result:
    """Rows of one query, in order; every way to fetch them stops at the deadline.

    Each raises RefusedError for what goes wrong in the query itself, which is known only then.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        query: str,
        deadline: Deadline,
        hint: Callable[[], str] = _NO_HINT,
    ) -> None:
        self._deadline = deadline
        self._hint = hint
        self._connection = connection
        with self._asking():
            connection.execute(query)

    @property
    def names(self) -> list[str]:
        """Names of the columns, as the query gives them; a name may come twice."""
        return [str(column[0]) for column in self._connection.description or ()]

    @property
    def types(self) -> list[str]:
        """The engine's names of the columns' types."""
        return [str(column[1]).lower() for column in self._connection.description or ()]

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, None after the last."""
        with self._asking():
            return self._connection.fetchone()

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """Up to `size` further rows; none after the last."""
        with self._asking():
            return self._connection.fetchmany(size)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Every further row."""
        with self._asking():
            return self._connection.fetchall()

    def to_arrow_table(self) -> Any:
        """Every row as an Arrow table."""
        with self._asking():
            return cast(Any, self._connection).to_arrow_table()

    def batches(self, size: int) -> "Batches":
        """Every row in Arrow batches of about `size`."""
        with self._asking():
            reader: Any = cast(Any, self._connection).to_arrow_reader(size)
        return Batches(reader, self._asking)

    @contextmanager
    def _asking(self) -> Generator[None]:
        with self._deadline.over(self._connection):
            try:
                yield
            except (duckdb.InterruptException, duckdb.OutOfMemoryException):
                raise
            except (duckdb.Error, OSError, ValueError) as error:  # Arrow has its own
                self._deadline.require_time()
                raise RefusedError(f"the query was refused: {error}{self._hint()}") from error


class Batches:
    """Arrow batches of a result, one after another; `schema` is theirs."""

    def __init__(self, reader: Any, asking: Callable[[], AbstractContextManager[None]]) -> None:
        self.schema: Any = reader.schema
        self._reader = reader
        self._asking = asking

    def next(self) -> Any:
        """The next batch, None after the last."""
        with self._asking():
            return next(self._reader, None)
