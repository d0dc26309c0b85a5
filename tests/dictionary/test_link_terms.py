"""Landed links in SQL and in the dictionary: their terms, and who sees which rows and columns."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from fixtures.shop_links import FIELDS, NINE, NUMBER, Shop, order
from fixtures.two_departments import CARE, SALES, fill, let_in
from lodge_dictionary import checks
from lodge_dictionary.door import open_door
from lodge_dictionary.links import link_tables_of
from lodge_dictionary.looking_up import look_up
from lodge_dictionary.verbs.dictionary import dictionary
from lodge_platform.cli.invocation import Invocation
from lodge_platform.errors import RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import HeldRole, SignedIn
from lodge_platform.settings import Settings
from lodge_platform.stores import open_stores

PARTS = (
    "fields: [{name: sku, term: Its number here.}, {name: by, sensitivity: content, term: Whose.}]"
)
IN_CARE = HeldRole("agent", CARE, "Customer care")
IN_SALES = HeldRole("agent", SALES, "Sales")


def reader(*roles: HeldRole, **rights: set[Action]) -> SignedIn:
    """Somebody who may query Customer care, with further rights there or in Sales."""
    held = {CARE: rights.get("care", set())}
    if "sales" in rights:
        held[SALES] = rights["sales"]
    return replace(let_in(held), roles=frozenset(roles))


@pytest.fixture
def shop(settings: Settings) -> Shop:
    stores = open_stores(settings)
    fill(stores)
    stores.close()
    made = Shop(settings)
    made.put(order(1, "Ada"), order(2, "Bo"))
    return made


def landed(shop: Shop, **declared: str) -> Shop:
    shop.declare(**declared)
    assert shop.load().failure is None
    shop.publish()
    return shop


def seen(shop: Shop, who: SignedIn, query: str = "from links.orders") -> list[tuple[object, ...]]:
    with open_door(shop.settings, reader=who, now=NINE) as door:
        return door.ask(query).fetchall()


def names(shop: Shop, who: SignedIn) -> list[str]:
    with open_door(shop.settings, reader=who, now=NINE) as door:
        return door.ask("from links.orders").names


def test_s35_a_links_rows_are_theirs_whom_its_callers_admit(shop: Shop) -> None:
    landed(shop, callers="{roles: [agent], departments: [Customer care]}")
    assert len(seen(shop, reader(IN_CARE))) == 2
    others = (
        reader(),  # no role of the link's
        reader(HeldRole("analyst", CARE, "Customer care")),
        reader(IN_SALES, sales=set()),  # the role in another department
        reader(IN_SALES),  # nor may it be queried there
    )
    for who in others:
        with pytest.raises(RefusedError, match="does not exist"):
            seen(shop, who)
        listed = seen(shop, who, "select count(*) from duckdb_tables() where schema_name = 'links'")
        assert listed == [(0,)]
    assert len(seen(shop, reader(care={Action.LINK_OPERATE}))) == 2


def test_without_departments_any_counts_and_without_callers_none_does(shop: Shop) -> None:
    landed(shop)
    assert len(seen(shop, reader(IN_SALES, sales=set()))) == 2
    shop.declare(callers="{}")  # who may see is said by the file as it is now
    with pytest.raises(RefusedError, match="does not exist"):
        seen(shop, reader(IN_CARE, IN_SALES, sales=set()))


def test_personal_columns_need_their_right_wherever_one_is_admitted(shop: Shop) -> None:
    landed(shop)
    open_ones = ["number", "total", "changed_at", "is_open", "_loaded_at"]
    assert names(shop, reader(IN_CARE)) == open_ones
    personal = {Action.PERSONAL_READ}
    assert "customer" in names(shop, reader(IN_CARE, care=personal))
    both = reader(IN_CARE, IN_SALES, care=personal, sales=set())
    assert names(shop, both) == open_ones
    with pytest.raises(RefusedError, match=r"you lack a right for links\.orders\.customer"):
        seen(shop, reader(IN_CARE), "select customer from links.orders")


def test_what_is_undeclared_needs_the_rights_to_personal_data_and_content(shop: Shop) -> None:
    shop.declare(fields=(NUMBER,), contract="evolve")
    assert shop.load().failure is None
    shop.publish()
    assert names(shop, reader(IN_CARE, care={Action.CONTENT_READ})) == ["number", "_loaded_at"]
    both = {Action.CONTENT_READ, Action.PERSONAL_READ}
    assert names(shop, reader(IN_CARE, care=both)) == ["number", "more", "_loaded_at"]


def test_a_link_whose_file_is_gone_or_at_fault_is_shown_to_the_operator_alone(shop: Shop) -> None:
    path = landed(shop).declare()
    path.write_text("title: nothing else\n", "utf-8")
    for is_there in (True, False):
        if not is_there:
            path.unlink()
        with pytest.raises(RefusedError, match="does not exist"):
            seen(shop, reader(IN_CARE))
        with open_door(shop.settings) as door:
            assert door.ask("select count(*) from links.orders").fetchall() == [(2,)]


def test_a_column_that_came_later_is_not_asked_of_an_older_snapshot(shop: Shop) -> None:
    shop.declare(fields=FIELDS[:2], contract="discard")
    assert shop.load().failure is None
    shop.publish()
    shop.declare()
    assert names(shop, reader(IN_CARE)) == ["number", "_loaded_at"]


def test_the_dictionary_shows_a_landed_link_with_its_terms(shop: Shop, tmp_path: Path) -> None:
    shop.declare(fields=(*FIELDS, f"{{name: parts, list: true, {PARTS}, term: What is in it.}}"))
    (table,) = link_tables_of(shop.settings)
    rows = {row["name"]: row for row in look_up("links.orders", [table.entry])}
    assert rows["links.orders"]["meaning"].startswith("One row per number: What the shop knows")
    assert rows["links.orders.customer"]["sensitivity"] == "personal"
    assert rows["links.orders.changed_at"]["zone"] == "UTC"
    assert rows["links.orders.parts"]["meaning"] == "What is in it. As JSON."
    assert rows["links.orders.parts"]["sensitivity"] == "content"


def test_verbs_know_landed_links(
    sqlite_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Shop(sqlite_settings).declare()
    given = Invocation(sqlite_settings.home)
    shown = CliRunner().invoke(dictionary, ["show", "links.orders.customer"], obj=given)
    assert "Who ordered it there." in shown.output
    done = CliRunner().invoke(dictionary, ["build", "--to", str(tmp_path)], obj=given)
    assert done.exit_code == 0
    assert 'id="links.orders.customer"' in (tmp_path / "index.html").read_text("utf-8")


def test_a_term_that_says_nothing_is_found_by_the_check(shop: Shop) -> None:
    assert list(checks.links(shop.settings)) == []
    shop.declare(fields=(NUMBER, "{name: total, term: decimal number}"), contract="discard")
    (found,) = checks.links(shop.settings)
    assert (found.check, found.where) == ("term", "links.orders.total")
