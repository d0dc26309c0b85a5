"""One writing process of the reports store at a time, and who it is.

An embedded catalog is guarded by a file lock beside it, a PostgreSQL one by an advisory lock in
it. Both end with the process, however it ends.
"""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from filelock import FileLock, Timeout
from psycopg.conninfo import make_conninfo

from lodge_platform.errors import TryAgainError
from lodge_platform.settings import Settings
from lodge_platform.stores.reports import Catalog, catalog_of

_ADVISORY_KEY = 5_063_470_001
_POLL_SECONDS = 0.2


@contextmanager
def writing(settings: Settings, *, holder: str, wait_seconds: float = 0) -> Generator[None]:
    """Hold the right to write for the block, under the name `holder`.

    Raises TryAgainError that names the present holder when it is not free within `wait_seconds`.
    """
    catalog = catalog_of(settings)
    guard = _by_file if catalog.is_sqlite else _by_database
    with guard(catalog, f"{holder} (process {os.getpid()})", wait_seconds):
        yield


@contextmanager
def _by_file(catalog: Catalog, holder: str, wait_seconds: float) -> Generator[None]:
    folder = catalog.file.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = folder / "writer"
    lock = FileLock(folder / "writer.lock", timeout=wait_seconds, poll_interval=_POLL_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        present = name.read_text("utf-8") if name.exists() else "another process"
        raise _busy(present, wait_seconds) from error
    try:
        name.write_text(holder, "utf-8")
        yield
    finally:
        name.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _by_database(catalog: Catalog, holder: str, wait_seconds: float) -> Generator[None]:
    fields = {"dbname" if k == "database" else k: v for k, v in catalog.secret.items()}
    name = f"lodge: {holder}"[:63]
    target = make_conninfo("", **fields, application_name=name)
    with psycopg.connect(target, autocommit=True) as own:
        give_up_at = time.monotonic() + wait_seconds
        while not _try(own):
            if time.monotonic() >= give_up_at:
                raise _busy(_present(own), wait_seconds)
            time.sleep(_POLL_SECONDS)
        yield


def _try(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", [_ADVISORY_KEY]).fetchone()
    return bool(row and row[0])


def _present(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    row = connection.execute(
        "select a.application_name from pg_locks l join pg_stat_activity a using (pid) "
        "where l.locktype = 'advisory' and l.granted "
        "and (l.classid::bigint << 32 | l.objid::bigint) = %s",
        [_ADVISORY_KEY],
    ).fetchone()
    return str(row[0]) if row else "another process"


def _busy(present: str, wait_seconds: float) -> TryAgainError:
    return TryAgainError(
        f"the reports store is being written by {present}; waited {wait_seconds:g} seconds"
    )
