"""Open the reports store (DuckLake): read-only at a snapshot, or as its one writer.

The catalog is always attached under the name `lake`, so that views and queries may say so.
Extensions come from installed packages; nothing is downloaded, nothing unsigned is loaded.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import duckdb
from sqlalchemy import make_url
from sqlalchemy.engine import URL

from lodge_platform.errors import SetUpError
from lodge_platform.settings import Settings

LAKE = "lake"
SECRET_NAME = "lake_catalog"  # noqa: S105 - the name of a DuckDB secret, not its content
_EXTENSIONS = ("ducklake", "sqlite_scanner", "postgres_scanner")


@dataclass(frozen=True)
class Catalog:
    """How DuckDB attaches the catalog: its path, and the sign-in kept apart from the path."""

    kind: str
    path: str
    secret: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the embedded kind."""
        return self.kind == "sqlite"

    @property
    def file(self) -> Path:
        """File of an embedded catalog."""
        return Path(self.path.removeprefix("ducklake:sqlite:"))


def catalog_of(settings: Settings) -> Catalog:
    """The catalog named by the settings. Raises SetUpError for a kind that cannot be one."""
    url = make_url(settings.reports_catalog_url)
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database:
        return Catalog("sqlite", f"ducklake:sqlite:{Path(url.database).absolute()}")
    if kind in ("postgresql", "postgres"):
        return Catalog("postgresql", "ducklake:postgres:", postgresql_secret(url))
    raise SetUpError(
        f"setting reports_catalog_url: {kind!r} cannot hold the catalog; "
        "allowed: sqlite:///FILE, postgresql://USER@HOST/DATABASE"
    )


def postgresql_secret(url: URL) -> dict[str, str]:
    """The fields of a DuckDB secret of type postgres for a database URL."""
    given = {
        "host": url.host or _first(url.query.get("host")),
        "port": str(url.port or _first(url.query.get("port")) or 5432),
        "database": url.database or "",
        "user": url.username or "",
        "password": url.password or "",
    }
    return {name: value for name, value in given.items() if value}


def open_reports(
    settings: Settings, *, snapshot: int | None = None, is_hardened: bool = True
) -> duckdb.DuckDBPyConnection:
    """A read-only connection whose unqualified names are marts, at `snapshot` or the newest state.

    Hardened, it can neither touch files nor the network, nor change its own settings or limits.
    Raises SetUpError when the reports store was never written.
    """
    catalog = catalog_of(settings)
    if catalog.is_sqlite and not catalog.file.exists():
        raise SetUpError(
            f"the reports store {catalog.file} is not there yet; run `lodge pipelines run`"
        )
    connection = connect(settings, catalog)
    options = ["read_only"] + ([] if snapshot is None else [f"snapshot_version {snapshot:d}"])
    _attach(connection, settings, catalog, options)
    _name_marts_first(connection)
    if is_hardened:
        # DuckLake reads its Parquet through the same gate as everybody else
        connection.execute(f"set allowed_directories = [{literal(data_path(settings))}]")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    return connection


def open_reports_writer(settings: Settings, *, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A connection that may write; made by whoever holds `reports_lock.writing`.

    The catalog is created when it is missing, an embedded one in WAL mode from its first moment.
    """
    catalog = catalog_of(settings)
    if catalog.is_sqlite and not catalog.file.exists():
        _make_embedded(catalog.file)
    if "://" not in settings.reports_data_path:
        Path(settings.reports_data_path).mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = connect(settings, catalog, threads=threads)
    _attach(connection, settings, catalog, [])
    return connection


def connect(settings: Settings, catalog: Catalog, *, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory with our extensions and limits, and nothing attached."""
    spill = settings.home / "reports" / "tmp"
    connection = duckdb.connect(
        config={
            "extension_directory": str(install_extensions(settings)),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": f"{settings.memory_limit_megabytes}MB",
            "max_temp_directory_size": "8GB",
            "temp_directory": str(spill),
            "threads": str(threads),
        }
    )
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("load ducklake")
    connection.execute(f"load {'sqlite' if catalog.is_sqlite else 'postgres'}_scanner")
    if catalog.secret:
        connection.execute(secret_sql(SECRET_NAME, catalog.secret))
    return connection


def data_path(settings: Settings) -> str:
    """Where the Parquet files lie, as DuckLake wants it: with a slash at the end."""
    path = settings.reports_data_path
    absolute = path if "://" in path else str(Path(path).absolute())
    return absolute.rstrip("/") + "/"


def secret_sql(name: str, fields: dict[str, str]) -> str:
    """The statement that makes a temporary secret for PostgreSQL; never log it."""
    said = ", ".join(f"{key} {literal(value)}" for key, value in fields.items())
    return f"create or replace temporary secret {name} (type postgres, {said})"


def literal(text: str) -> str:
    """`text` as a string in SQL."""
    return "'" + text.replace("'", "''") + "'"


def install_extensions(settings: Settings) -> Path:
    """A DuckDB extension directory in the home, of links to the installed packages' files."""
    root = settings.home / "reports" / "extensions"
    platform = duckdb.sql("pragma platform").fetchall()[0][0]
    folder = root / f"v{duckdb.__version__}" / str(platform)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _EXTENSIONS:
        packaged = Path(str(files(f"duckdb_extension_{name}"))) / "extensions"
        source = packaged / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        link = folder / source.name
        if link.is_symlink() and link.readlink() == source:
            continue
        if not source.exists():
            raise SetUpError(f"package duckdb-extension-{name} is not of DuckDB's version {source}")
        fresh = folder / f"{source.name}.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(source)
        fresh.replace(link)
    return root


def _make_embedded(file: Path) -> None:
    # Only while it is not there: two copies of SQLite in one process, Python's and DuckDB's, drop
    # one another's locks when they close a file that both have open.
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with closing(sqlite3.connect(fresh)) as embedded:
        embedded.execute("pragma journal_mode = wal").fetchall()
    fresh.replace(file)


def _attach(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    catalog: Catalog,
    options: list[str],
) -> None:
    said = [f"data_path {literal(data_path(settings))}", "override_data_path true", *options]
    if catalog.secret:
        said.append(f"meta_secret {literal(SECRET_NAME)}")
    connection.execute(f"attach {literal(catalog.path)} as {LAKE} ({', '.join(said)})")


def _name_marts_first(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"use {LAKE}")
    known = connection.execute(
        "select 1 from duckdb_schemas() where database_name = ? and schema_name = 'marts'", [LAKE]
    ).fetchall()
    if known:
        connection.execute(f"set search_path = '{LAKE}.marts,{LAKE}.main'")


def _first(value: str | tuple[str, ...] | None) -> str:
    return value if isinstance(value, str) else (value or ("",))[0]
