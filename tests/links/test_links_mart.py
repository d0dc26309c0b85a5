"""Links to marts read the state that was last published, and nothing else of the reports store."""

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from fixtures.apart import apart
from fixtures.published import NOW
from links.hand_made_marts import fill, spoil
from lodge_adapters.access.mart import MartSource
from lodge_adapters.access.opening import source_of
from lodge_adapters.access.source import (
    Batch,
    BrokenSourceError,
    Context,
    SlowSourceError,
    TooLargeError,
)
from lodge_adapters.reading import read_link
from lodge_platform.errors import RefusedError, SetUpError
from lodge_platform.lodge import open_lodge
from lodge_platform.outgoing import parse_allowed
from lodge_platform.settings import Settings

Ask = Callable[..., "Asked"]


class Asked:
    """A link to one mart."""

    def __init__(self, source: MartSource, context: Callable[[float], Context]) -> None:
        self.source = source
        self.context = context

    def batches(self, *, seconds: float = 60, **given: Any) -> list[Batch]:
        return list(self.source.batches({"queue": None} | given, self.context(seconds)))

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        return [row for batch in self.batches(**given) for row in batch.rows]


@pytest.fixture
def ask(tmp_path: Path) -> Generator[Callable[..., Asked]]:
    opened: list[Any] = []

    def make(settings: Settings, mart: str, fields: str, more: str = "") -> Asked:
        lodge = open_lodge(settings)
        opened.append(lodge)
        declared = ", ".join(f"{{name: {name}, term: F.}}" for name in fields.split())
        link = read_link(
            f"title: M\nterm: M.\naccess: {{mart: {{{mart}}}}}\nanswer: {{fields: [{declared}]}}\n"
            f"parameters: [{{name: queue, term: Q.}}, {{name: answered, term: A.}}]\n{more}"
        )
        source = source_of("mart", link, lodge, tmp_path)
        assert isinstance(source, MartSource)

        def context(seconds: float) -> Context:
            at = monotonic() + seconds
            return Context(lodge, "mart", link, tmp_path, NOW, at, parse_allowed(""), lambda _: "")

        return Asked(source, context)

    yield make
    for lodge in opened:
        lodge.close()


def test_a_mart_gives_the_rows_that_equal_the_parameters_in_order(
    ask: Ask, morning: Settings
) -> None:
    asked = ask(
        morning,
        "table: queue_intervals, where: {queue: queue}, order: [-interval_start_at]",
        "queue interval_start_at answered",
    )
    [batch] = asked.batches(queue="Refunds")
    assert batch.columns == ("queue", "interval_start_at", "answered")
    assert {row[0] for row in batch.rows} == {"Refunds"}
    starts = [row[1] for row in batch.rows]
    assert starts == sorted(starts, reverse=True)
    assert datetime(2026, 1, 5, 9) in starts  # noqa: DTZ001 - marts say UTC without a zone
    assert asked.source.place == "reports store, marts.queue_intervals"


def test_a_parameter_that_is_not_given_equals_nothing(ask: Ask, morning: Settings) -> None:
    asked = ask(morning, "table: queue_intervals, where: {queue: queue}", "queue")
    assert asked.batches() == [Batch(("queue",), [])]
    assert asked.rows(queue="' or 1 = 1 --") == []


def test_a_value_of_another_type_is_refused_by_its_name(ask: Ask, morning: Settings) -> None:
    asked = ask(morning, "table: queue_intervals, where: {answered: answered}", "queue")
    with pytest.raises(RefusedError, match="a value for answered") as caught:
        asked.rows(answered="kq7")
    assert "kq7" not in str(caught.value)


def test_a_column_that_is_gone_breaks_the_answer(ask: Ask, morning: Settings) -> None:
    for mart, fields in (
        ("table: queue_intervals", "queue answerd"),
        ("table: queue_intervals, where: {answerd: queue}", "queue"),
        ("table: queue_intervals, order: [-answerd]", "queue"),
    ):
        with pytest.raises(BrokenSourceError, match="no column 'answerd'; did you mean 'answered'"):
            ask(morning, mart, fields).rows(queue="x")


def test_only_marts_are_read(ask: Ask, morning: Settings) -> None:
    for table in ("activity_events", "queue_interval", "ducklake_table", "duckdb_settings"):
        with pytest.raises(BrokenSourceError, match=f"no mart '{table}' has been published"):
            ask(morning, f"table: {table}", "queue").rows()


def test_a_mart_is_never_written(ask: Ask, morning: Settings) -> None:
    asked = ask(morning, "table: queue_intervals", "queue")
    with pytest.raises(SetUpError, match="a mart is only read"):
        asked.source.write({}, "key_1", asked.context(5))


def test_before_anything_is_published_the_answer_says_so(ask: Ask, settings: Settings) -> None:
    with pytest.raises(SetUpError, match="nothing has been published yet"):
        ask(settings, "table: queue_intervals", "queue").rows()


def test_the_state_last_published_is_read_on_both_engines(ask: Ask, settings: Settings) -> None:
    apart(fill, settings, ["create table lake.marts.prices (id integer, queue varchar)"])
    asked = ask(settings, "table: prices", "id queue")
    assert asked.batches() == [Batch(("id", "queue"), [])]
    apart(fill, settings, ["insert into lake.marts.prices values (1, 'a')"])
    assert asked.rows() == [(1, "a")]


def test_a_state_that_is_being_read_stays_until_its_reader_is_done(
    ask: Ask, sqlite_settings: Settings
) -> None:
    apart(
        fill,
        sqlite_settings,
        ["create table lake.marts.many as select i as id from range(5000) t(i)"],
    )
    asked = ask(sqlite_settings, "table: many, order: [id]", "id")
    coming = asked.source.batches({"queue": None}, asked.context(60))
    next(coming)
    apart(fill, sqlite_settings, ["insert into lake.marts.many values (-1)"])
    assert len(asked.rows()) == 5001
    asked.source.close()
    assert sum(len(batch.rows) for batch in coming) == 4000
    assert len(asked.rows()) == 5001


def test_what_was_not_published_is_not_seen(ask: Ask, own_morning: Settings) -> None:
    asked = ask(own_morning, "table: queue_intervals", "queue interval_start_at")
    before = asked.rows()
    apart(spoil, own_morning)
    assert asked.rows() == before


KINDS = """
create table lake.marts.kinds (a integer, b bigint, c decimal(38, 6), d double, e boolean,
  f date, g timestamp, h timestamptz, i blob, j varchar[], k struct(x integer, y decimal(4, 2)),
  l varchar, m uuid, n time, o interval, p hugeint)
"""
ROW = """
insert into lake.marts.kinds values (1, 9007199254740993, 12345678901234567890.000100, 0.1, true,
  '2026-02-28', '2026-01-05 09:00:00.25', '2026-01-05 10:00:00.25+01', '\\x00\\xFF'::blob,
  ['a', null], {'x': 1, 'y': 1.50}, 'Zoë 漢字 😀', '6f1d1f3e-6f6f-4d6e-8e0a-0123456789ab', '09:30',
  '1 day 02:00:00', 9223372036854775808)
"""


def test_values_of_a_mart(ask: Ask, sqlite_settings: Settings) -> None:
    apart(fill, sqlite_settings, [KINDS, ROW, "insert into lake.marts.kinds (a) values (2)"])
    asked = ask(sqlite_settings, "table: kinds, order: [a]", "a b c d e f g h i j k l m n o p")
    [batch] = asked.batches()
    assert batch.rows == [
        (
            1,
            9007199254740993,
            Decimal("12345678901234567890.000100"),
            0.1,
            True,
            date(2026, 2, 28),
            datetime(2026, 1, 5, 9, 0, 0, 250000),  # noqa: DTZ001 - it has no zone
            datetime(2026, 1, 5, 9, 0, 0, 250000, tzinfo=UTC),
            b"\x00\xff",
            ["a", None],
            {"x": 1, "y": Decimal("1.50")},
            "Zoë 漢字 😀",
            "6f1d1f3e-6f6f-4d6e-8e0a-0123456789ab",
            "09:30:00",
            "1 day 02:00:00",
            2**63,
        ),
        (2, *[None] * 15),
    ]
    recorded = asked.source.record({"queue": None}, asked.context(60))
    assert list(asked.source.replay(recorded, {}, asked.context(5))) == [batch]


def test_time_and_memory_of_a_mart_have_limits(ask: Ask, sqlite_settings: Settings) -> None:
    wide = "select i, hash(i) as queue, repeat('x', 50) || i as word from range(3000000) t(i)"
    apart(fill, sqlite_settings, [f"create table lake.marts.wide as {wide}"])
    asked = ask(sqlite_settings, "table: wide, order: [word, -queue]", "i queue word")
    with pytest.raises(SlowSourceError, match=r"in time|out of time"):
        asked.batches(seconds=0.4)
    coming = asked.source.batches({"queue": None}, asked.context(120))
    assert len(next(coming).rows) == 1000
    coming.close()  # pyright: ignore[reportAttributeAccessIssue] - it is a generator
    with pytest.raises(SlowSourceError):
        asked.batches(seconds=-1)
    small = replace(sqlite_settings, memory_limit_megabytes=40)
    cramped = ask(small, "table: wide, order: [word, -queue]", "i queue word")
    with pytest.raises((TooLargeError, SlowSourceError)):
        cramped.batches(seconds=60)
