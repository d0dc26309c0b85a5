"""Databases as sources: one statement with bound values, read-only, streamed, held to its time."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from lodge_adapters.access import recorded as recordings
from lodge_adapters.access.source import Batch, Context, Values
from lodge_adapters.access.sql_connecting import connected, engine_of
from lodge_adapters.access.sql_errors import translated
from lodge_adapters.access.sql_rows import early_end, rows_of
from lodge_adapters.access.sql_statement import bound, reading
from lodge_adapters.access.sql_target import Kind, Target, target_of
from lodge_adapters.access.sql_watch import Watch
from lodge_adapters.language import Link, Sql
from lodge_platform.errors import LodgeError, MistakeError, SetUpError, TryAgainError
from lodge_platform.lodge import Lodge
from lodge_platform.outgoing.checking import Resolve, resolve_by_system
from lodge_platform.secret_values import secret

_GRACE_SECONDS = 1.0


class SqlSource:
    """See `lodge_adapters.access.source.Source`."""

    def __init__(
        self,
        name: str,
        link: Link,
        lodge: Lodge,
        folder: Path,
        *,
        resolve: Resolve = resolve_by_system,
    ) -> None:
        if link.access.sql is None:
            raise MistakeError("a source of SQL without `sql`")
        self._name = name
        self._link = link
        self._sql: Sql = link.access.sql
        self._lodge = lodge
        self._folder = folder
        self._resolve = resolve
        self._lock = Lock()
        self._open: tuple[Target, Engine] | None = None

    @property
    def place(self) -> str:
        """Host, port and database, or the name of the secret that cannot be read now."""
        opened = self._open  # another call may close it at any time
        if opened is not None:
            return opened[0].place
        try:
            return target_of(self._sql, lambda name: secret(self._lodge.settings, name)).place
        except SetUpError:
            return f"database of link {self._name}"

    def batches(self, values: Values, context: Context) -> Iterator[Batch]:
        """The rows; an answer without any is one batch without rows, which has the columns."""
        target, engine = self._opened(context)
        statement = reading(self._link, self._sql, target.kind)
        clause = bound(statement, self._link, values, target.kind)
        with self._call(target, engine, statement, context) as connection:
            result = connection.execution_options(stream_results=True).execute(clause)
            cursor: Any = result.cursor
            if cursor is None or cursor.description is None:
                raise SetUpError(f"the statement of link {self._name!r} gives no rows")
            try:
                yield from rows_of(result, self._link, context)
            except BaseException as error:
                is_harmless = isinstance(error, (GeneratorExit, LodgeError))
                early_end(connection, cursor, target.kind, is_broken=not is_harmless)
                raise
            finally:
                result.close()

    def record(self, values: Values, context: Context) -> bytes:
        """As `recorded` says; one row more than the link's limit, where there are more."""
        return recordings.to_json(recordings.some_of(self.batches(values, context), context))

    def replay(self, recorded: bytes, values: Values, context: Context) -> Iterator[Batch]:
        """The rows of a recording."""
        return recordings.from_json(recorded)

    def write(self, values: Values, key: str, context: Context) -> str:
        """Run the statement in one transaction; gives how many rows it changed."""
        if not self._link.writes or self._sql.write is None:
            raise MistakeError(f"link {self._name!r} was to write, and only reads")
        target, engine = self._opened(context)
        statement = self._sql.write
        clause = bound(statement, self._link, values, target.kind, key=key)
        with self._call(target, engine, statement, context) as connection:
            count = connection.execute(clause).rowcount
            connection.commit()
        return "1 row written" if count == 1 else f"{max(count, 0)} rows written"

    def close(self) -> None:
        """Give back every connection."""
        with self._lock:
            opened, self._open = self._open, None
        if opened is not None:
            opened[1].dispose()

    def _opened(self, context: Context) -> tuple[Target, Engine]:
        with self._lock:
            if self._open is None:
                target = target_of(self._sql, context.secret)
                engine = engine_of(
                    target,
                    folder=self._folder,
                    settings=self._lodge.settings,
                    limits=self._link.limits,
                    resolve=self._resolve,
                )
                self._open = (target, engine)
            return self._open

    @contextmanager
    def _call(
        self, target: Target, engine: Engine, statement: str, context: Context
    ) -> Generator[Connection]:
        has_own_limit = target.kind in (Kind.POSTGRESQL, Kind.MARIADB)
        with Watch(context, grace=_GRACE_SECONDS if has_own_limit else 0.0) as watch:
            try:
                connection = self._connected(target, engine, context, watch)
                try:
                    yield connection
                finally:
                    with suppress(DBAPIError):
                        connection.close()
            except LodgeError:
                raise
            except Exception as error:
                if watch.is_late:
                    raise watch.late(target.place) from None
                found = translated(error, target, statement, is_writing=context.link.writes)
                if isinstance(found, SetUpError):
                    self.close()  # a secret may be another the next time
                raise found from None

    def _connected(
        self, target: Target, engine: Engine, context: Context, watch: Watch
    ) -> Connection:
        try:
            try:
                return connected(engine, target, context, watch)
            except DBAPIError as error:
                # a kept connection whose server was restarted: one that is made now will do
                if not error.connection_invalidated or watch.is_late:
                    raise
                return connected(engine, target, context, watch)
        except NoConnectionError:
            raise TryAgainError(f"{target.place}: every connection is in use") from None
