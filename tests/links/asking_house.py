"""A house that has data links: a shop in SQLite, servers, people, and the paths under /links."""

import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient
from lxml import etree
from sqlalchemy import select

from api.house import House, house_of
from fixtures.waiting import soon
from fixtures.workplace import NINE, Workplace
from lodge_adapters.asking import OpenLinks
from lodge_adapters.web import doorway
from lodge_platform.links import Caller, CallerKind, registered_links
from lodge_platform.schema.active import DataLink, LinkCall
from lodge_platform.web.assembly import create_application
from web.office import serving

LINKS = "http://lodge.test/links/"
OPERATOR = Caller(kind=CallerKind.OPERATOR)
CUSTOMER = """
title: Customer in the shop
term: What the shop knows about who writes.
parameters:
  - {{name: email, required: true, from: customer.address, longest: 200, term: Mail address.}}
access:
  sql:
    url: sqlite:///{database}
    select: select id, name, tier from customers where email = :email
answer:
  root: customers
  row: customer
  fields:
    - {{name: number, from: id, type: integer, required: true, attribute: true, term: Key there.}}
    - {{name: name, sensitivity: personal, term: Name in the shop.}}
    - {{name: tier, term: gold or silver.}}
callers: {{roles: [agent, supervisor]}}
{more}
"""
FROM_SERVER = """
title: From the server
term: Whatever the server says.
parameters:
  - {{name: q, term: What is looked for.}}
access:
  http:
    url: {url}
    query: {{q: "{{q}}"}}
answer:
  rows: $.rows[*]
  fields:
    - {{name: number, type: integer, term: Number.}}
callers: {{roles: [agent]}}
allowed: ["{where}"]
{more}
"""

COUNTING = """
title: Numbers
term: Numbers from one on, as many as are wanted.
parameters:
  - {{name: most, type: integer, default: "9000000000", term: The last one.}}
access:
  sql:
    url: sqlite:///{database}
    select: >
      with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < :most)
      select n, 'the number ' || n as said from numbers
answer:
  fields:
    - {{name: number, from: n, type: integer, required: true, term: The number.}}
    - {{name: said, term: The number in words.}}
limits: {{rows: 100000000, bytes: 10000000000, seconds: {seconds}, at_once: 1}}
callers: {{roles: [agent]}}
{more}
"""


@dataclass
class LinkHouse:
    """The house; files go to its folder of links, rows into its shop."""

    house: House
    clients: list[TestClient] = field(default_factory=list[TestClient])

    @property
    def place(self) -> Workplace:
        """The workplace within."""
        return self.house.place

    @property
    def application(self) -> FastAPI:
        """The application, with the paths under /links."""
        return self.house.application

    @property
    def links(self) -> OpenLinks:
        """The links, as other rooms have them."""
        found = registered_links(self.place.lodge)
        assert isinstance(found, OpenLinks)
        return found

    @property
    def home(self) -> Path:
        """The folder of the house."""
        return self.place.lodge.settings.home

    @property
    def database(self) -> Path:
        """The shop."""
        return self.home / "link-files" / "shop.db"

    def file(self, name: str, text: str) -> Path:
        """A file in the folder of links, read at once."""
        path = self.home / "links" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        self.links.library.refresh()
        return path

    def customer(self, name: str = "customer", *, more: str = "") -> Path:
        """A link to the shop's customers."""
        self.shop([])
        return self.file(f"{name}.yaml", CUSTOMER.format(database=self.database, more=more))

    def from_server(self, where: str, name: str = "slow", *, more: str = "") -> Path:
        """A link to an HTTP server at `where`, host and port."""
        text = FROM_SERVER.format(url=f"http://{where}/rows", where=where, more=more)
        return self.file(f"{name}.yaml", text)

    def counting(self, name: str = "numbers", *, seconds: float = 60, more: str = "") -> Path:
        """A link with as many rows as are asked for: without `most`, without end."""
        self.shop([])
        text = COUNTING.format(database=self.database, seconds=seconds, more=more)
        return self.file(f"{name}.yaml", text)

    def shop(self, rows: list[tuple[int, str, str, str]]) -> None:
        """Rows in the shop: key, name, tier, mail address."""
        self.database.parent.mkdir(exist_ok=True)
        with sqlite3.connect(self.database) as connection:
            connection.execute(
                "create table if not exists customers (id int, name text, tier text, email text)"
            )
            connection.executemany("insert into customers values (?, ?, ?, ?)", rows)
        connection.close()

    def ask(
        self,
        name: str = "customer",
        given: Mapping[str, str] | None = None,
        *,
        caller: Caller = OPERATOR,
        now: datetime = NINE,
    ) -> Any:
        """Ask as the house itself, unless a caller is given."""
        values = {"email": "ada@example.org"} if given is None else given
        return self.links.ask(name, values, caller=caller, now=now)

    def asker(self, name: str, *roles: str, **given: Any) -> TestClient:
        """Somebody with these roles, and a program that asks under /links with a key."""
        self.house.person(name, *roles, **given)
        return self.program(self.house.key(name))

    def program(self, key: str | None = None, **headers: str) -> TestClient:
        """A program that asks with this key."""
        given = {} if key is None else {"authorization": f"Bearer {key}"}
        client = TestClient(
            self.application, base_url=LINKS, headers=given | headers, follow_redirects=False
        )
        self.clients.append(client)
        return client

    @contextmanager
    def served(self, key: str) -> Generator[httpx.Client]:
        """The real server over TCP, and a program that asks it."""
        headers = {"authorization": f"Bearer {key}"}
        with (
            serving(self.place.lodge, self.application) as (address, _),
            httpx.Client(base_url=f"{address}/links/", headers=headers, timeout=30) as client,
        ):
            yield client

    def calls(self) -> list[Any]:
        """Every row of the journal, what is kept still written first."""
        self.links.journal.flush()
        return list(self.place.rows(select(LinkCall.__table__).order_by(LinkCall.link_call_id)))

    def outcomes(self) -> list[str]:
        """How each call ended."""
        return [str(call.outcome) for call in self.calls()]

    def state(self, name: str) -> Any:
        """The link's row in `data_links`; None when there is none."""
        self.links.journal.flush()
        rows = self.place.rows(select(DataLink.__table__).where(DataLink.link == name))
        return rows[0] if rows else None

    def soon_ended(self, count: int) -> bool:
        """Whether as many calls are in the journal soon."""
        return soon(lambda: len(self.calls()) >= count)


def parsed(content: bytes) -> Any:
    """The XML document."""
    return etree.fromstring(content)


def link_house_of(place: Workplace) -> LinkHouse:
    """Roles for the workplace, and the application with the paths under /links."""
    house = house_of(place, [])
    house.application = create_application(place.lodge, [], [], [doorway])
    return LinkHouse(house)


def opened(place: Workplace) -> Generator[LinkHouse]:
    """The house, and its links closed at the end: what a fixture gives."""
    house = link_house_of(place)
    yield house
    house.links.close()
