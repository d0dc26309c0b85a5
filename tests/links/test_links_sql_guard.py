"""What a link to a database cannot reach (S-13)."""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from links.sql_sources import Shop, shop_on
from lodge_platform.errors import LodgeError, RefusedError, SetUpError, TryAgainError
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.settings import Settings

ONE = "select 1 as id, 'Ada' as name"
SERVERS = ("postgresql", "mariadb")


@pytest.fixture(params=SERVERS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on(request.param, request, tmp_path) as made:
        yield made


@pytest.fixture
def sqlite_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on("sqlite", request, tmp_path) as made:
        yield made


@pytest.fixture
def postgresql_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on("postgresql", request, tmp_path) as made:
        yield made


def test_s_13_a_database_inside_is_refused_unless_it_is_allowed(shop: Shop) -> None:
    asked = shop.asked(ONE, allowed="")
    with pytest.raises(RefusedError, match="leads inside"):
        asked.rows()
    port = make_url(shop.url).port or 3306
    assert shop.asked(ONE, allowed=f"127.0.0.1:{port}").rows() == [(1, "Ada")]
    with pytest.raises(RefusedError, match="leads inside"):
        shop.asked(ONE, allowed=f"127.0.0.1:{port + 1}").rows()


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "localhost"]
)
def test_s_13_no_other_way_of_writing_an_address_is_let_through(shop: Shop, host: str) -> None:
    shop.secrets["shop_url"] = f"{shop.engine}://eve@{host}:5432/shop"
    with pytest.raises((RefusedError, TryAgainError)):
        shop.asked(ONE, allowed="").rows()


def test_s_13_the_connection_goes_to_the_address_that_was_checked(shop: Shop) -> None:
    """The name has no address anywhere else, and another one each time it is asked."""
    url = make_url(shop.url).set(host="shop.example.invalid")
    shop.secrets["shop_url"] = url.render_as_string(hide_password=False)
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked = shop.asked(ONE, resolve=lambda _host, _port, _seconds: next(answers))
    assert asked.rows() == [(1, "Ada")]
    assert asked.rows() == [(1, "Ada")]  # the kept connection; nobody is asked again
    asked.source.close()
    with pytest.raises(RefusedError, match="leads inside"):
        asked.rows()


def test_s_13_a_name_with_one_address_inside_is_refused(shop: Shop) -> None:
    shop.secrets["shop_url"] = f"{shop.engine}://eve@shop.example.org/shop?" + (
        "sslmode=require" if shop.engine == "postgresql" else "ssl_ca=none"
    )
    asked = shop.asked(ONE, allowed="", resolve=lambda *_: ["192.88.98.1", "10.0.0.7"])
    with pytest.raises(RefusedError, match="leads inside"):
        asked.rows()


def test_a_database_outside_is_spoken_to_in_secret_or_not_at_all(shop: Shop) -> None:
    shop.secrets["shop_url"] = f"{shop.engine}://eve@shop.example.org/shop"
    asked = shop.asked(ONE, allowed="", resolve=lambda *_: ["93.184.215.14"])
    with pytest.raises(RefusedError, match="encrypted"):
        asked.rows(seconds=2)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://eve@/shop?host=127.0.0.1",
        "postgresql://eve@/shop?host=a.example&host=b.example",
        "postgresql://eve@db.example/shop?hostaddr=127.0.0.1",
        "postgresql://eve@db.example/shop?service=other",
        "postgresql://eve@db.example/shop?options=-csearch_path%3Dx",
        "postgresql://eve@a.example,b.example/shop",
        "postgresql://eve@/shop",
        "mariadb://eve@db.example/shop?read_default_file=/etc/mysql/my.cnf",
        "mariadb://eve@db.example/shop?local_infile=1",
        "mariadb://eve@db.example/shop?init_command=drop",
        "mariadb://eve@db.example",
        "sqlite:///file:shop.db?mode=rwc",
        "sqlite:///shop.db?mode=rwc&uri=true",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite+pysqlcipher:///shop.db",
        "oracle://eve@db.example:1521/shop",
        "elsewhere://eve@db.example:1/shop?odbc_connect=x",
        "not a url",
    ],
)
def test_a_url_that_says_too_much_or_too_little_is_a_fault_of_the_link(
    sqlite_shop: Shop, url: str
) -> None:
    sqlite_shop.secrets["shop_url"] = url
    with pytest.raises(SetUpError):
        sqlite_shop.asked(ONE).rows()


def test_a_socket_of_this_machine_needs_localhost_in_the_list(postgresql_shop: Shop) -> None:
    url = make_url(postgresql_shop.url)
    [[folders]] = postgresql_shop.run("show unix_socket_directories")
    folder = str(folders).split(",")[0].strip()
    by_socket = (
        f"postgresql://{url.username}@:{url.port}/{url.database}?host={folder or '/nowhere'}"
    )
    postgresql_shop.secrets["shop_url"] = by_socket
    with pytest.raises(RefusedError, match=rf"localhost:{url.port}"):
        postgresql_shop.asked(ONE, allowed="127.0.0.0/8").rows()
    if folder:
        assert postgresql_shop.asked(ONE, allowed="localhost").rows() == [(1, "Ada")]


def test_the_houses_own_stores_are_no_source(
    settings: Settings, postgresql_shop: Shop, tmp_path: Path
) -> None:
    """On SQLite by the file, whatever it is called; on PostgreSQL by address and name."""
    own = open_lodge(settings)
    postgresql_shop.lodge = Lodge(settings, own.stores, own.files)
    postgresql_shop.folder = tmp_path
    urls = [settings.master_url, settings.active_url]
    if settings.active_url.startswith("sqlite"):
        (tmp_path / "other.db").hardlink_to(settings.active_url.removeprefix("sqlite:///"))
        (tmp_path / "third.db").symlink_to(settings.active_url.removeprefix("sqlite:///"))
        urls += ["sqlite:///other.db", "sqlite:///third.db", "sqlite:///master.db"]
    for url in urls:
        postgresql_shop.secrets["shop_url"] = url
        with pytest.raises(SetUpError, match="is a store of this house, and no source"):
            postgresql_shop.asked(ONE, allowed="127.0.0.0/8 localhost").rows()
    own.close()


def test_sqlite_files_lie_beside_the_link_or_in_link_files(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    files = shop.lodge.settings.home / "link-files"
    files.mkdir()
    outside = shop.lodge.settings.home.parent / "outside.db"
    for path in (files / "more.db", outside):
        with closing(sqlite3.connect(path)) as made:
            made.execute("create table here (id integer)")
    (shop.folder / "within.db").symlink_to(files / "more.db")
    (shop.folder / "leading_out.db").symlink_to(outside)
    (files / "folder").symlink_to(outside.parent)
    for good in ("shop.db", "more.db", "within.db", str(files / "more.db"), "../links/shop.db"):
        shop.secrets["shop_url"] = f"sqlite:///{good}"
        assert shop.asked(ONE).rows() == [(1, "Ada")]
    for bad in ("../../outside.db", str(outside), "leading_out.db", "folder/outside.db", "x.db"):
        shop.secrets["shop_url"] = f"sqlite:///{bad}"
        with pytest.raises(SetUpError, match=r"lies elsewhere|is not there"):
            shop.asked(ONE).rows()
    assert not (shop.folder / "x.db").exists()


def test_a_file_that_is_no_database_is_said_to_be_none(sqlite_shop: Shop) -> None:
    (sqlite_shop.folder / "text.db").write_text("PASSWORD=1\n" * 500)
    sqlite_shop.secrets["shop_url"] = "sqlite:///text.db"
    with pytest.raises(LodgeError, match="SQLITE_NOTADB"):
        sqlite_shop.asked("select * from customers").rows()
