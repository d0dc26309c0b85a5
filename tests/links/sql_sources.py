"""A shop's database on each engine, and links to it made of their files' text."""

import json
import sqlite3
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pymysql
import pytest
from sqlalchemy import make_url

from fixtures.mariadb import mariadb_database
from lodge_adapters.access.opening import source_of
from lodge_adapters.access.source import Batch, Context, Source
from lodge_adapters.access.sql import SqlSource
from lodge_adapters.language import Link
from lodge_adapters.reading import read_link
from lodge_platform.errors import SetUpError
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.outgoing import parse_allowed
from lodge_platform.outgoing.checking import Resolve
from lodge_platform.settings import load

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ENGINES = ("postgresql", "mariadb", "sqlite")
ANSWER = """
answer:
  fields:
    - {name: id, type: integer, term: Number of the customer.}
    - {name: name, term: Name of the customer.}
"""


@dataclass
class Shop:
    """A database of a test's own: `url` for SQLAlchemy, with its password; a house beside it."""

    engine: str
    url: str
    lodge: Lodge
    folder: Path
    secrets: dict[str, str] = field(default_factory=dict[str, str])
    opened: list[Source] = field(default_factory=list[Source])

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run them as the database's owner; the rows of the last."""
        with closing(self.connection()) as connection, closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)
            rows: list[tuple[Any, ...]] = list(cursor.fetchall()) if cursor.description else []
            connection.commit()
        return rows

    def connection(self) -> Any:
        """The owner's connection, without a link."""
        url = make_url(self.url)
        if self.engine == "postgresql":
            return psycopg.connect(self.url.replace("+psycopg", ""))
        if self.engine == "sqlite":
            return sqlite3.connect(self.folder / str(url.database))
        return pymysql.connect(
            host=url.host,
            port=url.port or 3306,
            user=url.username,
            password=str(url.password or ""),
            database=url.database,
            charset="utf8mb4",
        )

    @property
    def long_text(self) -> str:
        """The type of a long text."""
        return "longtext" if self.engine == "mariadb" else "text"

    def customers(self) -> None:
        """Three customers."""
        self.run(
            "create table customers (id integer primary key, name varchar(200), tier varchar(20))",
            "insert into customers values (1, 'Ada', 'gold'), (2, 'Bob', null), (3, 'Zoë', '')",
        )

    def link(
        self, sql: Mapping[str, Any], *, parameters: str = "", more: str = "", answer: str = ANSWER
    ) -> Link:
        """The link with this access, without the URL."""
        given = {"url_secret": "shop_url", **sql}
        access = json.dumps({name: one for name, one in given.items() if one is not None})
        text = f"title: Shop\nterm: The shop.\naccess:\n  sql: {access}\n{answer}\n{more}\n"
        text += f"parameters:\n{parameters}\n" if parameters else ""
        return read_link(text)

    def asked(
        self,
        select: str | None = None,
        *,
        sql: Mapping[str, Any] | None = None,
        allowed: str = "127.0.0.0/8",
        resolve: Resolve | None = None,
        **more: Any,
    ) -> "Asked":
        """A link that reads by `select`, or has another access `sql`.

        The shop's URL is the link's secret, unless there is one already.
        """
        link = self.link(sql or {"select": select}, **more)
        self.secrets.setdefault("shop_url", self.url)
        if resolve is None:
            source = source_of("shop", link, self.lodge, self.folder)
        else:
            source = SqlSource("shop", link, self.lodge, self.folder, resolve=resolve)
        self.opened.append(source)
        return Asked(source, link, self, allowed)

    def secret(self, name: str) -> str:
        """As a house gives it."""
        if name not in self.secrets:
            raise SetUpError(f"secret {name!r} is missing")
        return self.secrets[name]


@dataclass
class Asked:
    """One link's source."""

    source: Source
    link: Link
    shop: Shop
    allowed: str

    def context(self, *, seconds: float = 20, is_load: bool = False) -> Context:
        """A call that may take so long."""
        return Context(
            lodge=self.shop.lodge,
            name="shop",
            link=self.link,
            folder=self.shop.folder,
            now=NOW,
            deadline=monotonic() + seconds,
            allowed=parse_allowed(self.allowed),
            secret=self.shop.secret,
            is_load=is_load,
        )

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Checked parameters: None for those that are not given."""
        return dict.fromkeys(one.name for one in self.link.parameters) | dict(given)

    def batches(self, *, seconds: float = 20, **given: Any) -> Iterator[Batch]:
        """The batches, as they come."""
        return self.source.batches(self.values(given), self.context(seconds=seconds))

    def rows(self, *, seconds: float = 20, **given: Any) -> list[tuple[Any, ...]]:
        """All rows."""
        return [row for batch in self.batches(seconds=seconds, **given) for row in batch.rows]

    def write(self, key: str = "key_1", *, seconds: float = 20, **given: Any) -> str:
        """Write once."""
        return self.source.write(self.values(given), key, self.context(seconds=seconds))


@contextmanager
def shop_on(engine: str, request: pytest.FixtureRequest, folder: Path) -> Generator[Shop]:
    """An empty database on that engine, and a house whose links stand in `folder`."""
    home = folder / "home"
    links = home / "links"
    links.mkdir(parents=True)
    lodge = open_lodge(load(home, {}))
    with _database(engine, request, links) as url:
        shop = Shop(engine, url, lodge, links)
        try:
            yield shop
        finally:
            for source in shop.opened:
                source.close()
            lodge.close()


@contextmanager
def _database(engine: str, request: pytest.FixtureRequest, links: Path) -> Generator[str]:
    if engine == "sqlite":
        with closing(sqlite3.connect(links / "shop.db")) as made:
            made.execute("vacuum")
        yield "sqlite:///shop.db"
    elif engine == "postgresql":
        url: str = request.getfixturevalue("fresh_postgres_database")
        yield url.replace("postgresql://", "postgresql+psycopg://")
    else:
        with mariadb_database() as url:
            yield url
