"""Links that write to a database do so once, in one transaction."""

import threading
from collections.abc import Generator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fixtures.waiting import soon
from links.sql_sources import ENGINES, Asked, Shop, shop_on
from lodge_platform.errors import MistakeError, RefusedError, SetUpError, TryAgainError

NUMBER = (
    "  - {name: number, type: integer, term: Number.}\n"
    "  - {name: name, term: Name.}\n"
    "  - {name: price, type: decimal, term: Price.}"
)


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on(request.param, request, tmp_path) as made:
        made.run(
            "create table notes (id integer primary key, name varchar(10) not null, "
            "price decimal(5, 2), done varchar(60) unique, check (price >= 0))"
        )
        yield made


def writing(shop: Shop, statement: str) -> Asked:
    return shop.asked(sql={"write": statement}, parameters=NUMBER, more="writes: true")


def add(shop: Shop) -> Asked:
    return writing(shop, "insert into notes values (:number, :name, :price, :idempotency_key)")


def test_a_write_is_bound_committed_and_counted(shop: Shop) -> None:
    asked = add(shop)
    assert asked.write(number=1, name="'; --", price=Decimal("1.50")) == "1 row written"
    assert asked.write("key_2", number=2, name="Zoë") == "1 row written"
    rows = shop.run("select id, name, price, done from notes order by id")
    assert [(*row[:2], row[3]) for row in rows] == [(1, "'; --", "key_1"), (2, "Zoë", "key_2")]
    assert rows[0][2] == Decimal("1.50")
    every = writing(shop, "update notes set name = :name")
    assert every.write(name="all") == "2 rows written"


def test_the_key_makes_a_second_write_none(shop: Shop) -> None:
    shop.run("create table orders (id integer, done varchar(60) unique)")
    ending = {
        "postgresql": "on conflict do nothing",
        "sqlite": "on conflict do nothing",
        "mariadb": "on duplicate key update id = id",
    }[shop.engine]
    asked = writing(shop, f"insert into orders values (:number, :idempotency_key) {ending}")  # noqa: S608
    assert asked.write(number=1) == "1 row written"
    asked.write(number=1)
    assert shop.run("select id, done from orders") == [(1, "key_1")]


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"number": 1, "name": "again"}, "key_9"),
        ({"number": 2, "name": "key"}, "key_1"),
        ({"number": 3}, "key_3"),
        ({"number": 4, "name": "cheap", "price": -1}, "key_4"),
    ],
)
def test_what_breaks_a_rule_of_the_database_is_refused_for_good(
    shop: Shop, given: dict[str, Any], key: str
) -> None:
    asked = add(shop)
    asked.write(number=1, name="first")
    with pytest.raises(RefusedError, match="does not take a value"):
        asked.write(key, **given)
    assert shop.run("select id, name from notes") == [(1, "first")]


def test_a_value_that_is_too_long_is_refused_for_good(shop: Shop) -> None:
    if shop.engine == "sqlite":  # which keeps text of any length
        assert add(shop).write(number=1, name="x" * 11) == "1 row written"
    else:
        with pytest.raises(RefusedError, match="does not take a value"):
            add(shop).write(number=1, name="x" * 11)


def test_a_lock_that_another_holds_is_tried_again_later(shop: Shop) -> None:
    add(shop).write(number=1, name="first")
    asked = writing(shop, "update notes set name = :name where id = 1")
    with closing(shop.connection()) as other, closing(other.cursor()) as cursor:
        cursor.execute("update notes set name = 'other' where id = 1")
        with pytest.raises(TryAgainError):
            asked.write(name="mine", seconds=1)
        other.rollback()
    assert asked.write(name="mine") == "1 row written"


def test_of_two_that_wait_for_each_other_one_is_tried_again(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with shop_on("postgresql", request, tmp_path) as shop:
        shop.customers()
        shop.run(
            "create function both_of(a integer, b integer) returns void language plpgsql as $$"
            "begin update customers set name = 'x' where id = a; perform pg_advisory_lock(a); "
            "perform pg_advisory_unlock(a); update customers set name = 'y' where id = b; end $$"
        )
        outcomes: list[str] = []

        def run(first: int, second: int) -> None:
            asked = writing(shop, f"select both_of({first}, {second})")
            try:
                outcomes.append(asked.write())
            except TryAgainError as error:
                outcomes.append(str(error))

        with closing(shop.connection()) as gate, closing(gate.cursor()) as cursor:
            cursor.execute("select pg_advisory_lock(1), pg_advisory_lock(2)")
            threads = [threading.Thread(target=run, args=pair) for pair in ((1, 2), (2, 1))]
            for thread in threads:
                thread.start()
            waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
            assert soon(lambda: shop.run(waiting) == [(2,)])
        for thread in threads:
            thread.join(30)
        assert sorted("busy" in said for said in outcomes) == [False, True]


def test_a_trigger_that_refuses_is_a_refusal(shop: Shop) -> None:
    if shop.engine == "postgresql":
        shop.run(
            "create function no() returns trigger language plpgsql as "
            "$$ begin raise exception 'kq7 no'; end $$",
            "create trigger no before insert on notes execute function no()",
        )
    elif shop.engine == "mariadb":
        shop.run(
            "create trigger no before insert on notes for each row "
            "signal sqlstate '45000' set message_text = 'kq7 no'"
        )
    else:
        shop.run(
            "create trigger no before insert on notes begin select raise(abort, 'kq7 no'); end"
        )
    with pytest.raises(RefusedError) as caught:
        add(shop).write(number=1, name="x")
    assert "kq7" not in str(caught.value)


def test_two_statements_are_not_one_write(shop: Shop) -> None:
    asked = writing(
        shop, "insert into notes values (:number, :name, null, null); delete from notes"
    )
    with pytest.raises(SetUpError):
        asked.write(number=1, name="x")
    assert shop.run("select * from notes") == []


def test_a_link_that_writes_to_sqlite_changes_rows_and_nothing_else(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with shop_on("sqlite", request, tmp_path) as shop:
        shop.customers()
        for statement in (
            "drop table customers",
            "create table eve (id integer)",
            "attach database 'eve.db' as eve",
            "pragma writable_schema = on",
            "update sqlite_master set sql = 'x'",
            "create trigger eve after insert on customers begin select 1; end",
        ):
            with pytest.raises(SetUpError):
                writing(shop, statement).write()
        assert len(shop.run("select * from customers")) == 3
        assert not (shop.folder / "eve.db").exists()


def test_an_account_that_may_only_read_is_a_fault_of_the_set_up(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with shop_on("postgresql", request, tmp_path) as shop:
        shop.customers()
        [[name]] = shop.run("select current_database()")
        shop.run(f"alter database {name} set default_transaction_read_only = on")
        with pytest.raises(SetUpError, match="it is read-only"):
            writing(shop, "delete from customers").write()


def test_a_link_that_reads_is_never_written_by(shop: Shop) -> None:
    with pytest.raises(MistakeError):
        shop.asked("select id, name from notes").write()
