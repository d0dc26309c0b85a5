"""Rows for answers, read with little ceremony: compiled once, asked on a connection kept open.

SQLite is asked in the event loop itself, by a read-only connection: a short query costs less than
a change of thread. PostgreSQL is asked by psycopg's own asynchronous connections.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import psycopg
from sqlalchemy import Select
from sqlalchemy.sql.compiler import SQLCompiler

from lodge_platform.api.collection import Field
from lodge_platform.errors import TryAgainError
from lodge_platform.stores import Store

Decoder = Callable[[Any], Any]
_BUSY_SECONDS = 5
_MOST_CONNECTIONS = 16


@dataclass(frozen=True)
class Statement:
    """A query as the driver takes it; `parameters` by name, their order in `order` for SQLite."""

    sql: str
    parameters: dict[str, Any]
    order: tuple[str, ...] | None

    def bound(self, **changed: Any) -> Any:
        """The parameters, some of them changed, in the driver's form."""
        values = {**self.parameters, **changed} if changed else self.parameters
        return values if self.order is None else [values[name] for name in self.order]


def compiled(store: Store, query: Select[Any]) -> Statement:
    """The query in the words of the store's driver."""
    done = query.compile(store.engine, compile_kwargs={"render_postcompile": True})
    plain = {name: _bound(done, name, value) for name, value in done.params.items()}
    order = tuple(getattr(done, "positiontup", None) or ()) if store.is_sqlite else None
    return Statement(str(done), plain, order)


def decoders(fields: Sequence[Field], *, is_sqlite: bool) -> list[Decoder | None]:
    """What makes each column's stored value the one that JSON shows; None where it is one."""
    if not is_sqlite:
        return [_instant if field.kind == "instant" else None for field in fields]
    return [_SQLITE.get(field.kind) for field in fields]


class Rows:
    """One store, asked for rows by coroutines of one event loop at a time."""

    def __init__(self, store: Store) -> None:
        self._asked = _Sqlite(store) if store.is_sqlite else _Postgresql(store)

    async def of(self, statement: Statement, **changed: Any) -> list[tuple[Any, ...]]:
        """Every row. Raises TryAgainError when the store is away."""
        return await self._asked.of(statement.sql, statement.bound(**changed))

    def close(self) -> None:
        """Give back the connections."""
        self._asked.close()


class _Sqlite:
    def __init__(self, store: Store) -> None:
        self._path = str(store.engine.url.database)
        self._connection: sqlite3.Connection | None = None

    async def of(self, sql: str, parameters: Any) -> list[tuple[Any, ...]]:
        try:
            if self._connection is None:
                self._connection = open_read_only(self._path)
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            self.close()
            raise TryAgainError(f"store: {error}") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def open_read_only(path: str) -> sqlite3.Connection:
    """A connection of ours that can only read."""
    connection = sqlite3.connect(
        f"file:{path}?mode=ro",
        uri=True,
        timeout=_BUSY_SECONDS,
        check_same_thread=False,
        isolation_level=None,
        cached_statements=512,
    )
    connection.execute("pragma query_only = on")
    connection.execute("pragma cache_size = -32000")
    return connection


class _Postgresql:
    def __init__(self, store: Store) -> None:
        url = store.engine.url.set(drivername="postgresql")
        self._address = url.render_as_string(hide_password=False)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle: list[psycopg.AsyncConnection[Any]] = []
        self._places = asyncio.Semaphore(_MOST_CONNECTIONS)

    async def of(self, sql: str, parameters: Any) -> list[tuple[Any, ...]]:
        self._begin_anew_in_another_loop()
        async with self._places:
            connection = await self._connection()
            try:
                # The text is ours, made by SQLAlchemy; every value is a parameter.
                cursor = await connection.execute(sql, parameters)  # pyright: ignore[reportArgumentType, reportCallIssue]
                rows = await cursor.fetchall()
            except psycopg.OperationalError as error:
                if connection.closed:  # the server went away, and with it the others
                    self.close()
                connection.pgconn.finish()
                raise TryAgainError(f"store: {str(error).splitlines()[0]}") from error
            except BaseException:
                connection.pgconn.finish()
                raise
            self._idle.append(connection)
            return rows

    def close(self) -> None:
        while self._idle:
            self._idle.pop().pgconn.finish()

    def _begin_anew_in_another_loop(self) -> None:
        """Connections belong to the loop they were opened in; tests have one for each request."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self.close()
            self._loop = loop
            self._places = asyncio.Semaphore(_MOST_CONNECTIONS)

    async def _connection(self) -> psycopg.AsyncConnection[Any]:
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed:
                return connection
        try:
            return await psycopg.AsyncConnection.connect(
                self._address,
                autocommit=True,
                prepare_threshold=2,
                options="-c timezone=UTC -c default_transaction_read_only=on "
                "-c statement_timeout=30000",
            )
        except psycopg.OperationalError as error:
            raise TryAgainError("store: cannot connect") from error


def _bound(done: SQLCompiler, name: str, value: Any) -> Any:
    """The value as SQLAlchemy itself would hand it to the driver: `params` has them bare."""
    expanded = done._post_compile_expanded_state  # pyright: ignore[reportPrivateUsage]
    known: list[Mapping[str, Any]] = [done._bind_processors]  # pyright: ignore[reportPrivateUsage]
    if expanded is not None:
        known.append(expanded.processors)
    processor = next((each[name] for each in known if name in each), None)
    return value if processor is None else processor(value)


def _instant(value: datetime | None) -> str | None:
    if value is None:
        return None
    said = value.isoformat()
    return f"{said[:-6]}Z" if said.endswith("+00:00") else said


def _sqlite_instant(value: str | None) -> str | None:
    if value is None:
        return None
    return f"{value[:10]}T{value[11:19]}{'' if value.endswith('.000000') else value[19:]}Z"


def _sqlite_boolean(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _sqlite_json(value: str | None) -> Any:
    return None if value is None else orjson.Fragment(value.encode())


_SQLITE: dict[str, Decoder] = {
    "instant": _sqlite_instant,
    "boolean": _sqlite_boolean,
    "json": _sqlite_json,
}
