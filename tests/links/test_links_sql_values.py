"""What databases hold comes out as Python has it, and what is asked with comes back unchanged."""

import json
from collections.abc import Generator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from links.sql_sources import ENGINES, Asked, Shop, shop_on
from lodge_adapters.access.source import BrokenSourceError
from lodge_platform.errors import RefusedError

GIVEN = "  - {name: given, term: Given.}"


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on(request.param, request, tmp_path) as made:
        yield made


@pytest.fixture
def postgresql_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on("postgresql", request, tmp_path) as made:
        yield made


@pytest.fixture
def mariadb_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on("mariadb", request, tmp_path) as made:
        yield made


@pytest.fixture
def sqlite_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on("sqlite", request, tmp_path) as made:
        yield made


def one(asked: Asked, **given: Any) -> dict[str, Any]:
    """The one row, by the names of its columns; it comes back the same from a recording."""
    [batch] = asked.batches(**given)
    recorded = asked.source.record(asked.values(given), asked.context())
    assert list(asked.source.replay(recorded, given, asked.context())) == [batch]
    [row] = batch.rows
    return dict(zip(batch.columns, row, strict=True))


def test_values_of_postgresql(postgresql_shop: Shop) -> None:
    shop = postgresql_shop
    shop.run(
        "create type colour as enum ('red', 'green')",
        "create table kinds (a integer, b bigint, c numeric, d numeric(10, 2), "
        "e double precision, f boolean, g date, h timestamp, i timestamptz, j bytea, "
        "k text[], l jsonb, m text, n uuid, o time, p interval, q inet, r colour, s text, "
        "t int4range, u char(5), v numeric[])",
        "insert into kinds values (1, 9007199254740993, 123456789012345678901234567890.000100, "
        "1.50, 0.1, true, '2026-02-28', '2026-01-05 09:00:00.25', '2026-01-05 10:00:00.25+01', "
        '\'\\x00ff\', array[\'a\', null, \'c,"d\'], \'{"a": 1.10, "b": [null, true], "c": "é"}\', '
        "'', '6f1d1f3e-6f6f-4d6e-8e0a-0123456789ab', '09:30', '1 day 02:00', '10.0.0.1', 'green', "
        "'Zoë 漢字 😀', '[1,5)', 'ab', array[1.10])",
    )
    assert one(shop.asked("select * from kinds")) == {
        "a": 1,
        "b": 9007199254740993,
        "c": Decimal("123456789012345678901234567890.000100"),
        "d": Decimal("1.50"),
        "e": 0.1,
        "f": True,
        "g": date(2026, 2, 28),
        "h": datetime(2026, 1, 5, 9, 0, 0, 250000),  # noqa: DTZ001 - it has no zone
        "i": datetime(2026, 1, 5, 9, 0, 0, 250000, tzinfo=UTC),
        "j": b"\x00\xff",
        "k": ["a", None, 'c,"d'],
        "l": {"a": Decimal("1.10"), "b": [None, True], "c": "é"},
        "m": "",
        "n": "6f1d1f3e-6f6f-4d6e-8e0a-0123456789ab",
        "o": "09:30:00",
        "p": "1 day 02:00:00",
        "q": "10.0.0.1",
        "r": "green",
        "s": "Zoë 漢字 😀",
        "t": "[1,5)",
        "u": "ab   ",
        "v": [Decimal("1.10")],
    }
    shop.run("delete from kinds", "insert into kinds default values")
    assert set(one(shop.asked("select * from kinds")).values()) == {None}


def test_instants_of_postgresql_are_in_utc_whatever_the_servers_zone(postgresql_shop: Shop) -> None:
    [[name]] = postgresql_shop.run("select current_database()")
    postgresql_shop.run(f"alter database {name} set timezone = 'Asia/Tokyo'")
    row = one(
        postgresql_shop.asked(
            "select timestamptz '2026-01-05 09:00+00' as a, "
            "cast(timestamptz '2026-01-05 09:00+00' as text) as b"
        )
    )
    assert row == {"a": datetime(2026, 1, 5, 9, tzinfo=UTC), "b": "2026-01-05 09:00:00+00"}


def test_a_value_that_python_cannot_hold_breaks_the_answer_and_says_so(
    postgresql_shop: Shop,
) -> None:
    with pytest.raises(BrokenSourceError):
        postgresql_shop.asked("select 1 as id, timestamptz 'infinity' as name").rows()


def test_values_of_mariadb(mariadb_shop: Shop) -> None:
    shop = mariadb_shop
    shop.run(
        "create table kinds (a int, b bigint unsigned, c decimal(38, 6), d decimal(10, 2), "
        "e double, f boolean, g date, h datetime(6), i timestamp(6) null, j varbinary(10), "
        "k bit(1), l json, m varchar(10), n time, o year, p enum('red', 'green'), q text, "
        "r blob, s bit(12))",
        "set time_zone = '+01:00'",
        "insert into kinds values (1, 18446744073709551615, 12345678901234567890.000100, 1.50, "
        "0.1, true, '2026-02-28', '2026-01-05 09:00:00.25', '2026-01-05 10:00:00.25', x'00ff', "
        "b'1', '[\"a\", 1.10]', '', '09:30', 2026, 'green', 'Zoë 漢字 😀', x'00ff', "
        "b'100000000001')",
    )
    assert one(shop.asked("select * from kinds")) == {
        "a": 1,
        "b": 18446744073709551615,
        "c": Decimal("12345678901234567890.000100"),
        "d": Decimal("1.50"),
        "e": 0.1,
        "f": 1,
        "g": date(2026, 2, 28),
        "h": datetime(2026, 1, 5, 9, 0, 0, 250000),  # noqa: DTZ001 - it has no zone
        "i": datetime(2026, 1, 5, 9, 0, 0, 250000),  # noqa: DTZ001 - the time in UTC
        "j": b"\x00\xff",
        "k": 1,
        "l": '["a", 1.10]',
        "m": "",
        "n": "09:30:00",
        "o": 2026,
        "p": "green",
        "q": "Zoë 漢字 😀",
        "r": b"\x00\xff",
        "s": 2049,
    }
    shop.run("delete from kinds", "insert into kinds () values ()")
    assert set(one(shop.asked("select * from kinds")).values()) == {None}


def test_values_of_sqlite(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    shop.run(
        "create table kinds (a integer, b real, c numeric, d text, e blob, f boolean, g date)",
        "insert into kinds values (9223372036854775807, 0.1, 1.5, 'Zoë 漢字 😀', x'00ff', true, "
        "'2026-02-28')",
    )
    assert one(shop.asked("select * from kinds")) == {
        "a": 2**63 - 1,
        "b": 0.1,
        "c": 1.5,
        "d": "Zoë 漢字 😀",
        "e": b"\x00\xff",
        "f": 1,
        "g": "2026-02-28",
    }
    shop.run("delete from kinds", "insert into kinds default values")
    assert set(one(shop.asked("select * from kinds")).values()) == {None}


def test_a_decimal_finds_the_number_that_sqlite_keeps(sqlite_shop: Shop) -> None:
    sqlite_shop.run(
        "create table prices (id integer, price numeric)",
        "insert into prices values (1, 19.90), (2, 20)",
    )
    asked = sqlite_shop.asked(
        "select id, price * 2 as twice from prices where price >= :given and price * 1 <= :given",
        parameters="  - {name: given, type: decimal, term: Given.}",
    )
    assert asked.rows(given=Decimal("19.90")) == [(1, 39.8)]
    assert asked.rows(given=Decimal("20.00")) == [(2, 40)]


def test_json_kept_as_text_is_read_where_a_field_has_parts(shop: Shop) -> None:
    answer = (
        "answer:\n  fields:\n    - {name: tags, list: true, term: Tags.}\n"
        "    - {name: home, from: address, term: Home, fields: [{name: town, term: Town.}]}\n"
        "    - {name: note, term: Note.}\n"
    )
    shop.run(
        f"create table customers (tags {shop.long_text}, address {shop.long_text}, "
        f"note {shop.long_text})",
        'insert into customers values (\'["a", "b"]\', \'{"town": "Bern", "x": 1.10}\', \'["a"]\')',
        "insert into customers values ('[oops', null, '')",
    )
    asked = shop.asked(
        "select tags, address, note from customers order by note desc", answer=answer
    )
    assert asked.rows() == [
        (["a", "b"], {"town": "Bern", "x": Decimal("1.10")}, '["a"]'),
        ("[oops", None, ""),
    ]


def strings(folder: Path) -> list[str]:
    """Every string of a public test set."""
    lines = (folder / "cases.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["s"] for line in lines]


@pytest.mark.parametrize("suite", ["injection_strings", "naughty_strings"])
def test_hostile_strings_come_back_unchanged_through_a_bound_parameter(
    shop: Shop, shared_data: Path, suite: str
) -> None:
    shop.run("create table kept (id integer)", "insert into kept values (1)")
    asked = shop.asked("select 1 as id, :given as name from kept", parameters=GIVEN)
    for text in strings(shared_data / suite):
        try:
            assert asked.rows(given=text) == [(1, text)]
        except RefusedError:
            # what this database has no room for is refused by name, before it is asked
            assert shop.engine == "postgresql"
            assert "\0" in text
    assert shop.run("select count(*) from kept") == [(1,)]


def test_hostile_strings_find_the_row_that_holds_them_and_no_other(
    shop: Shop, shared_data: Path
) -> None:
    some = [text for text in strings(shared_data / "injection_strings") if "\0" not in text][::9]
    shop.run(f"create table kept (id integer, name {shop.long_text})")
    add = shop.asked(
        sql={"write": "insert into kept values (:number, :given)"},
        parameters=f"  - {{name: number, type: integer, term: N.}}\n{GIVEN}",
        more="writes: true",
    )
    for number, text in enumerate(some):
        add.write(number=number, given=text)
    same = "name collate utf8mb4_bin" if shop.engine == "mariadb" else "name"
    asked = shop.asked(f"select id, name from kept where {same} = :given", parameters=GIVEN)  # noqa: S608
    for text in some:
        found = asked.rows(given=text)
        assert {name.rstrip(" ") for _, name in found} == {text.rstrip(" ")}
        assert (some.index(text), text) in found
