"""What a database's errors would tell, and links to databases do not."""

import logging
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from links.sql_sources import Shop, shop_on
from lodge_platform.errors import LodgeError, SetUpError

ONE = "select 1 as id, 'Ada' as name"
SERVERS = ("postgresql", "mariadb")
PASSWORD = "kq7-secret-word"


@pytest.fixture(params=SERVERS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on(request.param, request, tmp_path) as made:
        yield made


@pytest.fixture
def postgresql_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Shop]:
    with shop_on("postgresql", request, tmp_path) as made:
        yield made


def test_a_wrong_password_is_a_fault_of_the_set_up_that_names_no_secret(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = make_url(shop.url).set(username="eve", password=PASSWORD)
    shop.secrets["shop_url"] = url.render_as_string(hide_password=False)
    if shop.engine == "postgresql":
        url = url.set(database="nowhere_at_all")  # the test server lets everybody in
        shop.secrets["shop_url"] = url.render_as_string(hide_password=False)
    asked = shop.asked(ONE)
    with pytest.raises(SetUpError, match="refuses the sign-in") as caught:
        asked.rows()
    assert _is_silent(caught.value, caplog.text + asked.source.place + repr(asked.source))


def test_the_password_may_be_a_secret_of_its_own_and_is_read_anew_after_a_refusal(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with shop_on("mariadb", request, tmp_path) as shop:
        url = make_url(shop.url)
        user = f"u_{url.database}"[:32]
        shop.run(
            f"create user {user} identified by '{PASSWORD}'",
            f"grant select on {url.database}.* to {user}",
        )
        try:
            bare = f"mariadb://{user}@{url.host}:{url.port or 3306}/{url.database}"
            link = {"url": bare, "url_secret": None, "password_secret": "shop_password"}
            asked = shop.asked(sql={**link, "select": ONE})
            with pytest.raises(SetUpError, match="secret 'shop_password' is missing"):
                asked.rows()
            shop.secrets["shop_password"] = "not this one"
            with pytest.raises(SetUpError, match="refuses the sign-in"):
                asked.rows()
            shop.secrets["shop_password"] = PASSWORD
            assert asked.rows() == [(1, "Ada")]
            forbidden = shop.asked(sql={**link, "select": "select user as name from mysql.user"})
            with pytest.raises(SetUpError, match="lets this account not do"):
                forbidden.rows()
        finally:
            shop.run(f"drop user {user}")


def test_no_error_tells_a_value(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    cast = "integer" if shop.engine == "postgresql" else "nothing"
    asked = shop.asked(
        f"select cast(:given as {cast}) as id, 1 as name",
        parameters="  - {name: given, term: Given.}",
    )
    with pytest.raises(LodgeError) as caught:
        asked.rows(given=PASSWORD)
    assert _is_silent(caught.value, caplog.text)


def test_a_value_in_a_broken_row_is_not_told(postgresql_shop: Shop) -> None:
    postgresql_shop.run("create table held (name text)", f"insert into held values ('{PASSWORD}')")  # noqa: S608
    with pytest.raises(LodgeError) as caught:
        postgresql_shop.asked("select cast(name as integer) as id, name from held").rows()
    assert _is_silent(caught.value, "")


def _is_silent(error: BaseException, more: str) -> bool:
    """Nothing of the chain that anybody prints holds the secret."""
    said = [more]
    found: BaseException | None = error
    while found is not None:
        said.append(f"{found} {found!r}")
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return PASSWORD not in " ".join(said)
