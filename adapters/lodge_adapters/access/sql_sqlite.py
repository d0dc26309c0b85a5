"""SQLite files as sources: which of them may be read, and what a statement may do there.

A file lies in the link's own folder or in the folder `link-files` of the home, wherever symbolic
links lead from there; the house's own stores are never a source.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from lodge_adapters.access.source import Context
from lodge_platform.errors import SetUpError
from lodge_platform.settings import Settings

LINK_FILES = "link-files"
_BUSY_SECONDS = 5.0
_LONGEST_VALUE = 100_000_000
_READING = (
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_TRANSACTION,
)
# What SQLite asks itself to open json_each or a full-text table; the schema cannot be changed so.
_VIRTUAL_TABLES = (
    (sqlite3.SQLITE_UPDATE, "sqlite_master"),
    (sqlite3.SQLITE_PRAGMA, "data_version"),
)
_WRITING = (
    *_READING,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE,
)


def sqlite_file(name: str, *, folder: Path, settings: Settings) -> Path:
    """The file that a link's URL names, symbolic links resolved.

    Raises SetUpError for one that is not there, lies elsewhere, or is a store of the house.
    """
    roots = [folder, settings.home / LINK_FILES]
    allowed = "the link's own folder, or the folder link-files of the home"
    tried = [Path(name)] if Path(name).is_absolute() else [root / name for root in roots]
    inside = [
        path
        for path in (one.resolve() for one in tried)
        if any(path.is_relative_to(root.resolve()) for root in roots)
    ]
    if not inside:
        raise SetUpError(f"SQLite file {name!r} lies elsewhere; allowed: {allowed}")
    for path in inside:
        if path.is_file():
            if any(own.exists() and own.samefile(path) for own in _own_files(settings)):
                raise SetUpError(f"SQLite file {name!r} is a store of this house, and no source")
            return path
    raise SetUpError(f"SQLite file {name!r} is not there; looked for in {allowed}")


def connect_sqlite(path: Path, context: Context) -> sqlite3.Connection:
    """A connection that can read `path`, and write there for a link that writes.

    Raises sqlite3.Error. `guard_sqlite` comes before the link's own statement.
    """
    is_writing = context.link.writes
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={'rw' if is_writing else 'ro'}",
        uri=True,
        timeout=min(_BUSY_SECONDS, context.left()),
        isolation_level=None,
        check_same_thread=False,
    )
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    if not is_writing:
        connection.execute("pragma query_only = on")
    return connection


def guard_sqlite(connection: sqlite3.Connection, *, is_writing: bool) -> None:
    """From now on a statement may read, and change rows where it writes: no pragma, no other
    file, no new table. To be called once what the driver itself asks has been asked."""
    taken = _WRITING if is_writing else _READING

    def decide(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        is_taken = action in taken and second != "load_extension"
        is_taken |= (action, first) in _VIRTUAL_TABLES
        return sqlite3.SQLITE_OK if is_taken else sqlite3.SQLITE_DENY

    connection.set_authorizer(decide)


def _own_files(settings: Settings) -> Iterable[Path]:
    for text in (settings.master_url, settings.active_url, settings.reports_catalog_url):
        try:
            url = make_url(text)
        except ArgumentError:
            continue
        if url.get_backend_name() == "sqlite" and url.database:
            yield Path(url.database)
