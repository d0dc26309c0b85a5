"""Change capture is the database's own: no writer can forget it."""

import threading

import pytest
from sqlalchemy import text

from lodge_platform.errors import TryAgainError
from lodge_platform.stores import Store, Stores, allocate, engines
from lodge_platform.stores.engines import open_engine

INSERT = text(
    "insert into customers (kind, name, created_at) values "
    "('individual', :name, '2026-01-05 09:00:00.000000')"
)


def change_nos(stores: Stores) -> dict[str, int]:
    with stores.active.read() as connection:
        rows = connection.execute(text("select name, change_no from customers"))
        return {row.name: row.change_no for row in rows}


def test_plain_sql_raises_the_change_number_of_what_it_writes(stores: Stores) -> None:
    with stores.active.write() as connection:
        connection.execute(INSERT, [{"name": "Ada"}, {"name": "Grace"}])
    before = change_nos(stores)
    assert min(before.values()) > 0
    with stores.active.write() as connection:
        connection.execute(text("update customers set kind = 'group' where name = 'Ada'"))
    after = change_nos(stores)
    assert after["Ada"] > max(before.values())
    assert after["Grace"] == before["Grace"]


def test_f10_a_delete_leaves_a_tombstone_with_the_key(stores: Stores) -> None:
    with stores.active.write() as connection:
        connection.execute(INSERT, {"name": "Ada"})
    last = change_nos(stores)["Ada"]
    with stores.active.write() as connection:
        connection.execute(text("delete from customers"))
    with stores.active.read() as connection:
        [row] = connection.execute(text("select * from tombstones")).all()
    assert row.table_name == "customers"
    assert "customer_id" in str(row.row_key)
    assert row.change_no > last


def test_what_is_rolled_back_was_never_there(stores: Stores) -> None:
    def fail_half_way() -> None:
        with stores.active.write() as connection:
            connection.execute(INSERT, {"name": "Ada"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert change_nos(stores) == {}


def test_keys_are_given_once_and_plain_inserts_go_on_beside(stores: Stores) -> None:
    with stores.active.write() as connection:
        first = allocate(connection, "customers", 3)
        second = allocate(connection, "customers", 2)
        connection.execute(INSERT, {"name": "Ada"})
        [key] = connection.execute(text("select customer_id from customers")).scalars()
        third = allocate(connection, "customers")
        assert allocate(connection, "customers", 0) == []
    assert len({*first, *second, key, *third}) == 7


def test_keys_taken_by_many_at_once_never_meet(stores: Stores) -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(20):
            with stores.active.write() as connection:
                taken.extend(allocate(connection, "customers", 3))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 240


def test_a_reader_sees_one_unchanging_state(stores: Stores) -> None:
    with stores.active.read() as reader:
        assert reader.execute(text("select count(*) from customers")).scalar() == 0
        with stores.active.write() as connection:
            connection.execute(INSERT, {"name": "Ada"})
        assert reader.execute(text("select count(*) from customers")).scalar() == 0
    assert list(change_nos(stores)) == ["Ada"]


def test_a_locked_store_is_a_reason_to_try_again(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_BUSY_SECONDS", 0.05)
    url = stores.active.engine.url.render_as_string(hide_password=False)
    second = Store("active", open_engine(url, name="active_url"))

    def write_as_well() -> None:
        with second.write() as connection:
            if not second.is_sqlite:
                connection.execute(text("set local lock_timeout = '100ms'"))
            connection.execute(text("update customers set kind = 'group'"))

    with stores.active.write() as first:
        if not stores.active.is_sqlite:
            first.execute(text("lock table customers in access exclusive mode"))
        with pytest.raises(TryAgainError, match=r"active store: .*lock"):
            write_as_well()
    write_as_well()
    second.engine.dispose()
