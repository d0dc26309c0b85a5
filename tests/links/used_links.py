"""A workplace with links in its home: a shop in a SQLite file, and services over HTTP that answer,
wait until they are told to, or are down."""

import json
import socket
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fixtures.receiver import Answer, Received, Receiver, receiving
from fixtures.workplace import NINE, Workplace
from lodge_adapters.asking import OpenLinks
from lodge_core.workflows.applying import apply_workflow
from lodge_platform.configuration import change_configuration
from lodge_platform.links import registered_links

SHOP = """\
title: Customer in the shop
term: What the shop knows of who writes.
parameters:
  - {name: email, required: true, from: customer.address, term: Mail address.}
access:
  sql:
    url: sqlite:///shop.db
    select: select number, name, tier, spent from customers where email = :email order by number
answer:
  root: customers
  row: customer
  fields:
    - {name: number, type: integer, required: true, attribute: true, term: Key there.}
    - {name: name, sensitivity: personal, term: Name in the shop.}
    - {name: tier, term: gold or silver.}
    - {name: spent, type: decimal, term: Sum of all orders.}
callers: {roles: [agent, supervisor, administrator]}
"""
SERVICE = """\
title: {title}
term: What the service knows of who writes.
parameters:
  - {{name: email, required: true, from: customer.address, term: Mail address.}}
access:
  http:
    url: {url}
    query: {{email: "{{email}}"}}
answer:
  rows: $.found[*]
  fields:
    - {{name: score, type: integer, term: From 0 to 100.}}
    - {{name: tags, list: true, term: Words of theirs.}}
limits: {{seconds: {seconds}, tries: 1}}
allowed: ["{where}"]
callers: {{roles: [agent]}}
"""


@dataclass
class UsedLinks:
    """The links of a workplace; `slow` answers once `gate` is set, and nobody is at `down`."""

    place: Workplace
    slow: Receiver
    down: str
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def folder(self) -> Path:
        """Where the link files are."""
        return Path(self.place.lodge.settings.links_folder)

    @property
    def links(self) -> OpenLinks:
        """The links as the adapters room answers them."""
        found = registered_links(self.place.lodge)
        assert isinstance(found, OpenLinks)
        return found

    def write(self, name: str, text: str) -> None:
        """A file beside the links, or a link; in force at once."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / name).write_text(text, "utf-8")
        self.links.library.refresh()

    def shop(self, *customers: tuple[int, str, str | None, str | None], more: str = "") -> None:
        """The link `customer_lookup` with customers: number, address, tier, spent."""
        self.folder.mkdir(exist_ok=True)
        with sqlite3.connect(self.folder / "shop.db") as shop:
            shop.execute("drop table if exists customers")
            shop.execute("create table customers (number, email, name, tier, spent)")
            for number, email, tier, spent in customers:
                values = (number, email, f"Customer <b>{number}</b>", tier, spent)
                shop.execute("insert into customers values (?, ?, ?, ?, ?)", values)
        shop.close()
        self.write("customer_lookup.yaml", SHOP + more)

    def service(self, name: str, where: str, *, seconds: float = 20, more: str = "") -> None:
        """A link to an HTTP service at a host and port, with a field `score` and a list `tags`."""
        url = f"http://{where}/found"
        text = SERVICE.format(title=name.title(), url=url, where=where, seconds=seconds)
        self.write(f"{name}.yaml", text + more)

    def workflow(self, rules: str, *, otherwise: str = "General") -> None:
        """The department's workflow, with these lines of `rules`, in force."""
        document = (
            "name: triage\nkind: inbound\ndepartment: Customer care\nrules:\n"
            f"{rules}otherwise: {otherwise}\n"
        )
        with change_configuration(self.place.lodge.stores.master, by="test", now=NINE) as session:
            apply_workflow(session, document, described=self.links.described)

    def answer(self, request: Received) -> Answer:
        """What the slow service says, once it may."""
        self.gate.wait(60)
        found = [{"score": 70, "tags": ["loud", "dear"]}] if "ada" in request.path else []
        body = json.dumps({"found": found}).encode()
        return 200, {"content-type": "application/json"}, body


@contextmanager
def used_links(place: Workplace) -> Generator[UsedLinks]:
    """The links of this workplace, until the end of the `with`."""
    with receiving() as slow, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        used = UsedLinks(place, slow, f"127.0.0.1:{port}")
        slow.answer = used.answer
        yield used
        used.gate.set()
        used.links.close()
