"""The demonstration's shop: a list of who wrote, and data links that read it."""

import csv
from collections.abc import Generator
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from lodge_adapters.reading import read_link
from lodge_core.simulate.playing import play_demonstration
from lodge_core.simulate.shop import LINKS, open_shop
from lodge_platform.links import Caller, CallerKind, registered_links
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.schema.active import ContactPoint
from lodge_platform.settings import Settings

NOW = datetime(2026, 1, 5, 13, 7, 11, tzinfo=UTC)


@pytest.fixture
def lodge(settings: Settings) -> Generator[Lodge]:
    opened = open_lodge(settings)
    yield opened
    opened.close()


def test_who_wrote_is_mostly_on_the_shops_list_and_a_link_finds_them(lodge: Lodge) -> None:
    play_demonstration(lodge, days=1, mails=12, agents=2, seed=1, now=NOW)
    with (lodge.settings.home / "link-files" / "shop_customers.csv").open("r", newline="") as file:
        listed = list(csv.DictReader(file))
    with lodge.stores.active.read() as connection:
        known = connection.execute(select(func.count()).select_from(ContactPoint)).scalar_one()
    assert 0 < len(listed) <= known
    links = registered_links(lodge)
    assert {one.name: one.fault for one in links.described()}.items() >= {
        "shop_customer": None,
        "shop_customers": None,
    }.items()
    caller = Caller(kind=CallerKind.OPERATOR)
    [row] = links.ask("shop_customer", {"email": listed[0]["email"]}, caller=caller, now=NOW).rows
    assert (row["number"], row["tier"]) == (int(listed[0]["number"]), listed[0]["tier"])
    assert links.ask("shop_customer", {"email": "no@one.test"}, caller=caller, now=NOW).rows == []


def test_opening_the_shop_again_leaves_changed_links_alone(lodge: Lodge) -> None:
    open_shop(lodge, seed=1, now=NOW)
    changed = lodge.settings.home / "links" / LINKS[0]
    changed.write_text(changed.read_text("utf-8").replace("In the shop", "At Brindle Lane"))
    open_shop(lodge, seed=1, now=NOW)
    link = read_link(changed.read_text("utf-8"), changed.name)
    assert link.panel is not None
    assert link.panel.title == "At Brindle Lane"
