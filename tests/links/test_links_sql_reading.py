"""Links to databases read what is there, by select and by procedure."""

import tracemalloc
from collections.abc import Generator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from links.sql_sources import ENGINES, Shop, shop_on
from lodge_adapters.access.recorded import to_json
from lodge_platform.errors import SetUpError

BY_ID = "  - {name: id, type: integer, term: Number.}"


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on(request.param, request, tmp_path) as made:
        made.customers()
        yield made


def test_a_select_gives_its_rows_with_bound_values(shop: Shop) -> None:
    asked = shop.asked(
        "select id, name, tier from customers where id >= :id order by id",
        parameters=BY_ID,
    )
    [batch] = asked.batches(id=2)
    assert batch.columns == ("id", "name", "tier")
    assert batch.rows == [(2, "Bob", None), (3, "Zoë", "")]


def test_an_answer_without_rows_has_its_columns(shop: Shop) -> None:
    asked = shop.asked("select id, name from customers where id = 9")
    assert list(asked.batches()) == [(("id", "name"), [])]


def test_a_parameter_that_is_not_given_is_null(shop: Shop) -> None:
    asked = shop.asked(
        "select id, name from customers where :tier is null or tier = :tier order by id",
        parameters="  - {name: tier, term: Tier.}",
    )
    assert [row[0] for row in asked.rows()] == [1, 2, 3]
    assert [row[0] for row in asked.rows(tier="gold")] == [1]


def test_percent_signs_and_colons_of_a_statement_are_its_own(shop: Shop) -> None:
    asked = shop.asked(
        "select id, '100% 12\\:30 %s %(x)s' as name from customers "
        "where name like 'A%' or name like :name",
        parameters="  - {name: name, term: Name.}",
    )
    assert asked.rows(name="%ob") == [(1, "100% 12:30 %s %(x)s"), (2, "100% 12:30 %s %(x)s")]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("text", "Zoë \\ ' \" % : 漢字 😀\n\t"),
        ("text", ""),
        ("integer", -(2**63)),
        ("integer", 2**63 - 1),
        ("decimal", Decimal("12345678901.25")),
        ("decimal", Decimal("-7")),
        ("date", date(2026, 2, 28)),
        ("boolean", True),
        ("instant", datetime(2026, 1, 5, 9, 0, 0, 250000, tzinfo=UTC)),
    ],
)
def test_every_type_of_parameter_comes_back_as_it_went(
    shop: Shop, declared: str, value: Any
) -> None:
    asked = shop.asked(
        "select 1 as id, :given as name",
        parameters=f"  - {{name: given, type: {declared}, term: Given.}}",
    )
    [(_, back)] = asked.rows(given=value)
    if isinstance(value, datetime) and shop.engine != "postgresql":
        back = datetime.fromisoformat(str(back)).replace(tzinfo=UTC)
    if isinstance(value, Decimal):
        back = Decimal(str(back))
    assert (back if not isinstance(value, date) else type(value).fromisoformat(str(back))) == value


def test_rows_come_in_batches_as_they_are_read_and_reading_may_stop(shop: Shop) -> None:
    asked = shop.asked(
        "with recursive n (id) as (select 1 union all select id + 1 from n "
        "where id < 5000) select id, 0 as name from n"
        if shop.engine != "mariadb"
        else "select seq as id, 0 as name from seq_1_to_2000000"
    )
    for _ in range(6):  # more often than there are connections
        coming = asked.batches()
        sizes = [len(next(coming).rows) for _ in range(3)]
        assert sizes == [100, 1000, 1000]
        coming.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert next(asked.batches()).rows[0] == (1, 0)


def test_large_rows_come_a_few_at_a_time(shop: Shop) -> None:
    wide = "'" + "x" * 100_000 + "'"
    shop.run(f"create table wide (id integer, name {shop.long_text})")
    shop.run(*[f"insert into wide values ({n}, {wide})" for n in range(200)])  # noqa: S608
    sizes = [len(batch.rows) for batch in shop.asked("select * from wide").batches()]
    assert sizes[0] == 100
    assert max(sizes[1:]) <= 40
    assert sum(sizes) == 200


def test_memory_stays_flat_however_many_rows_there_are(shop: Shop) -> None:
    many = {
        "postgresql": "select n as id, repeat('x', 100) as name from generate_series(1, :most) n",
        "mariadb": "select seq as id, repeat('x', 100) as name from seq_1_to_60000 "
        "where seq <= :most",
        "sqlite": "with recursive n (id) as (select 1 union all select id + 1 from n "
        "where id < :most) select id, printf('%.100c', 'x') as name from n",
    }[shop.engine]
    asked = shop.asked(many, parameters="  - {name: most, type: integer, term: Most.}")
    assert len(asked.rows(most=1)) == 1

    def peak(most: int) -> int:
        tracemalloc.start()
        assert sum(len(batch.rows) for batch in asked.batches(most=most)) == most
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return found

    assert peak(60_000) < 1.5 * peak(6_000) + 100_000


def test_two_columns_of_one_name_are_a_fault_of_the_link(shop: Shop) -> None:
    with pytest.raises(SetUpError, match="two columns are named 'id'"):
        shop.asked("select id, id from customers").rows()


def test_a_procedure_is_called_with_its_arguments_in_order(shop: Shop) -> None:
    parameters = (
        "  - {name: tier, term: Tier.}\n  - {name: first, type: integer, required: true, term: N.}"
    )
    asked = shop.asked(
        sql={"procedure": "known", "arguments": ["first", "tier"]}, parameters=parameters
    )
    if shop.engine == "sqlite":
        with pytest.raises(SetUpError, match="SQLite has no procedures"):
            asked.rows(first=1)
        return
    if shop.engine == "postgresql":
        shop.run(
            "create function known(first integer, wanted text) returns table (id integer, name "
            "text) language sql stable as 'select id, name::text from customers c where "
            "c.id >= first and (wanted is null or c.tier = wanted) order by 1'"
        )
    else:
        shop.run(
            "create procedure known(first int, wanted varchar(20)) select id, name from customers "
            "c where c.id >= first and (wanted is null or c.tier = wanted) order by 1"
        )
    assert asked.rows(first=2) == [(2, "Bob"), (3, "Zoë")]
    assert asked.rows(first=1, tier="gold") == [(1, "Ada")]
    assert asked.rows(first=1, tier="gold") == [(1, "Ada")]


def test_the_name_of_a_procedure_is_a_name(shop: Shop) -> None:
    if shop.engine != "sqlite":
        with pytest.raises(SetUpError, match="is no procedure"):
            shop.asked(sql={"procedure": "known(1); drop table customers"}).rows()


def test_a_recorded_call_replays_to_the_same_batches(shop: Shop) -> None:
    asked = shop.asked("select id, name, tier from customers order by id")
    recorded = asked.source.record({}, asked.context())
    assert list(asked.source.replay(recorded, {}, asked.context())) == list(asked.batches())
    assert to_json(asked.source.replay(recorded, {}, asked.context())) == recorded


def test_a_recording_ends_a_row_beyond_the_limit(shop: Shop) -> None:
    asked = shop.asked("select id, name from customers", more="limits: {rows: 1}")
    recorded = asked.source.record({}, asked.context())
    [batch] = asked.source.replay(recorded, {}, asked.context())
    assert len(batch.rows) == 2
    loaded = asked.source.record({}, asked.context(is_load=True))
    [batch] = asked.source.replay(loaded, {}, asked.context())
    assert len(batch.rows) == 3
