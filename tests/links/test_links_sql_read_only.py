"""A link to a database without `writes` changes nothing there, by the database's own word."""

from collections.abc import Generator
from pathlib import Path

import pytest

from links.sql_sources import ENGINES, Shop, shop_on
from lodge_platform.errors import SetUpError


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on(request.param, request, tmp_path) as made:
        made.customers()
        yield made


WRITING = {
    "an insert": "insert into customers values (9, 'Eve', null)",
    "an update": "update customers set name = 'Eve'",
    "a delete": "delete from customers",
    "two statements": "select 1 as id, 2 as name; delete from customers",
    "a statement after a commit": "commit; delete from customers",
    "a table": "create table eve (id integer)",
    "a table dropped": "drop table customers",
}


@pytest.mark.parametrize("what", WRITING)
def test_a_select_that_writes_is_refused_by_the_database(shop: Shop, what: str) -> None:
    asked = shop.asked(WRITING[what])
    with pytest.raises(SetUpError, match=r"refuses to write|does not understand"):
        asked.rows()
    assert shop.run("select id, name from customers order by id") == [
        (1, "Ada"),
        (2, "Bob"),
        (3, "Zoë"),
    ]


def test_a_function_with_side_effects_is_refused_by_the_database(shop: Shop) -> None:
    if shop.engine == "sqlite":
        statement = "select load_extension('eve') as id, 1 as name"
    elif shop.engine == "postgresql":
        shop.run(
            "create function eve() returns integer language sql as "
            "'delete from customers returning 1'"
        )
        statement = "select eve() as id, 1 as name"
    else:
        shop.run(
            "create function eve() returns int modifies sql data "
            "begin delete from customers; return 1; end"
        )
        statement = "select eve() as id, 1 as name"
    with pytest.raises(SetUpError, match="refuses to write"):
        shop.asked(statement).rows()
    assert len(shop.run("select * from customers")) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "with gone as (delete from customers returning id) select id, 1 as name from gone",
        "select lo_create(0) as id, 1 as name",
        "select id, name from customers for update",
        "select set_config('transaction_read_only', 'off', true) as name, 1 as id",
        "copy customers to '/tmp/eve'",
        "explain analyze delete from customers",
    ],
)
def test_postgresql_has_no_way_around_reading(
    request: pytest.FixtureRequest, tmp_path: Path, statement: str
) -> None:
    with shop_on("postgresql", request, tmp_path) as shop:
        shop.customers()
        with pytest.raises(SetUpError):
            shop.asked(statement).rows()
        assert len(shop.run("select * from customers")) == 3


def test_a_procedure_of_mariadb_cannot_write_after_a_commit_of_its_own(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with shop_on("mariadb", request, tmp_path) as shop:
        shop.customers()
        shop.run("create procedure eve() begin commit; delete from customers; select 1 as id; end")
        with pytest.raises(SetUpError, match="refuses to write"):
            shop.asked(sql={"procedure": "eve"}).rows()
        with pytest.raises(SetUpError, match="into a file"):
            shop.asked("select id, name into outfile '/tmp/eve' from customers").rows()
        assert len(shop.run("select * from customers")) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "attach database 'other.db' as other",
        "pragma query_only = off",
        "pragma writable_schema = on",
        "select * from pragma_database_list",
        "vacuum into 'eve.db'",
        "create temporary table eve (id integer)",
    ],
)
def test_sqlite_attaches_nothing_and_keeps_its_pragmas(
    request: pytest.FixtureRequest, tmp_path: Path, statement: str
) -> None:
    with shop_on("sqlite", request, tmp_path) as shop:
        with pytest.raises(SetUpError, match=r"refuses to write|does not understand"):
            shop.asked(statement).rows()
        assert sorted(path.name for path in shop.folder.iterdir()) == ["shop.db"]


def test_sqlite_opens_its_own_virtual_tables(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with shop_on("sqlite", request, tmp_path) as shop:
        shop.run(
            "create virtual table found using fts5(name)", "insert into found values ('Ada Byron')"
        )
        statement = (
            "select value as id, found.name from json_each('[1, 2]'), found "
            "where found match 'byron' order by 1"
        )
        assert shop.asked(statement).rows() == [(1, "Ada Byron"), (2, "Ada Byron")]
