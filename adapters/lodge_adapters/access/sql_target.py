"""Which database a link means: its URL with secrets filled in, checked before anything connects."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from lodge_adapters.language import Sql
from lodge_platform.errors import SetUpError


class Kind(StrEnum):
    """How a database is spoken to. MySQL counts as MariaDB."""

    POSTGRESQL = "postgresql"
    MARIADB = "mariadb"
    SQLITE = "sqlite"
    OTHER = "other"


@dataclass(frozen=True)
class Target:
    """A database: `url` with its password, which nothing may show; `place` for people.

    Reached by `host` and `port`, or by `socket`, a path on this machine; SQLite by neither.
    """

    kind: Kind
    url: URL
    place: str
    host: str = ""
    port: int = 0
    socket: str | None = None


def target_of(sql: Sql, secret: Callable[[str], str]) -> Target:
    """The database that `sql` names. Raises SetUpError, which never says what a secret holds."""
    url = _url(sql, secret)
    backend = url.get_backend_name()
    kind = _KINDS.get(backend, Kind.OTHER)
    _refuse_odd_options(kind, url)
    if kind is Kind.SQLITE:
        url = _sqlite(url)
        name = Path(str(url.database))
        return Target(kind, url, f"sqlite {name.name if name.is_absolute() else name}")
    if kind is Kind.OTHER and not sql.read_only_account:
        raise SetUpError(
            f"{backend} cannot be asked for a read-only transaction; use an account that can write "
            "nothing, and say so by `read_only_account: true`"
        )
    return _at_host(kind, url, backend)


def _url(sql: Sql, secret: Callable[[str], str]) -> URL:
    text = sql.url if sql.url_secret is None else secret(sql.url_secret)
    try:
        url = make_url(text or "")
    except (ArgumentError, ValueError):  # what it says quotes the URL
        said = "`url`" if sql.url_secret is None else f"secret {sql.url_secret!r}"
        raise SetUpError(
            f"{said} is no SQLAlchemy URL; write it as postgresql://user@host/database"
        ) from None
    if sql.password_secret is not None:
        url = url.set(password=secret(sql.password_secret))
    return url


def _refuse_odd_options(kind: Kind, url: URL) -> None:
    """Options could name another host, a file or a program; only harmless ones are taken."""
    if kind is Kind.OTHER:
        odd = [name for name in url.query if _ELSEWHERE.search(name.lower())]
        allowed = "those that name no host, address or file"
    else:
        odd = [name for name in url.query if name not in _OPTIONS[kind]]
        allowed = ", ".join(sorted(_OPTIONS[kind])) or "none"
    if odd:
        raise SetUpError(f"{kind} URL: option {odd[0][:40]!r} is not taken; allowed: {allowed}")


def _sqlite(url: URL) -> URL:
    name = url.database or ""
    if not name or name == ":memory:" or name.startswith("file:"):
        raise SetUpError(
            "SQLite: the URL must name a file, as sqlite:///shop.db, below the link's own folder "
            "or the folder link-files of the home"
        )
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise SetUpError(f"SQLite is read by Python's own driver, not by {url.drivername!r}")
    return url


def _at_host(kind: Kind, url: URL, backend: str) -> Target:
    socket = _socket(kind, url)
    port = url.port or _PORTS.get(backend)
    if port is None:
        raise SetUpError(f"{backend} URL: the port is missing")
    if not url.host and socket is None:
        raise SetUpError(f"{backend} URL: the host is missing; write 127.0.0.1 for this machine")
    if not url.database and kind is not Kind.OTHER:
        raise SetUpError(f"{backend} URL: the name of the database is missing")
    if url.host and ("," in url.host or "%" in url.host):
        raise SetUpError(f"{backend} URL: give one host")
    host = (url.host or "localhost").strip("[]").lower().rstrip(".")
    shown = f"[{host}]" if ":" in host else host
    driver = _DRIVERS.get(backend, url.drivername)
    bare = url.difference_update_query(_SOCKETS)
    place = f"{shown}:{port}/{url.database or ''}"
    return Target(kind, bare.set(drivername=driver), place, host, port, socket)


def _socket(kind: Kind, url: URL) -> str | None:
    if kind is Kind.OTHER:
        return None
    found = [str(url.query[name]) for name in _SOCKETS if name in url.query]
    if not found:
        return None
    if url.host or len(found) > 1 or not found[0].startswith("/"):
        raise SetUpError(
            f"{kind} URL: `host` and `unix_socket` among the options name a socket of this "
            "machine, a path that starts with /; the host itself stands before the port"
        )
    return found[0]


_KINDS = {
    "postgresql": Kind.POSTGRESQL,
    "postgres": Kind.POSTGRESQL,
    "mysql": Kind.MARIADB,
    "mariadb": Kind.MARIADB,
    "sqlite": Kind.SQLITE,
}
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_PORTS = {
    "postgresql": 5432,
    "postgres": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "mssql": 1433,
    "oracle": 1521,
}
_SOCKETS = ("host", "unix_socket")
_TLS_OF_POSTGRESQL = ("cert", "key", "mode", "negotiation", "rootcert", "_min_protocol_version")
_TLS_OF_MARIADB = (
    "ca",
    "capath",
    "cert",
    "check_hostname",
    "key",
    "verify_cert",
    "verify_identity",
)
_OPTIONS: dict[Kind, frozenset[str]] = {
    Kind.POSTGRESQL: frozenset(
        [
            *("application_name", "channel_binding", "host", "target_session_attrs"),
            *(f"ssl{name}" for name in _TLS_OF_POSTGRESQL),
        ]
    ),
    Kind.MARIADB: frozenset(["unix_socket", *(f"ssl_{name}" for name in _TLS_OF_MARIADB)]),
    Kind.SQLITE: frozenset(),
}
_ELSEWHERE = re.compile(
    r"host|addr|server|dsn|connect|service(?!_name)|socket|file|path|url|proxy|command"
)
