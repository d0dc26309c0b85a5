"""Link files of a home: bad ones are faults of their own, changes are taken in, others go on."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from fixtures.waiting import soon
from fixtures.workplace import Workplace
from links.asking_house import CUSTOMER, LinkHouse, opened
from lodge_adapters import library
from lodge_platform.errors import NotFoundError

ADA = [(7, "Ada", "gold", "ada@example.org")]


@pytest.fixture
def house(sqlite_workplace: Workplace) -> Generator[LinkHouse]:
    """The house on SQLite."""
    yield from opened(sqlite_workplace)


@pytest.fixture
def stored(workplace: Workplace) -> Generator[LinkHouse]:
    """The house, once on each engine."""
    yield from opened(workplace)


def faults(house: LinkHouse) -> dict[str, str]:
    """What is wrong, by link."""
    return {one.name: one.fault for one in house.links.described() if one.fault}


def test_a_bad_file_is_a_fault_with_its_line_and_the_others_load(house: LinkHouse) -> None:
    house.customer()
    house.shop(ADA)
    text = CUSTOMER.format(database=house.database, more="contrakt: freeze")
    house.file("unknown_key.yaml", text)
    house.file("wrong_type.yaml", text.replace("contrakt: freeze", "limits: {rows: many}"))
    house.file("not_yaml.yaml", "title: [")
    house.file("empty.yml", "")
    house.file("latin.xml", "<link/>")
    (house.home / "links" / "latin.xml").write_bytes(b"title: caf\xe9\n")
    house.file("Capital.yaml", text)
    house.links.library.refresh()
    found = faults(house)
    assert "unknown_key.yaml line 18" in found["unknown_key"]
    assert "did you mean 'contract'?" in found["unknown_key"]
    assert "wrong_type.yaml line 18: limits.rows: 'many' is not allowed" in found["wrong_type"]
    assert "not_yaml.yaml" in found["not_yaml"]
    assert "empty.yml is empty" in found["empty"]
    assert "not UTF-8" in found["latin"]
    assert "rename the file" in found["Capital"]
    assert len(found) == 6
    assert house.ask().rows[0]["name"] == "Ada"
    for name in found:
        with pytest.raises(NotFoundError):
            house.ask(name)


def test_two_files_of_one_name_are_a_fault_that_names_both(house: LinkHouse) -> None:
    house.customer("twice")
    house.file("twice.xml", "<link/>")
    assert faults(house) == {
        "twice": "twice.xml and twice.yaml declare the same link; keep one of them"
    }


def test_a_file_of_the_home_goes_before_one_that_lodge_brings(
    house: LinkHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    monkeypatch.setattr(library, "OWN_FOLDER", brought)
    text = CUSTOMER.format(database=house.database, more="")
    for name in ("customer", "other"):
        (brought / f"{name}.yaml").write_text(text.replace("Customer in the shop", "Brought"))
    house.customer()
    titles = {one.name: one.title for one in house.links.described()}
    assert titles == {"customer": "Customer in the shop", "other": "Brought"}
    house.file("customer.yaml", "title: [")  # what the home has counts, even when it is wrong
    assert set(faults(house)) == {"customer"}


def test_a_changed_file_is_in_force_soon_and_others_keep_their_source(house: LinkHouse) -> None:
    path = house.customer()
    house.customer("kept")
    house.shop(ADA)
    house.ask("kept")
    kept = house.links.library.get("kept")
    source = kept.source()
    before = house.links.library.get("customer").version
    path.write_text(path.read_text("utf-8").replace("name, tier from", "'Grace' name, tier from"))
    assert soon(lambda: house.links.library.get("customer").version != before)
    assert house.ask().rows[0]["name"] == "Grace"
    assert house.links.library.get("kept") is kept
    assert kept.source() is source
    path.unlink()
    assert soon(lambda: "customer" not in [one.name for one in house.links.described()])
    with pytest.raises(NotFoundError):
        house.ask()


def test_the_version_is_of_the_file_and_of_the_stylesheet_it_names(house: LinkHouse) -> None:
    house.customer()
    text = CUSTOMER.format(
        database=house.database, more="panel: {title: Shop, form: html, xslt: shop.xslt}"
    )
    path = house.file("shown.yaml", text)
    assert "'shop.xslt', which it names, cannot be read" in faults(house)["shown"]
    sheet = house.file("shop.xslt", "<one/>")
    first = house.links.library.get("shown").version
    sheet.write_text("<two/>")
    assert soon(lambda: house.links.library.get("shown").version != first)
    path.write_text(text.replace("shop.xslt", "../../secrets/key"))
    house.links.library.refresh()
    assert "not below the link's folder" in faults(house)["shown"]


def test_a_link_that_is_switched_off_is_not_there(house: LinkHouse) -> None:
    house.customer(more="active: false")
    assert faults(house) == {"customer": "it is switched off by `active: false`"}
    with pytest.raises(NotFoundError):
        house.ask()


def test_what_was_read_is_kept_and_written_only_when_it_changes(stored: LinkHouse) -> None:
    path = stored.customer()
    stored.file("broken.yaml", "title: [")
    first = stored.state("customer")
    assert (first.title, first.kind, first.is_active, first.fault) == (
        "Customer in the shop",
        "sql",
        True,
        None,
    )
    assert first.version == stored.links.library.get("customer").version
    assert "broken.yaml" in stored.state("broken").fault
    os.utime(path, ns=(1, 1))
    stored.links.library.refresh()
    assert stored.state("customer") == first
    path.write_text(path.read_text("utf-8").replace("Customer in", "Somebody in"))
    stored.links.library.refresh()
    assert stored.state("customer").title == "Somebody in the shop"
    (stored.home / "links" / "broken.yaml").unlink()
    stored.links.library.refresh()
    assert stored.state("broken") is None
