"""Servers that do not behave, and databases that Lodge knows nothing of."""

import socket
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from links.sql_sources import Shop, shop_on
from lodge_adapters.access.source import SlowSourceError
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError

ONE = "select 1 as id, 'Ada' as name"
SERVERS = ("postgresql", "mariadb")


@pytest.fixture
def sqlite_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on("sqlite", request, tmp_path) as made:
        yield made


@pytest.fixture
def postgresql_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on("postgresql", request, tmp_path) as made:
        yield made


@pytest.mark.parametrize("engine", SERVERS)
def test_a_server_that_never_greets_holds_nobody_up(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    with (
        shop_on("sqlite", request, tmp_path) as shop,
        socket.create_server(("127.0.0.1", 0)) as mute,
    ):
        shop.secrets["shop_url"] = f"{engine}://eve@127.0.0.1:{mute.getsockname()[1]}/shop"
        with pytest.raises((SlowSourceError, TryAgainError)):
            shop.asked(ONE).rows(seconds=0.5)


@pytest.mark.parametrize("engine", SERVERS)
def test_a_server_that_speaks_something_else_is_away(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    with (
        shop_on("sqlite", request, tmp_path) as shop,
        socket.create_server(("127.0.0.1", 0)) as odd,
    ):

        def answer() -> None:
            taken, _ = odd.accept()
            with taken:
                taken.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n<html>no</html>" * 20)

        thread = threading.Thread(target=answer)
        thread.start()
        shop.secrets["shop_url"] = f"{engine}://eve@127.0.0.1:{odd.getsockname()[1]}/shop"
        with pytest.raises(TryAgainError):
            shop.asked(ONE).rows(seconds=5)
        thread.join()


class ElsewhereDialect(PGDialect_psycopg):
    """A database that Lodge knows nothing of, spoken to by its own driver."""

    name = "elsewhere"
    supports_statement_cache = True


def test_any_other_database_is_read_with_an_account_that_cannot_write(
    postgresql_shop: Shop,
) -> None:
    shop = postgresql_shop
    impls: dict[str, Any] = registry.impls
    impls["elsewhere"] = lambda: ElsewhereDialect
    shop.customers()
    shop.secrets["shop_url"] = shop.url.replace("postgresql+psycopg", "elsewhere")
    select = "select id, name from customers order by id"
    with pytest.raises(SetUpError, match="read_only_account: true"):
        shop.asked(select).rows()
    by_account = {"select": select, "read_only_account": True}
    assert shop.asked(sql=by_account).rows() == [(1, "Ada"), (2, "Bob"), (3, "Zoë")]
    with pytest.raises(RefusedError, match="leads inside"):
        shop.asked(sql=by_account, allowed="").rows()


def test_a_database_without_a_driver_is_a_fault_of_the_set_up(sqlite_shop: Shop) -> None:
    for url in ("oracle://eve@db.example:1521/shop", "nothing://eve@db.example:1/shop"):
        sqlite_shop.secrets["shop_url"] = url
        with pytest.raises(SetUpError, match="no driver for"):
            sqlite_shop.asked(sql={"select": ONE, "read_only_account": True}).rows()
