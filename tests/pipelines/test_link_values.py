"""Values of a link on their way into columns: each type, what is rounded, what has no place."""

from collections.abc import Generator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from lodge_pipelines.links.arriving import ARRIVING, UnfitValueError, gather
from lodge_pipelines.links.columns import table_of
from lodge_pipelines.links.cursors import greatest
from lodge_platform.errors import SetUpError
from lodge_platform.links import LinkDescription, LinkField

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def field(name: str, kind: str = "text", **more: Any) -> LinkField:
    return LinkField(name=name, type=kind, term=f"Meaning of {name}.", **more)


def link(*fields: LinkField, **more: Any) -> LinkDescription:
    known = {"title": "Things", "term": "A thing.", "version": "1", "kind": "sql", "key": ("key",)}
    return LinkDescription(
        name="things", fields=(field("key"), *fields), is_landed=True, **{**known, **more}
    )


@pytest.fixture
def engine() -> Generator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as connection:
        yield connection


def arrive(engine: duckdb.DuckDBPyConnection, described: LinkDescription, *cells: Any) -> list[Any]:
    """What the column `value` holds of these cells."""
    rows = [{"key": str(number), "value": cell} for number, cell in enumerate(cells)]
    gather(engine, table_of(described), [rows, []], since=None)
    found = engine.execute(f'select value from {ARRIVING} order by "order of arrival"')  # noqa: S608
    return [row[0] for row in found.fetchall()]


@pytest.mark.parametrize(
    ("kind", "cell", "landed"),
    [
        ("text", "a'b\n\u0000\N{GRINNING FACE}", "a'b\n\u0000\N{GRINNING FACE}"),
        ("integer", -(2**63), -(2**63)),
        ("decimal", Decimal("12345678901234567890123456789.123456789"), None),
        ("boolean", False, False),
        ("date", date(1583, 1, 2), date(1583, 1, 2)),
        ("instant", NINE.astimezone(timezone(timedelta(hours=5))), NINE.replace(tzinfo=None)),
    ],
)
def test_each_type_is_landed_as_it_is_and_nothing_as_null(
    engine: duckdb.DuckDBPyConnection, kind: str, cell: Any, landed: Any
) -> None:
    assert arrive(engine, link(field("value", kind)), cell, None) == [landed or cell, None]


def test_lists_and_things_are_landed_as_json(engine: duckdb.DuckDBPyConnection) -> None:
    parts = (field("price", "decimal"), field("at", "instant"))
    described = link(field("value", is_list=True, fields=parts))
    thing = {"price": Decimal("1.50"), "at": NINE}
    assert arrive(engine, described, [thing], [], None) == [
        '[{"at":"2026-01-05T09:00:00Z","price":1.50}]',
        "[]",
        None,
    ]


def test_decimals_beyond_the_ninth_are_rounded_and_counted(
    engine: duckdb.DuckDBPyConnection,
) -> None:
    described = link(field("value", "decimal"))
    cells = [Decimal("0.1234567885"), Decimal("0.5000000000000"), Decimal("1e-3")]
    rows = [{"key": str(number), "value": cell} for number, cell in enumerate(cells)]
    arrived = gather(engine, table_of(described), [rows], since=None)
    assert arrived.rounded == {"value": 1}
    found = engine.execute(f"select value from {ARRIVING} order by key").fetchall()  # noqa: S608
    assert [row[0] for row in found] == [
        Decimal("0.123456788"),
        Decimal("0.5"),
        Decimal("0.001"),
    ]


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("integer", 2**63),
        ("decimal", Decimal("1e30")),
        ("decimal", Decimal("123456789012345678901234567890.1234567891")),
        ("text", "half \ud83d"),
    ],
)
def test_a_value_without_a_place_ends_the_load_and_is_not_said(
    engine: duckdb.DuckDBPyConnection, kind: str, cell: Any
) -> None:
    with pytest.raises(
        UnfitValueError, match=r"^links\.things: a value of value does not fit"
    ) as e:
        arrive(engine, link(field("value", kind)), cell)
    assert "half" not in str(e.value)
    assert "9" not in str(e.value).replace("decimal(38,9)", "")


def test_secret_fields_are_landed_nowhere() -> None:
    assert table_of(link(field("pin", sensitivity="secret"))).types == {"key": "varchar"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": ()}, "land.key names no field; allowed: key, at"),
        ({"key": ("parts",)}, "land.key: 'parts' is no plain field; allowed: key, at"),
        ({"cursor": "parts"}, "land.cursor: 'parts' is no plain field; allowed: key, at"),
    ],
)
def test_a_key_or_cursor_that_rows_cannot_be_told_by_is_refused(
    changes: dict[str, Any], said: str
) -> None:
    parts = field("parts", is_list=True)
    with pytest.raises(SetUpError, match=said):
        table_of(link(field("at", "instant"), parts, **changes))


@pytest.mark.parametrize(
    ("kind", "before", "values", "found"),
    [
        ("integer", "9", [10, None, 2], "10"),
        ("integer", "11", [10], "11"),
        ("decimal", "9.5", [Decimal("10.123456789123")], "10.123456789123"),
        ("text", None, ["b", "a"], "b"),
        ("date", "2026-01-05", [date(2026, 2, 1)], "2026-02-01"),
        ("instant", "2026-01-05T09:00:00Z", [NINE], "2026-01-05T09:00:00Z"),
        ("instant", None, [NINE.replace(microsecond=5)], "2026-01-05T09:00:00.000005Z"),
        ("instant", None, [None], None),
    ],
)
def test_the_greatest_cursor_is_kept_exactly_whatever_the_column_rounds(
    kind: str, before: str | None, values: list[Any], found: str | None
) -> None:
    assert greatest(values, kind=kind, before=before) == found
