"""Recorded calls of table-like sources: JSON that keeps what each cell is (S-27: never code)."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from math import inf, isnan, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodge_adapters.access.recorded import from_json, to_json
from lodge_adapters.access.source import Batch
from lodge_platform.errors import MistakeError, RefusedError

CELLS: list[Any] = [
    None,
    "",
    "Zoë \0 😀 \u2028 <&>",
    0,
    2**80,
    -1,
    0.1,
    inf,
    -inf,
    True,
    False,
    Decimal("1.50"),
    Decimal("-0E+3"),
    date(2026, 1, 31),
    datetime(2026, 1, 31, 9, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 1, 31, 9),  # noqa: DTZ001 - databases have such
    b"\x00\xff",
    [],
    [1, ["a", None]],
    {},
    {"decimal": "1.50"},
    {"a": {"b": [Decimal("1.0")]}, "mapping": 1},
]


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_every_cell_comes_back_as_what_it_was(cell: Any) -> None:
    [batch] = from_json(to_json([Batch(("a",), [(cell,)])]))
    assert batch.rows == [(cell,)]
    assert type(batch.rows[0][0]) is type(cell)
    assert repr(batch.rows[0][0]) == repr(cell)


def test_what_is_not_a_number_comes_back_as_such() -> None:
    [batch] = from_json(to_json([Batch(("a", "b"), [(nan, Decimal("NaN"))])]))
    assert isnan(batch.rows[0][0])
    assert batch.rows[0][1].is_nan()


_plain = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.dates()
_plain |= st.decimals(allow_nan=False) | st.floats(allow_nan=False) | st.datetimes()
_cells = st.recursive(
    _plain,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(), one, max_size=3),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(_cells, _cells), max_size=3))
def test_any_rows_come_back(rows: list[tuple[Any, ...]]) -> None:
    [batch] = from_json(to_json([Batch(("a", "b"), rows)]))
    assert batch == Batch(("a", "b"), rows)


def test_batches_of_one_kind_are_joined_and_parted_again() -> None:
    rows: list[tuple[Any, ...]] = [(n,) for n in range(2500)]
    some = [Batch(("a",), rows[:700]), Batch(("a",), rows[700:]), Batch(("b",), [])]
    found = list(from_json(to_json(some)))
    assert [(batch.columns, len(batch.rows)) for batch in found] == [
        (("a",), 1000),
        (("a",), 1000),
        (("a",), 500),
        (("b",), 0),
    ]
    assert [row for batch in found for row in batch.rows] == rows


def test_a_recording_has_a_line_for_each_row() -> None:
    recorded = to_json([Batch(("a", "b"), [(1, Decimal("1.50")), (2, None)])])
    assert recorded.decode().splitlines() == [
        '{"batches": [',
        '{"columns": ["a", "b"], "rows": [',
        '  [1, {"decimal": "1.50"}],',
        "  [2, null]",
        "]}",
        "]}",
    ]


def test_nothing_recorded_is_no_batch() -> None:
    assert list(from_json(to_json([]))) == []


def recording(cell: Any) -> bytes:
    return json.dumps({"batches": [{"columns": ["a"], "rows": [[cell]]}]}).encode()


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (b"", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "batches must be a list"),
        (b'{"batches": 1}', "batches must be a list"),
        (b'{"batches": [1]}', r"batches\[0\] must be an object"),
        (b'{"batches": [{}]}', r"batches\[0\]\.columns must be"),
        (b'{"batches": [{"columns": [1], "rows": []}]}', r"batches\[0\]\.columns must be"),
        (b'{"batches": [{"columns": ["a"]}]}', r"batches\[0\]\.rows must be"),
        (b'{"batches": [{"columns": ["a"], "rows": [1]}]}', r"rows\[0\] must be a list of 1"),
        (b'{"batches": [{"columns": ["a"], "rows": [[1, 2]]}]}', r"rows\[0\] must be a list of 1"),
        (recording({}), r"rows\[0\]\.a must be an object of one key; allowed: decimal"),
        (recording({"a": 1, "b": 2}), "an object of one key"),
        (recording({"decimla": "1"}), "did you mean 'decimal'"),
        (recording({"decimal": "one"}), "a value of kind decimal"),
        (recording({"decimal": None}), "a value of kind decimal"),
        (recording({"date": "2026-02-30"}), "a value of kind date"),
        (recording({"date": 5}), "a value of kind date"),
        (recording({"instant": "2026-01-01T00:00:00"}), "a value of kind instant"),
        (recording({"bytes": "%%"}), "a value of kind bytes"),
        (recording({"mapping": []}), "must be an object"),
        (recording({"mapping": {"x": {"date": "x"}}}), r"rows\[0\]\.a\.x must be"),
        (recording({"__reduce__": "os.system"}), "of a known kind"),
        (recording({"py/object": "os.system"}), "of a known kind"),
    ],
)
def test_s_27_what_is_no_recording_is_refused_with_its_place(recorded: bytes, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        list(from_json(recorded))


def test_a_cell_that_no_source_gives_is_a_mistake_of_ours() -> None:
    with pytest.raises(MistakeError, match="object"):
        to_json([Batch(("a",), [(object(),)])])
