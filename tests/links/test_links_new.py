"""`lodge link new`: a file that works at once, started from a live source, and no secret in it."""

import sqlite3
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import make_url

from links.sql_sources import shop_on
from links.verbs_house import VerbsHouse, fields, made, make_house
from lodge_platform.settings import Settings


@pytest.fixture
def house(
    sqlite_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> VerbsHouse:
    """A house with a shop, on SQLite: links are files."""
    return make_house(sqlite_settings, monkeypatch, capsys)


def test_a_table_becomes_a_link_that_looks_one_key_up(house: VerbsHouse) -> None:
    url = f"sqlite:///{house.shop}"
    assert house.call("new", "customer_lookup", "--sql", url, "--table", "customers") == 0
    assert house.said.strip() == str(house.links / "customer_lookup.yaml")
    link = made(house, "customer_lookup")
    assert fields(link) == {
        "id": "integer",
        "email": "text personal",
        "name": "text personal",
        "tier": "text",
    }
    [parameter] = link.parameters
    assert (parameter.name, parameter.type, parameter.required) == ("id", "integer", True)
    assert link.answer.fields[0].required
    assert (link.answer.root, link.answer.row) == ("customers", "customer")
    assert all(field.term.startswith("DRAFT") for field in link.answer.fields)
    assert house.call("ask", "customer_lookup", "id=2") == 0
    assert etree.fromstring(house.said.encode()).findtext("customer/tier") == "silver"


def test_a_statement_is_kept_and_its_values_become_parameters(house: VerbsHouse) -> None:
    select = "select name, id * 1.5 as score from customers where tier = :tier and id > :least"
    url = f"sqlite:///{house.shop}"
    words = ("tier=gold", "least=0")
    assert house.call("new", "by_tier", *words, "--sql", url, "--select", select) == 0
    link = made(house, "by_tier")
    assert link.access.sql is not None
    assert link.access.sql.select == select
    assert [(one.name, one.type) for one in link.parameters] == [
        ("tier", "text"),
        ("least", "integer"),
    ]
    assert fields(link) == {"name": "text personal", "score": "decimal"}


def test_columns_with_odd_names_get_names_and_are_quoted(house: VerbsHouse) -> None:
    shop = sqlite3.connect(house.shop)
    shop.executescript("""
        create table "odd" ("order" integer, "E-Mail Adresse" text, "1st" text, "source" blob);
        insert into "odd" values (1, 'x', 'y', null), (2, 'x', 'y', null);
    """)
    shop.close()
    assert house.call("new", "odd", "--sql", f"sqlite:///{house.shop}", "--table", "odd") == 0
    link = made(house, "odd")
    assert {field.name: field.source for field in link.answer.fields} == {
        "order": None,
        "E-Mail_Adresse": "E-Mail Adresse",
        "field_1st": "1st",
        "source_there": "source",
    }


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_database_server_is_looked_at_in_its_own_words(
    house: VerbsHouse,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    engine: str,
) -> None:
    quoted = "`order`" if engine == "mariadb" else '"order"'
    with shop_on(engine, request, tmp_path / "shop") as shop:
        shop.run(
            f"create table orders ({quoted} integer primary key, total decimal(9, 2), "
            "placed_at timestamp, due date, note varchar(100))",
            "insert into orders values (7, 12.50, '2026-01-05 09:00', '2026-02-01', 'ü')",
        )
        url = make_url(shop.url)
        monkeypatch.setenv("LODGE_SECRET_SHOP_URL", shop.url)
        port = url.port or {"mariadb": 3306}.get(engine, 5432)
        allowed = ("--allow", f"{url.host or '127.0.0.1'}:{port}", "--allow", f"localhost:{port}")
        words = ("--url-secret", "shop_url", "--table", "orders")
        assert house.call("new", "orders", *words, *allowed) == 0, house.told
    link = made(house, "orders")
    assert fields(link) == {
        "order": "integer",
        "total": "decimal",
        "placed_at": "instant",
        "due": "date",
        "note": "text",
    }
    written = (house.links / "orders.yaml").read_text("utf-8")
    assert "url_secret: shop_url" in written
    assert str(url.database) not in written


@pytest.mark.parametrize(
    "words",
    [
        ("--sql", "postgresql://ada:hunter22@db.example.org/shop", "--table", "t"),
        ("--sql", "mariadb+pymysql://db.example.org/shop?password=hunter22", "--table", "t"),
        ("--url", "https://ada:hunter22@shop.example.org/orders"),
        ("--url", "https://hunter22@shop.example.org/orders"),
        ("--url", "https://shop.example.org/orders?api_key=hunter22"),
    ],
    ids=lambda words: words[1].split("hunter22")[0] if isinstance(words, tuple) else "",
)
def test_s25_a_secret_is_not_taken_and_not_repeated(
    house: VerbsHouse, words: tuple[str, ...]
) -> None:
    assert house.call("new", "leaky", *words) == 1
    assert "secret" in house.told
    assert "hunter22" not in house.said + house.told
    assert not house.links.exists() or not list(house.links.iterdir())


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("Bad-Name", "--mart", "t"), 1, "no name of a link"),
        (("x",), 2, "give one of --sql"),
        (("x", "--sql", "sqlite:///a", "--url", "http://b"), 2, "give one of --sql"),
        (("x", "--sql", "sqlite:///a"), 2, "--table or --select"),
        (("x", "--url", "http://10.0.0.7/"), 1, "10.0.0.7"),
        (("x", "--file", "/etc/passwd"), 1, "is not below"),
        (("x", "--file", "../master.db"), 1, "is not below"),
        (("x", "--sql", "sqlite:///a", "--table", "t; drop table t"), 1, "no name of a table"),
        (("x", "a=1", "--mart", "t"), 2, "goes with --select"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_no_link_can_be_made_of_is_refused(
    house: VerbsHouse, words: tuple[str, ...], code: int, said: str
) -> None:
    assert house.call("new", *words) == code
    assert said in house.told
    assert not list(house.links.glob("*")) if house.links.exists() else True


def test_a_file_that_is_there_is_not_written_over(house: VerbsHouse) -> None:
    path = house.customer()
    before = path.read_bytes()
    url = f"sqlite:///{house.shop}"
    assert house.call("new", "customer", "--sql", url, "--table", "customers") == 1
    assert "is there already" in house.told
    assert path.read_bytes() == before


def test_a_mart_is_looked_up_by_its_key(
    two_departments: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LODGE_HOME", str(two_departments.home))
    monkeypatch.setenv("LODGE_LINKS_FOLDER", str(tmp_path / "links"))
    house = VerbsHouse(tmp_path, capsys)
    assert house.call("new", "work", "--mart", "activities") == 0, house.told
    link = made(house, "work")
    assert link.access.mart is not None
    assert dict(link.access.mart.where) == {"activity_id": "activity_id"}
    assert fields(link)["created_at"] == "instant"
