"""Let the embedded store not wait for the disk while a past is played: it can be played again."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import event

from lodge_platform.stores import Store


@contextmanager
def hurried(store: Store) -> Generator[None]:
    """Within the block commits of an SQLite store are not synced; at its end all of them are."""
    if not store.is_sqlite:
        yield
        return
    event.listen(store.engine, "connect", _hurry)
    store.engine.dispose()
    try:
        yield
    finally:
        event.remove(store.engine, "connect", _hurry)
        store.engine.dispose()
        _sync(store)


def _hurry(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("pragma synchronous = off")


def _sync(store: Store) -> None:
    connection = store.engine.raw_connection()
    try:
        connection.cursor().execute("pragma wal_checkpoint(truncate)")
    finally:
        connection.close()
