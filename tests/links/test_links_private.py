"""What is told and kept of links in trouble holds no word of a source, nor of how we are set up."""

import gc
import threading
from collections.abc import Generator
from types import SimpleNamespace
from weakref import ref

import pytest

from fixtures.workplace import NINE, Workplace
from links.asking_house import LinkHouse, opened
from lodge_adapters import places
from lodge_adapters.access.source import SourceRefusedError
from lodge_adapters.answers.envelope import End
from lodge_adapters.cache import Entry, Kept, written
from lodge_adapters.call_errors import UnusableSourceError, told_to_asker
from lodge_adapters.language import Cache
from lodge_adapters.panel_html import harmless
from lodge_platform.errors import TryAgainError
from lodge_platform.links import Caller, CallerKind, registered_links
from lodge_platform.links.answers import Provenance
from lodge_platform.links.opened import opened_links

ADA = (7, "Ada", "gold", "ada@example.org")
ASKED = "customer?email=ada%40example.org"


@pytest.fixture
def house(sqlite_workplace: Workplace) -> Generator[LinkHouse]:
    """The house on SQLite."""
    for house in opened(sqlite_workplace):
        house.customer(more="cache: {seconds: 3600}")
        house.shop([ADA])
        yield house


def without_secret(house: LinkHouse) -> None:
    """A link whose secret is missing."""
    path = house.customer("locked")
    text = path.read_text("utf-8").replace(f"url: sqlite:///{house.database}", "url_secret: vault")
    house.file(path.name, text)


@pytest.mark.parametrize("kind", [CallerKind.TEMPLATE, CallerKind.WORKFLOW])
def test_how_we_are_set_up_is_told_to_who_operates_alone(
    house: LinkHouse, kind: CallerKind
) -> None:
    without_secret(house)
    with pytest.raises(TryAgainError) as told:
        house.ask("locked", caller=Caller(kind=kind))
    assert "vault" not in str(told.value)
    assert "`lodge status` says why" in str(told.value)
    with pytest.raises(TryAgainError, match="vault"):
        house.ask("locked")
    assert [str(call.outcome) for call in house.calls()] == ["refused", "refused"]
    assert "vault" in house.state("locked").failure


def test_the_words_in_which_a_source_refuses_are_not_kept(house: LinkHouse) -> None:
    said = SourceRefusedError("shop: fault: no Ada Lovelace", "shop: fault")
    told = told_to_asker(said, house.links.library.get("customer"))
    assert isinstance(told, UnusableSourceError)
    assert str(told) == "shop: fault"


def test_what_breaks_in_a_driver_is_logged_by_its_kind_and_place(
    house: LinkHouse, caplog: pytest.LogCaptureFixture
) -> None:
    value = ADA[3]
    try:
        raise KeyError(value)
    except KeyError as error:
        told = told_to_asker(error, house.links.library.get("customer"))
    assert "ada@" not in f"{told}{caplog.text}"
    assert "KeyError" in caplog.text
    assert "test_links_private.py" in caplog.text


def test_what_the_cache_lets_go_of_is_kept_by_nobody(house: LinkHouse) -> None:
    grace = house.asker("grace", "agent")
    for _ in range(3):
        assert grace.get(ASKED).status_code == 200
    forms = [ref(form) for entry in _entries(house) for form in entry.forms.values()]
    assert len(forms) == 1
    house.links.asks.kept.clear()
    gc.collect()
    assert [form() for form in forms] == [None]
    assert b"Ada" in grace.get(ASKED).content


def _entries(house: LinkHouse) -> list[Entry]:
    kept: Kept = house.links.asks.kept
    return [one for one in gc.get_objects() if isinstance(one, Entry) and _is_in(kept, one)]


def _is_in(kept: Kept, entry: Entry) -> bool:
    return any(one is entry for one in kept._entries.values())  # pyright: ignore[reportPrivateUsage]


def test_bytes_for_which_there_is_no_room_are_not_kept() -> None:
    kept = Kept(most_bytes=10_000)
    provenance = Provenance(source="here", fetched_at=NINE)
    entry = Entry([(1,)], provenance, End(rows=1), Cache(seconds=60), 1_000)
    kept.put(("link",), entry)
    kept.put_form(("link",), entry, "text/xml", written(b"x" * 20_000))
    assert kept.get(("link",)) is entry
    assert entry.forms == {}


def test_the_links_of_a_lodge_are_opened_once_however_many_ask(
    sqlite_workplace: Workplace,
) -> None:
    found: list[object] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        found.append(registered_links(sqlite_workplace.lodge))

    asking = [threading.Thread(target=ask) for _ in range(8)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(set(map(id, found))) == 1
    registered_links(sqlite_workplace.lodge).close()


def test_links_that_were_opened_for_a_moment_are_gone_afterwards(house: LinkHouse) -> None:
    with opened_links(house.place.lodge.settings) as (lodge, links):
        assert [one.name for one in links.described() if one.name == "customer"] == ["customer"]
        gone = ref(links)
    del lodge, links
    gc.collect()
    assert gone() is None


def test_a_call_for_which_there_is_no_thread_is_told_so_and_gives_its_turn_back(
    house: LinkHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_given: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(places, "threading", SimpleNamespace(Thread=refused, Lock=threading.Lock))
        for _ in range(10):
            with pytest.raises(TryAgainError, match="this machine is too busy"):
                house.ask()
    assert house.links.asks.running() == 0
    assert house.ask().rows


def test_markup_that_never_ends_is_read_through_once() -> None:
    # Looked through from every `<` on, this took minutes.
    assert harmless("<p>Ada</p>" + "<a" * 90_000) == "<p>Ada</p>"
