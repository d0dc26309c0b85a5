"""Link files that cannot be read as files: nothing waits for them, and others stay in force."""

import os
import threading
from collections.abc import Generator
from contextlib import suppress

import pytest

from fixtures.workplace import Workplace
from links.asking_house import LinkHouse, opened
from lodge_adapters.library import Library
from lodge_adapters.library_files import folder_signature, scanned
from lodge_platform.errors import NotFoundError

ADA = [(7, "Ada", "gold", "ada@example.org")]


@pytest.fixture
def house(workplace: Workplace) -> Generator[LinkHouse]:
    """The house with one link, once on each engine."""
    for house in opened(workplace):
        house.customer()
        house.shop(ADA)
        yield house


def faults(house: LinkHouse) -> dict[str, str]:
    """What is wrong, by link."""
    house.links.library.refresh()
    return {one.name: one.fault for one in house.links.described() if one.fault}


def test_a_pipe_in_place_of_a_file_is_waited_for_by_nobody(house: LinkHouse) -> None:
    os.mkfifo(house.home / "links" / "pipe.yaml")
    assert faults(house) == {"pipe": "pipe.yaml cannot be read: it is no file"}
    assert house.ask().rows[0]["name"] == "Ada"


def test_a_huge_file_is_not_read(house: LinkHouse) -> None:
    with (house.home / "links" / "huge.yaml").open("wb") as file:
        file.truncate(5_000_000_000)
    assert faults(house) == {"huge": "huge.yaml cannot be read: it is larger than 4000000 bytes"}


def test_a_name_that_is_no_text_is_a_fault_and_the_journal_goes_on(house: LinkHouse) -> None:
    (house.home / "links" / os.fsdecode(b"caf\xe9.yaml")).write_text("title: x\n", "utf-8")
    assert list(faults(house)) == ["caf\ufffd"]
    assert "rename the file" in faults(house)["caf\ufffd"]
    house.ask()
    assert house.outcomes() == ["answered"]
    assert house.state("caf\ufffd").fault is not None


def test_a_folder_that_cannot_be_read_leaves_in_force_what_was(
    house: LinkHouse, caplog: pytest.LogCaptureFixture
) -> None:
    # Too many open files are the usual way to get here.
    folder = house.links.library.folders[0]
    before = house.links.library.get("customer")
    aside = folder.rename(folder.with_name("aside"))
    folder.symlink_to(folder.name)  # a circle: there, and not to be read
    house.links.library.refresh()
    house.links.library.refresh()
    assert house.links.library.get("customer") is before
    assert "Too many levels of symbolic links" in house.links.library.trouble
    assert len([one for one in caplog.records if "cannot be read" in one.message]) == 1
    assert house.state("customer") is not None
    folder.unlink()
    aside.rename(folder)
    house.links.library.refresh()
    assert house.links.library.trouble == ""


def test_a_change_of_who_may_read_a_file_is_noticed(house: LinkHouse) -> None:
    path = house.home / "links" / "customer.yaml"
    seen, before = folder_signature([path.parent], []), path.stat()
    path.chmod(0)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert folder_signature([path.parent], []) != seen


def test_a_file_that_can_be_read_again_is_in_force_again(house: LinkHouse) -> None:
    path = house.home / "links" / "customer.yaml"
    aside = path.rename(house.home / "aside.yaml")
    path.symlink_to(path.name)  # a link to itself can be read by nobody, whoever runs the test
    [(name, said)] = faults(house).items()
    assert (name, "customer.yaml cannot be read" in said) == ("customer", True)
    path.unlink()
    aside.rename(path)
    assert faults(house) == {}
    assert house.ask().rows[0]["name"] == "Ada"


def test_whoever_asks_first_of_many_finds_every_link(house: LinkHouse) -> None:
    for number in range(30):
        house.customer(f"customer_{number}")
    for _ in range(5):
        fresh, start = Library(house.place.lodge), threading.Barrier(6)
        found: list[object] = []

        def ask(fresh: Library = fresh, start: threading.Barrier = start) -> None:
            start.wait()
            with suppress(NotFoundError):
                found.append(fresh.get("customer_29"))  # noqa: B023 - joined below

        asking = [threading.Thread(target=ask) for _ in range(6)]
        for one in asking:
            one.start()
        for one in asking:
            one.join()
        assert len(found) == 6


def test_no_folder_is_no_link(house: LinkHouse) -> None:
    assert scanned(house.home / "nowhere") == {}
