"""Connections of a link: few, kept, each to an address that was checked, ready within the time.

A connection is made to the checked address itself, while the name stays for TLS; between check and
use nobody can turn the name elsewhere.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from math import ceil
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.pool import QueuePool

from lodge_adapters.access.source import Context
from lodge_adapters.access.sql_address import checked_addresses
from lodge_adapters.access.sql_drivers import connect_mariadb, connect_postgresql
from lodge_adapters.access.sql_sqlite import connect_sqlite, guard_sqlite, sqlite_file
from lodge_adapters.access.sql_target import Kind, Target
from lodge_adapters.access.sql_watch import Watch
from lodge_adapters.language import Limits
from lodge_platform.errors import SetUpError
from lodge_platform.outgoing.checking import Resolve
from lodge_platform.settings import Settings

_KEPT_SECONDS = 300
_LET_WATCH = "lodge_let_watch"
_calling: ContextVar[tuple[Context, Watch]] = ContextVar("calling")


def engine_of(
    target: Target, *, folder: Path, settings: Settings, limits: Limits, resolve: Resolve
) -> Engine:
    """An engine with as many connections as calls may run at once; none is made yet.

    Raises SetUpError where the driver is missing.
    """
    more: dict[str, Any] = {}
    if target.kind is Kind.POSTGRESQL:
        more["use_native_hstore"] = False
    try:
        engine = create_engine(
            target.url,
            hide_parameters=True,
            poolclass=QueuePool,
            pool_size=limits.at_once,
            max_overflow=0,
            pool_timeout=limits.seconds,
            pool_recycle=_KEPT_SECONDS,
            pool_use_lifo=True,
            **more,
        )
    except (NoSuchModuleError, ImportError):
        raise SetUpError(
            f"no driver for {target.url.drivername!r} is installed; there are drivers for "
            "postgresql, mariadb, mysql and sqlite"
        ) from None

    def connect(_dialect: Any, record: Any, given: Any, named: dict[str, Any]) -> Any:
        context, watch = _calling.get()
        if target.kind is Kind.SQLITE:
            path = sqlite_file(str(target.url.database), folder=folder, settings=settings)
            made: Any = connect_sqlite(path, context)
        else:
            addresses = checked_addresses(target, context, settings, resolve=resolve)
            made = _connect(target, addresses, engine.dialect, context, watch, named)
        record.info[_LET_WATCH] = _watched_by(target.kind, made)
        record.info[_LET_WATCH](watch)
        return made

    event.listen(engine, "do_connect", connect)
    return engine


def connected(engine: Engine, target: Target, context: Context, watch: Watch) -> Connection:
    """A connection in a transaction as the link needs it, held to the call's time.

    Raises DBAPIError where a kept connection turned out to be dead: then ask again.
    """
    token = _calling.set((context, watch))
    try:
        connection = engine.connect()
    finally:
        _calling.reset(token)
    try:
        connection.info[_LET_WATCH](watch)
        _begin(connection, target.kind, context)
    except BaseException:
        connection.invalidate()
        connection.close()
        raise
    return connection


def _connect(
    target: Target,
    addresses: Sequence[str],
    dialect: Any,
    context: Context,
    watch: Watch,
    named: dict[str, Any],
) -> Any:
    seconds = context.left()
    if target.kind is Kind.POSTGRESQL:
        return connect_postgresql(target, addresses, named, seconds=seconds)
    if target.kind is Kind.MARIADB:
        return connect_mariadb(target, addresses, named, watch, seconds=seconds)
    given, pinned = dialect.create_connect_args(target.url.set(host=addresses[0]))
    return dialect.connect(*given, **pinned)


def _watched_by(kind: Kind, made: Any) -> Callable[[Watch], None]:
    if kind is Kind.POSTGRESQL:
        return lambda watch: watch.over_socket(made.pgconn.socket)
    if kind is Kind.MARIADB:
        return lambda watch: watch.over_socket(made.lodge_number)
    if kind is Kind.SQLITE:
        return lambda watch: watch.over(made.interrupt)
    return lambda watch: None


def _begin(connection: Connection, kind: Kind, context: Context) -> None:
    """Begin, read-only for a link that reads, with the time limit told to the database.

    The first thing asked of a kept connection: a dead one is noticed here.
    """
    seconds = context.left()
    is_writing = context.link.writes
    if kind is Kind.POSTGRESQL:
        if not is_writing:
            connection.execution_options(postgresql_readonly=True)
        connection.exec_driver_sql(
            "select set_config('statement_timeout', %(limit)s, true), "
            "set_config('timezone', 'UTC', true), set_config('cursor_tuple_fraction', '1', true)",
            {"limit": str(ceil(seconds * 1000))},
        )
    elif kind is Kind.MARIADB:
        dialect: Any = connection.dialect
        read_only, limit = (
            ("tx_read_only", f"max_statement_time = {seconds:.3f}")
            if dialect.is_mariadb
            else ("transaction_read_only", f"max_execution_time = {ceil(seconds * 1000)}")
        )
        # also what a procedure begins after a commit of its own is read-only
        connection.exec_driver_sql(
            f"set session {read_only} = {int(not is_writing)}, {limit}, time_zone = '+00:00', "
            f"net_write_timeout = {max(60, ceil(seconds))}"
        )
        connection.exec_driver_sql(
            "start transaction" if is_writing else "start transaction read only"
        )
    elif kind is Kind.SQLITE:
        driver: Any = connection.connection.driver_connection
        guard_sqlite(driver, is_writing=is_writing)
        connection.exec_driver_sql("begin immediate" if is_writing else "begin")
