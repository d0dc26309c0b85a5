"""A home with a shop, a price list and links, and `lodge link` called on it."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from lodge_adapters.language import Link
from lodge_adapters.reading import read_link
from lodge_platform.cli import main
from lodge_platform.settings import Settings

CUSTOMER = """\
# What agents see first.
title: Customer in the shop
term: What the shop knows about who writes.
parameters:
  - {{name: email, required: true, from: customer.address, term: Mail address.}}
access:
  sql:
    url: sqlite:///{shop}
    select: select id, name, tier from customers where email = :email
answer:
  root: customers
  row: customer
  fields:
    - {{name: number, from: id, type: integer, required: true, attribute: true, term: Key there.}}
    - {{name: name, sensitivity: personal, term: Name in the shop.}}
    - {{name: tier, term: gold or silver.}}
callers: {{roles: [agent]}}
"""


@dataclass
class VerbsHouse:
    """`said` and `told` are what the last verb wrote to stdout and stderr."""

    home: Path
    capture: pytest.CaptureFixture[str]
    said: str = ""
    told: str = ""

    @property
    def links(self) -> Path:
        """The folder of link files."""
        return self.home / "links"

    @property
    def shop(self) -> Path:
        """The shop's database."""
        return self.home / "link-files" / "shop.db"

    def call(self, *words: str) -> int:
        """Run `lodge link` with these words; the exit code."""
        self.capture.readouterr()
        code = main(["link", *words])
        self.said, self.told = self.capture.readouterr()
        return code

    def file(self, name: str, text: str) -> Path:
        """A file in the folder of links."""
        path = self.links / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, "utf-8")
        return path

    def customer(self) -> Path:
        """The link `customer`."""
        return self.file("customer.yaml", CUSTOMER.format(shop=self.shop))


def make_house(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
) -> VerbsHouse:
    """The house in the home of these settings."""
    monkeypatch.setenv("LODGE_HOME", str(settings.home))
    monkeypatch.setenv("LODGE_MASTER_URL", settings.master_url)
    monkeypatch.setenv("LODGE_ACTIVE_URL", settings.active_url)
    house = VerbsHouse(settings.home, capture)
    house.shop.parent.mkdir()
    shop = sqlite3.connect(house.shop)
    shop.executescript("""
        create table customers (id integer primary key, email text, name text, tier text);
        insert into customers values (1, 'ada@example.org', 'Ada', 'gold'),
            (2, 'bob@example.org', 'Bob & "Söhne" <x>', 'silver'), (3, 'c@example.org', null, null);
    """)
    shop.close()
    return house


def made(house: VerbsHouse, name: str) -> Link:
    """The link of the new file, which is good, and whose first sample is too."""
    link = read_link((house.links / f"{name}.yaml").read_text("utf-8"))
    assert [one.name for one in link.samples] == ["first"], house.told
    assert house.call("check") == 0, house.said
    assert house.call("test", name) == 0, house.said
    return link


def fields(link: Link) -> dict[str, str]:
    """Type, list and sensitivity of each field, by its path."""
    found: dict[str, str] = {}

    def walk(each: Link | object, path: str) -> None:
        for one in getattr(each, "fields", ()):
            said = ["thing" if one.fields else one.type.value]
            said += ["list"] * one.is_list + ["attribute"] * one.attribute
            said += ["personal"] * (one.sensitivity == "personal")
            found[f"{path}{one.name}"] = " ".join(said)
            walk(one, f"{path}{one.name}.")

    walk(link.answer, "")
    return found
