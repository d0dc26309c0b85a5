"""Open the master and the active store, and give out transactions on them."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, TimeoutError
from sqlalchemy.pool import QueuePool

from lodge_platform.errors import SetUpError, TryAgainError
from lodge_platform.settings import Settings

_BUSY_SECONDS = 30


@dataclass(frozen=True)
class Store:
    """One SQL store. `write()` and `read()` are the only ways in."""

    name: str
    engine: Engine

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the embedded kind."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that may write: all of it is committed at the end, or none.

        Raises TryAgainError when the store is away, full, locked, or chose us in a deadlock.
        """
        with self._transaction(is_write=True) as connection:
            yield connection

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A transaction that reads one unchanging state of the store."""
        with self._transaction(is_write=False) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, is_write: bool) -> Generator[Connection]:
        options: dict[str, Any] = {"lodge_write": is_write}
        if not self.is_sqlite and not is_write:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with (
                self.engine.connect().execution_options(**options) as connection,
                connection.begin(),
            ):
                yield connection
        except TimeoutError as error:
            raise TryAgainError(f"{self.name} store: every connection is in use") from error
        except DBAPIError as error:
            if _passes(error, is_sqlite=self.is_sqlite):
                raise TryAgainError(f"{self.name} store: {_first_line(error)}") from error
            raise


@dataclass(frozen=True)
class Stores:
    """The two SQL stores of one partition."""

    master: Store
    active: Store

    def close(self) -> None:
        """Give back every connection."""
        self.master.engine.dispose()
        self.active.engine.dispose()


def open_stores(settings: Settings) -> Stores:
    """The stores named by the settings. Nothing is created: see `migrate`."""
    if settings.master_url == settings.active_url:
        raise SetUpError("master_url and active_url name the same database; they must differ")
    return Stores(
        master=Store("master", open_engine(settings.master_url, name="master_url")),
        active=Store("active", open_engine(settings.active_url, name="active_url")),
    )


def open_engine(url: str, *, name: str) -> Engine:
    """An engine for a sqlite:/// or postgresql:// URL. Raises SetUpError for any other."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SetUpError(f"setting {name}: {url!r} is not a database URL") from error
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return _postgresql(parsed)
    if parsed.drivername == "sqlite" and parsed.database:
        return _sqlite(parsed)
    raise SetUpError(
        f"setting {name}: {parsed.drivername!r} is not a store Lodge runs on; "
        "allowed: sqlite:///FILE, postgresql://USER@HOST/DATABASE"
    )


def _postgresql(url: URL) -> Engine:
    options = {"options": "-c timezone=UTC -c lock_timeout=30000"}
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=options,
        hide_parameters=True,  # errors are logged, and values may be secrets
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=20,
    )


def _sqlite(url: URL) -> Engine:
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode = wal",
        "synchronous = full",
        "foreign_keys = on",
        "temp_store = memory",
        "cache_size = -32000",
    ):
        connection.execute(f"pragma {pragma}").fetchall()


def _begin_sqlite(connection: Connection) -> None:
    is_write = connection.get_execution_options().get("lodge_write", True)
    connection.exec_driver_sql("begin immediate" if is_write else "begin")


_PASSING = ("locked", "busy", "full", "disk i/o", "unable to open", "readonly")


def _passes(error: DBAPIError, *, is_sqlite: bool) -> bool:
    if is_sqlite:
        said = str(error.orig).lower()
        return isinstance(error, OperationalError) and any(word in said for word in _PASSING)
    return isinstance(error, OperationalError) or error.connection_invalidated


def _first_line(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else repr(error.orig)
