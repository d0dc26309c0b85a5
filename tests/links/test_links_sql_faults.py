"""What is said when a database does not answer as its link expects."""

from collections.abc import Generator
from pathlib import Path

import pytest

from links.sql_sources import ENGINES, Shop, shop_on
from lodge_adapters.access.source import BrokenSourceError
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError

BY_ID = "  - {name: id, type: integer, term: Number.}"


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on(request.param, request, tmp_path) as made:
        made.customers()
        yield made


def test_a_column_that_is_gone_is_named(shop: Shop) -> None:
    asked = shop.asked("select id, colour from customers")
    with pytest.raises(BrokenSourceError, match="no 'colour'"):
        asked.rows()


def test_a_table_that_is_gone_is_named(shop: Shop) -> None:
    asked = shop.asked("select id, name from orders")
    with pytest.raises(BrokenSourceError, match="no 'orders'"):
        asked.rows()


def test_a_statement_that_is_none_is_a_fault_of_the_link(shop: Shop) -> None:
    with pytest.raises(SetUpError, match="does not understand the link's statement"):
        shop.asked("selekt 1").rows()


def test_text_that_is_no_unicode_is_refused_by_name(shop: Shop) -> None:
    asked = shop.asked("select 1 as id, :name as name", parameters="  - {name: name, term: N.}")
    with pytest.raises(RefusedError, match="'name'"):
        asked.rows(name="\udc80")


def test_an_integer_beyond_64_bits_is_refused_or_compared(shop: Shop) -> None:
    asked = shop.asked("select id, name from customers where id = :id", parameters=BY_ID)
    if shop.engine == "postgresql":
        assert asked.rows(id=2**70) == []
    else:
        with pytest.raises(RefusedError, match="'id'"):
            asked.rows(id=2**70)


def test_a_server_that_was_restarted_is_asked_again_by_a_new_connection(shop: Shop) -> None:
    asked = shop.asked("select id, name from customers where id = 1")
    assert asked.rows() == [(1, "Ada")]
    if shop.engine == "postgresql":
        shop.run(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'lodge' and datname = current_database()"
        )
    elif shop.engine == "mariadb":
        for (number,) in shop.run(
            "select id from information_schema.processlist where db = database() "
            "and id <> connection_id()"
        ):
            shop.run(f"kill {number}")
    assert asked.rows() == [(1, "Ada")]


def test_a_server_that_is_away_is_named_and_no_more(shop: Shop) -> None:
    if shop.engine == "sqlite":
        (shop.folder / "shop.db").unlink()
        with pytest.raises(SetUpError, match=r"'shop\.db' is not there"):
            shop.asked("select id, name from customers").rows()
        return
    driver = "postgresql" if shop.engine == "postgresql" else "mariadb"
    shop.secrets["shop_url"] = f"{driver}://eve:kq7secret@127.0.0.1:9/shop"
    asked = shop.asked("select id, name from customers")
    with pytest.raises(TryAgainError, match=r"127\.0\.0\.1:9/shop cannot be reached") as caught:
        asked.rows(seconds=5)
    assert "kq7secret" not in f"{caught.value!r}{caught.value.__cause__!r}"
    assert asked.source.place == "127.0.0.1:9/shop"
