"""Links to Python functions that are installed and registered, and to nothing else (S-27)."""

import sys
from collections.abc import Callable, Generator
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import enumerate as threads
from time import monotonic
from typing import Any

import pytest

from fixtures.waiting import soon
from links.sql_sources import NOW
from lodge_adapters.access.function import FunctionSource
from lodge_adapters.access.opening import source_of
from lodge_adapters.access.source import Batch, BrokenSourceError, Context, SlowSourceError
from lodge_adapters.reading import read_link
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.lodge import open_lodge
from lodge_platform.outgoing import parse_allowed
from lodge_platform.settings import load

FUNCTIONS = """
import time
from decimal import Decimal
from lodge_platform.errors import RefusedError, TryAgainError

def greeting(*, name):
    yield {"id": 1, "name": f"Hello {name}"}
    yield {"id": 2, "price": Decimal("1.50")}

def many(*, name):
    for number in range(2500):
        yield {"id": number}

def listed(*, name):
    return [{"id": 1}]

def nothing(*, name):
    return ()

def failing(*, name):
    yield {"id": 1}
    raise ValueError(f"password of {name}")

def refusing(*, name):
    raise RefusedError("no such name", field="name")

def busy(*, name):
    raise TryAgainError("the other side is busy")

def text(*, name):
    return "rows"

def number(*, name):
    return 5

def one_mapping(*, name):
    return {"id": 1}

def strings(*, name):
    yield "row"

def odd_cell(*, name):
    yield {"id": object()}

def odd_key(*, name):
    yield {1: 1}

def hanging(*, name):
    time.sleep(3600)

closed = []

def endless(*, name):
    try:
        while True:
            yield {"id": 1}
    finally:
        closed.append(name)

def exiting(*, name):
    raise SystemExit(1)

kept = {}

def keep(*, name, idempotency_key):
    if name == "bad":
        raise RefusedError("bad is no name")
    kept[idempotency_key] = name
    return f"kept {name}"

def keep_silently(*, name, idempotency_key):
    kept[idempotency_key] = name
"""
NAMES = [line.split()[1].split("(")[0] for line in FUNCTIONS.splitlines() if line[:4] == "def "]


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A package of functions, installed as any other: a module and what it is known by."""
    folder = tmp_path / "installed"
    named = folder / "shop_functions-1.dist-info"
    named.mkdir(parents=True)
    (folder / "shop_functions_of_a_test.py").write_text(FUNCTIONS)
    (named / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-functions\nVersion: 1\n")
    points = [f"{name} = shop_functions_of_a_test:{name}" for name in [*NAMES, "gone"]]
    points.append("nowhere = shop_functions_that_are_not_there:nowhere")
    (named / "entry_points.txt").write_text("[lodge.link_functions]\n" + "\n".join(points))
    monkeypatch.syspath_prepend(folder)
    yield lambda: sys.modules["shop_functions_of_a_test"]
    sys.modules.pop("shop_functions_of_a_test", None)


class Asked:
    """A link to one function."""

    def __init__(self, source: FunctionSource, context: Callable[..., Context]) -> None:
        self.source = source
        self.context = context

    def batches(self, *, seconds: float = 20, **given: Any) -> list[Batch]:
        return list(self.source.batches({"name": None} | given, self.context(seconds)))

    def write(self, **given: Any) -> str:
        return self.source.write(given, "key_1", self.context(20))


@pytest.fixture
def asked(tmp_path: Path, functions: Any) -> Generator[Callable[..., Asked]]:
    lodge = open_lodge(load(tmp_path, {}))

    def make(name: str, parameter: str = "name", more: str = "") -> Asked:
        link = read_link(
            f"title: F\nterm: F.\naccess: {{function: {{name: {name}}}}}\n"
            f"parameters: [{{name: {parameter}, term: N.}}]\n"
            f"answer: {{fields: [{{name: id, type: integer, term: N.}}]}}\n{more}"
        )
        source = source_of("greeting", link, lodge, tmp_path)
        assert isinstance(source, FunctionSource)

        def context(seconds: float) -> Context:
            allowed = parse_allowed("")
            at = monotonic() + seconds
            return Context(lodge, "greeting", link, tmp_path, NOW, at, allowed, lambda _: "")

        return Asked(source, context)

    yield make
    lodge.close()


def test_a_function_is_called_with_values_by_name_and_gives_rows(
    asked: Callable[..., Asked],
) -> None:
    found = asked("greeting").batches(name="Ada")
    assert found == [
        Batch(("id", "name", "price"), [(1, "Hello Ada", None), (2, None, Decimal("1.50"))])
    ]
    assert asked("greeting").source.place == "function greeting"


def test_rows_come_a_thousand_at_a_time(asked: Callable[..., Asked]) -> None:
    assert [len(batch.rows) for batch in asked("many").batches()] == [1000, 1000, 500]


def test_a_list_is_taken_and_so_is_nothing(asked: Callable[..., Asked]) -> None:
    assert asked("listed").batches() == [Batch(("id",), [(1,)])]
    assert asked("nothing").batches() == []


def test_an_unknown_function_is_a_fault_with_the_nearest_name(asked: Callable[..., Asked]) -> None:
    with pytest.raises(SetUpError, match="did you mean 'greeting'"):
        asked("greetings").batches()


@pytest.mark.parametrize("name", ["os_system", "builtins_eval", "gone", "nowhere"])
def test_s_27_only_what_is_registered_and_there_is_called(
    asked: Callable[..., Asked], name: str
) -> None:
    with pytest.raises(SetUpError, match=r"no function|cannot be loaded"):
        asked(name).batches()


def test_a_function_that_takes_other_parameters_is_a_fault(asked: Callable[..., Asked]) -> None:
    source = asked("greeting", "title")
    with pytest.raises(SetUpError, match="takes other parameters than the link gives: title"):
        list(source.source.batches({"title": "x"}, source.context(5)))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("failing", r"failed \(ValueError\)$"),
        ("exiting", r"failed \(SystemExit\)$"),
        ("text", "gives str, where mappings are wanted"),
        ("number", "gives int, where mappings are wanted"),
        ("one_mapping", "gives dict, where mappings are wanted"),
        ("strings", "gives a row that is str, no mapping"),
        ("odd_cell", "gives object for 'id'"),
        ("odd_key", "names a column by int"),
    ],
)
def test_what_a_function_does_wrong_is_said_without_its_text(
    asked: Callable[..., Asked], name: str, said: str
) -> None:
    with pytest.raises(BrokenSourceError, match=said) as caught:
        asked(name).batches(name="kq7")
    assert "kq7" not in f"{caught.value}{caught.value.__cause__}"


def test_errors_of_ours_stay_as_they_are(asked: Callable[..., Asked]) -> None:
    with pytest.raises(RefusedError, match="no such name"):
        asked("refusing").batches()
    with pytest.raises(TryAgainError, match="the other side is busy"):
        asked("busy").batches()


def test_a_function_that_hangs_holds_nobody_up(asked: Callable[..., Asked]) -> None:
    with pytest.raises(SlowSourceError, match="did not answer in time"):
        asked("hanging").batches(seconds=0.2)


def test_a_function_that_hangs_is_not_called_ever_again(asked: Callable[..., Asked]) -> None:
    hanging = asked("hanging", more="limits: {at_once: 2}")
    before = [thread.name for thread in threads()].count("function hanging")
    for said in ["did not answer", "did not answer", "2 calls of it hang", "2 calls of it hang"]:
        with pytest.raises(SlowSourceError, match=said):
            hanging.batches(seconds=0.2)
    after = [thread.name for thread in threads()].count("function hanging")
    assert after - before == 2


def test_a_generator_that_nobody_reads_on_is_ended(
    asked: Callable[..., Asked], functions: Any
) -> None:
    source = asked("endless")
    coming = source.source.batches({"name": "Ada"}, source.context(20))
    assert len(next(coming).rows) == 1000
    coming.close()  # pyright: ignore[reportAttributeAccessIssue] - it is a generator
    assert soon(lambda: "function endless" not in [thread.name for thread in threads()])
    assert functions().closed == ["Ada"]
    with pytest.raises(SlowSourceError):
        source.batches(name="Bob", seconds=0.3)
    assert soon(lambda: functions().closed == ["Ada", "Bob"])


def test_a_recorded_call_is_replayed_without_the_function(asked: Callable[..., Asked]) -> None:
    source = asked("greeting")
    recorded = source.source.record({"name": "Ada"}, source.context(20))
    gone = asked("gone")
    assert list(gone.source.replay(recorded, {}, gone.context(5))) == source.batches(name="Ada")


def test_a_recording_of_an_endless_function_ends(asked: Callable[..., Asked]) -> None:
    source = asked("endless", more="limits: {rows: 5}")
    recorded = source.source.record({"name": "Ada"}, source.context(20))
    [batch] = source.source.replay(recorded, {}, source.context(5))
    assert len(batch.rows) == 6


def test_a_function_writes_under_the_key(asked: Callable[..., Asked], functions: Any) -> None:
    assert asked("keep", more="writes: true").write(name="Ada") == "kept Ada"
    assert asked("keep_silently", more="writes: true").write(name="Bob") == "done"
    assert functions().kept == {"key_1": "Bob"}
    with pytest.raises(RefusedError, match="bad is no name"):
        asked("keep", more="writes: true").write(name="bad")


def test_the_working_days_after_a_date(asked: Callable[..., Asked]) -> None:
    source = asked("business_days").source
    context = asked("business_days").context
    given: dict[str, Any] = {"after": date(2026, 1, 2), "count": None}
    [batch] = source.batches(given, context(20))
    assert batch.columns == ("number", "day", "weekday")
    assert [row[1:] for row in batch.rows] == [
        (date(2026, 1, 5), "Monday"),
        (date(2026, 1, 6), "Tuesday"),
        (date(2026, 1, 7), "Wednesday"),
        (date(2026, 1, 8), "Thursday"),
        (date(2026, 1, 9), "Friday"),
    ]
    [batch] = source.batches(given | {"count": 6}, context(20))
    assert batch.rows[-1] == (6, date(2026, 1, 12), "Monday")
    for count in (0, -1, 1001):
        with pytest.raises(RefusedError, match="allowed: 1 to 1000"):
            list(source.batches(given | {"count": count}, context(20)))
    with pytest.raises(RefusedError, match="beyond the year 9999"):
        list(source.batches({"after": date.max, "count": 1}, context(20)))
