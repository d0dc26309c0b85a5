"""Landed data links: what a load writes, what it leaves, and what it says; S-27."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from fixtures.shop_links import (
    ALL,
    BY_CHANGE,
    CHANGED,
    FIELDS,
    NAME,
    NINE,
    NUMBER,
    TOTAL,
    Shop,
    order,
)
from lodge_platform.settings import Settings

LATER = NINE + timedelta(hours=1)


@pytest.fixture
def shop(settings: Settings) -> Shop:
    return Shop(settings)


def loaded_at(instant: datetime) -> datetime:
    """As the reports store has it: UTC without saying so."""
    return instant.replace(tzinfo=None)


def test_s27_a_landed_link_is_a_typed_table_with_a_term_on_every_column(shop: Shop) -> None:
    shop.declare()
    shop.put(order(1), order(2, "Bo", None, minute=5))
    done = shop.load()
    assert (done.read, done.written, done.rows, done.failure) == (2, 2, 2, None)
    assert shop.landed("*") == [
        (1, "Ada", Decimal("9.5"), loaded_at(NINE), True, loaded_at(NINE)),
        (2, "Bo", None, loaded_at(NINE + timedelta(minutes=5)), True, loaded_at(NINE)),
    ]
    columns = shop.ask(
        "select column_name, data_type, comment from duckdb_columns() "
        "where database_name = 'lake' and schema_name = 'links' order by column_index"
    )
    assert columns == [
        ("number", "BIGINT", "Its number in the shop."),
        ("customer", "VARCHAR", "Who ordered it there. Sensitivity: personal."),
        ("total", "DECIMAL(38,9)", "What it costs with taxes."),
        ("changed_at", "TIMESTAMP", "When the shop last changed it. Unit: instant, UTC."),
        ("is_open", "BOOLEAN", "Whether it is not done with."),
        ("_loaded_at", "TIMESTAMP", "When a load last wrote this row here. Unit: instant, UTC."),
    ]
    assert shop.ask("select comment from duckdb_tables() where schema_name = 'links'") == [
        ("One row per number: What the shop knows of an order.",)
    ]


def test_without_a_cursor_only_what_differs_is_written_and_what_is_gone_is_removed(
    shop: Shop,
) -> None:
    shop.declare()
    shop.put(order(1), order(2), order(3))
    shop.load()
    shop.run("delete from orders where id = 1")
    shop.run("update orders set customer = 'Bo' where id = 2")
    shop.put(order(4))
    done = shop.load(now=LATER)
    assert (done.read, done.written, done.removed, done.rows) == (3, 2, 1, 3)
    assert shop.landed("number, customer, _loaded_at") == [
        (2, "Bo", loaded_at(LATER)),
        (3, "Ada", loaded_at(NINE)),
        (4, "Ada", loaded_at(LATER)),
    ]
    again = shop.load(now=LATER + timedelta(hours=1))
    assert (again.written, again.removed) == (0, 0)


def test_with_a_cursor_a_load_asks_from_the_greatest_value_on_and_doubles_nothing(
    shop: Shop,
) -> None:
    shop.declare(land=BY_CHANGE)
    shop.put(order(1, minute=1), order(2, minute=2))
    shop.load()
    shop.run("delete from orders where id = 1")  # behind the cursor: not asked for
    shop.run("update orders set total = 12, changed_at = '2026-01-05T09:03:00Z' where id = 2")
    shop.put(order(3, minute=3))
    done = shop.load(now=LATER)
    assert (done.read, done.written, done.removed, done.rows, done.is_full) == (2, 2, 0, 3, False)
    shop.put(order(4, minute=3))  # of the same instant as the last
    done = shop.load(now=LATER)
    assert (done.read, done.written) == (3, 1)
    assert [row[0] for row in shop.landed("number")] == [1, 2, 3, 4]
    assert shop.ask(
        "select cursor_value, rows_read from lake.landing_control.link_loads order by load_no"
    ) == [
        ("2026-01-05T09:02:00Z", 2),
        ("2026-01-05T09:03:00Z", 2),
        ("2026-01-05T09:03:00Z", 3),
    ]
    whole = shop.load(now=LATER, is_full=True)
    assert (whole.read, whole.removed, whole.rows) == (3, 1, 3)


def test_of_one_key_that_comes_twice_by_a_cursor_the_newest_row_counts(shop: Shop) -> None:
    shop.declare(land=BY_CHANGE)
    shop.put(order(1, "new", minute=9), order(1, "old", minute=1), order(1, "newest", minute=9))
    assert shop.load().rows == 1
    assert shop.landed() == [(1, "newest")]


def test_a_source_that_is_down_leaves_what_was_landed_and_since_when_is_kept(shop: Shop) -> None:
    shop.declare()
    shop.put(order(1))
    shop.load()
    hidden = shop.file.rename(shop.file.with_name("away.db"))
    for now in (LATER, LATER + timedelta(hours=1)):
        done = shop.load(now=now)
        assert done.failure
        assert done.said().startswith("links.orders: not loaded, what was landed before stays: ")
        assert shop.landed() == [(1, "Ada")]
        state = shop.state()
        assert (state.load_failure, state.load_failing_since) == (done.failure, LATER)
    shop.declare(land="")  # landed no longer: then no load of it can fail
    assert shop.load_all() == ()
    assert shop.state().load_failure is None
    shop.declare()
    hidden.rename(shop.file)
    assert shop.load(now=LATER + timedelta(hours=2)).failure is None
    assert (shop.state().load_failure, shop.state().load_failing_since) == (None, None)


def test_a_contract_broken_after_thousands_of_rows_leaves_nothing_of_them(shop: Shop) -> None:
    shop.declare()
    shop.put(order(1))
    shop.load()
    shop.put(*(order(number) for number in range(2, 3000)), order(3000, total="much"))
    done = shop.load(now=LATER)
    assert "total" in (done.failure or "")
    assert shop.landed() == [(1, "Ada")]
    assert shop.state().breach is not None


def test_one_link_that_fails_holds_up_no_other(shop: Shop) -> None:
    shop.declare("broken", select="select * from nothing_of_the_kind")
    shop.declare("orders")
    shop.put(order(1))
    first, second = shop.load_all()
    assert (first.link, bool(first.failure)) == ("broken", True)
    assert (second.link, second.failure, second.rows) == ("orders", None, 1)
    (only,) = shop.load_all(names={"orders"})
    assert only.link == "orders"


def test_what_is_undeclared_is_landed_as_json_when_the_contract_lets_it(shop: Shop) -> None:
    shop.declare(fields=(NUMBER, TOTAL), contract="evolve")
    shop.put(order(1, total="much"))
    assert shop.load().failure is None
    ((number, total, more),) = shop.landed("number, total, more")
    assert (number, total) == (1, None)
    assert '"total":"much"' in more
    assert '"customer":"Ada"' in more


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((order(1, "Ada"), order(1, "Bo")), "1 values of number, the key, come in rows that"),
        ((order(None), order(2)), "1 rows without number, their key"),
    ],
)
def test_rows_that_the_key_does_not_tell_apart_are_not_loaded(
    shop: Shop, rows: tuple[tuple[object, ...], ...], said: str
) -> None:
    shop.declare(fields=(NUMBER.replace("required: true, ", ""), *FIELDS[1:]))
    shop.put(*rows)
    assert said in (shop.load().failure or "")
    assert said in shop.state().load_failure
    shop.run("delete from orders")
    shop.put(order(1), order(1))  # the very same row, as pages that moved bring it
    assert shop.load().rows == 1


def test_new_fields_become_columns_and_dropped_ones_stay_empty(shop: Shop) -> None:
    shop.declare(fields=(NUMBER, NAME, CHANGED), contract="discard", land=BY_CHANGE)
    shop.put(order(1, minute=1), order(2, minute=2))
    shop.load()
    shop.declare(fields=(NUMBER, TOTAL, CHANGED), contract="discard", land=BY_CHANGE)
    done = shop.load(now=LATER)
    assert done.notes == (
        "new: total",
        "no longer declared, and empty from now on: customer",
        "all rows were asked for, because the link's fields changed",
    )
    assert shop.landed("number, customer, total") == [
        (1, None, Decimal("9.5")),
        (2, None, Decimal("9.5")),
    ]
    again = shop.load(now=LATER)
    assert (again.notes, again.is_full, again.read) == ((), False, 1)


def test_another_type_or_key_makes_the_table_anew_and_says_why(shop: Shop) -> None:
    shop.declare(fields=(NUMBER, TOTAL), contract="discard")
    shop.put(order(1))
    shop.load()
    as_text = TOTAL.replace("decimal", "text")
    shop.declare(fields=(NUMBER, as_text), contract="discard")
    done = shop.load(now=LATER)
    assert done.notes == ("made anew: total is varchar now, was decimal(38,9)",)
    assert shop.landed("number, total") == [(1, "9.5")]
    shop.declare(fields=(NUMBER, as_text), contract="discard", land=ALL.replace("number", "total"))
    done = shop.load(now=LATER)
    assert done.notes == ("made anew: its key is total now, was number",)
    assert done.rows == 1


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("{name: Number, from: id, term: The same once more.}", "SQL does not tell 'Number' from"),
        ("{name: _loaded_at, from: changed_at, term: Like ours.}", "from '_loaded_at'; rename"),
    ],
)
def test_fields_whose_names_sql_takes_for_one_are_refused(
    shop: Shop, field: str, said: str
) -> None:
    shop.declare(fields=(NUMBER, field), contract="discard")
    assert said in (shop.load().failure or "")
