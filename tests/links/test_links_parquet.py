"""Parquet as rows: nested things, decimals, instants, and files that are none."""

import io
import tracemalloc
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest

from links.documents import batches, field, only, rows
from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_adapters.language import Format

PARQUET = Format.PARQUET
LOCAL = datetime.fromisoformat("2026-01-05T09:00:00")
arrow: Any = import_module("pyarrow")
parquet: Any = import_module("pyarrow.parquet")


def written(**columns: Any) -> bytes:
    """A file with these columns."""
    kept = io.BytesIO()
    parquet.write_table(arrow.table(columns), kept)
    return kept.getvalue()


class OneWay(io.BytesIO):
    """A stream that cannot go back."""

    def seekable(self) -> bool:
        """It cannot."""
        return False


def test_cells_are_python_values_without_loss() -> None:
    content = written(
        id=[2**62],
        price=arrow.array([Decimal("1.50")], arrow.decimal128(30, 2)),
        at=arrow.array([1767603600123456789], arrow.timestamp("ns", "UTC")),
        local=arrow.array([LOCAL], arrow.timestamp("ms")),
        day=[date(2026, 1, 5)],
        time=[time(9, 30)],
        took=arrow.array([timedelta(hours=37, minutes=30)], arrow.duration("ns")),
        word=arrow.array(["gold"]).dictionary_encode(),
        raw=[b"\xff"],
        none=arrow.array([None], arrow.string()),
    )
    assert only(rows(content, PARQUET, field("id"))) == {
        "id": 2**62,
        "price": Decimal("1.50"),
        "at": datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC),
        "local": LOCAL,
        "day": date(2026, 1, 5),
        "time": "09:30:00",
        "took": "37:30:00",
        "word": "gold",
        "raw": b"\xff",
        "none": None,
    }


def test_nested_things_are_mappings_and_lists_and_can_be_reached_by_paths() -> None:
    content = written(
        id=[1],
        customer=[{"name": {"first": "Ada"}, "age": 36}],
        tags=[["a", "b"]],
        lines=[[{"no": 1}, {"no": 2}]],
        extra=arrow.array([[("k", "v")]], arrow.map_(arrow.string(), arrow.string())),
    )
    line = field("line", "lines", is_list=True, fields=(field("no"),))
    first = field("first", "$.customer.name.first")
    assert only(rows(content, PARQUET, field("id"), first, line)) == {
        "id": 1,
        "$.customer.name.first": "Ada",
        "lines": [{"no": 1}, {"no": 2}],
        "tags": ["a", "b"],
        "extra": {"k": "v"},
    }


def test_nothing_and_empty_are_told_apart_however_deep_they_lie() -> None:
    texts = arrow.map_(arrow.string(), arrow.string())
    content = written(
        words=[["a", None], [], None],
        place=[{"street": "x", "floor": 1}, None, {"street": None, "floor": 2}],
        things=[[{"a": "z"}], [], None],
        named=arrow.array([[("k", "v"), ("k", "w")], None, []], texts),
        raw=[b"q", b"", None],
    )
    found = rows(content, PARQUET, field("raw"))
    assert found[0] == {
        "words": ["a", None],
        "place": {"street": "x", "floor": 1},
        "things": [{"a": "z"}],
        "named": {"k": "w"},
        "raw": b"q",
    }
    nothing = {"words": [], "place": None, "things": [], "named": None, "raw": b""}
    assert found[1] == nothing
    place = {"street": None, "floor": 2}
    assert found[2] == {"words": None, "place": place, "things": None, "named": {}, "raw": None}


@pytest.mark.parametrize("shape", ["text", "list", "thing"])
def test_a_text_said_many_times_is_one_text_in_memory(shape: str) -> None:
    said = arrow.array([0] * 3000, arrow.int32())
    words = arrow.DictionaryArray.from_arrays(said, arrow.array(["a" * 1_000_000]))
    if shape == "list":
        words = arrow.ListArray.from_arrays(list(range(3001)), words)
    elif shape == "thing":
        words = arrow.StructArray.from_arrays([words], ["within"])
    kept = io.BytesIO()
    table = arrow.table({"id": list(range(3000)), "word": words})
    parquet.write_table(table, kept, compression="zstd", store_schema=False)
    assert len(kept.getvalue()) < 20_000
    tracemalloc.start()
    counts = [len(batch.rows) for batch in batches(kept.getvalue(), PARQUET, field("id"))]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(counts) == 3000
    assert max(counts) <= 4  # as much as may be written at once
    assert most < 100_000_000


def test_a_row_that_is_too_large_is_refused() -> None:
    content = written(id=[1], word=[["a" * 1_000_000] * 100])
    with pytest.raises(TooLargeError, match="a row is larger"):
        rows(content, PARQUET, field("id"))


def test_a_column_that_is_gone_is_left_out_so_that_the_contract_can_tell() -> None:
    [batch] = batches(written(id=[1]), PARQUET, field("id"), field("gone"))
    assert batch == (("id",), [(1,)])
    [empty] = batches(written(id=arrow.array([], arrow.int64())), PARQUET, field("gone"))
    assert empty == (("id",), [])


def test_rows_come_in_batches_from_a_stream_as_well() -> None:
    content = OneWay(written(id=list(range(2500))))
    found = list(batches(content, PARQUET, field("id")))
    assert [len(batch.rows) for batch in found] == [1000, 1000, 500]
    assert found[-1].rows[-1] == (2499,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id,name\n1,2\n", "expected Parquet, found 'id,n'"),
        (b"", "expected Parquet, found nothing"),
        (b"PAR1", "not readable as Parquet"),
        (written(id=[1] * 100)[:-20], "not readable as Parquet"),
    ],
)
def test_what_is_no_parquet_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(BrokenSourceError, match=f"shop: {said}"):
        rows(content, PARQUET, field("id"))


def test_a_file_with_broken_pages_is_refused() -> None:
    content = bytearray(written(word=[f"word {number}" for number in range(1000)]))
    content[40:400] = bytes(360)
    with pytest.raises(BrokenSourceError, match="shop: not readable as Parquet"):
        rows(bytes(content), PARQUET, field("word"))
