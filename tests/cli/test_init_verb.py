"""`lodge init`: a home for its owner alone, made as often as one likes."""

import json
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from cli.conftest import Call
from fixtures.postgresql import NewDatabase
from lodge_platform.identity.passwords import is_password
from lodge_platform.lodge import open_lodge
from lodge_platform.schema.master import (
    ConfigurationVersion,
    Department,
    MediaRoutingDomain,
    Queue,
    Role,
    ServiceInstance,
    User,
)
from lodge_platform.services.registry import service_processes
from lodge_platform.settings import load


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is not made yet, its stores once on each engine."""
    if request.param == "postgresql":
        new_database: NewDatabase = request.getfixturevalue("new_postgres_database")
        monkeypatch.setenv("LODGE_MASTER_URL", new_database())
        monkeypatch.setenv("LODGE_ACTIVE_URL", new_database())
    return home


def counted(home: Path) -> dict[str, int]:
    tables = (ConfigurationVersion, Department, MediaRoutingDomain, Queue, Role, User)
    lodge = open_lodge(load(home))
    with lodge.stores.master.read() as connection:
        counts = {
            table.__tablename__: len(connection.execute(select(table.__table__)).all())
            for table in (*tables, ServiceInstance)
        }
    lodge.close()
    return counts


def hash_of(home: Path, name: str) -> str | None:
    lodge = open_lodge(load(home))
    with lodge.stores.master.read() as connection:
        found = connection.execute(
            select(User.password_hash).where(User.sign_in_name == name)
        ).scalar_one()
    lodge.close()
    return found


def test_a_new_home_has_all_it_needs_and_a_second_init_adds_nothing(
    both: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("init", "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert is_password(first["sign_in"]["password"], hash_of(both, "admin"))
    before = counted(both)
    assert before["users"] == before["departments"] == before["queues"] == 1
    assert before["roles"] >= 4
    assert before["service_instances"] == len(service_processes())
    assert call("init", "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["made"], again["sign_in"]) == ([], None)
    assert counted(both) == before
    assert call("verify") == 0


def test_s34_the_home_is_for_its_owner_alone_whatever_the_umask(call: Call, home: Path) -> None:
    umask = os.umask(0)
    try:
        assert call("init") == 0
        assert call("status") == 0
    finally:
        os.umask(umask)
    made = [home, *home.rglob("*")]
    assert len(made) > 4
    for path in made:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_s34_a_home_that_others_can_read_is_closed(call: Call, home: Path) -> None:
    home.mkdir(mode=0o755)
    assert call("init") == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_the_first_password_comes_from_a_file(
    call: Call, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "password"
    file.write_text("a good long one\n")
    arguments = ("init", "--administrator", "Grace", "--password-file", str(file))
    assert call(*arguments) == 0
    assert "a good long one" not in "".join(capsys.readouterr())
    assert is_password("a good long one", hash_of(home, "grace"))


@pytest.mark.parametrize(("content", "says"), [("", "is empty"), ("short", "8 to 256")])
def test_a_poor_password_is_refused(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, says: str
) -> None:
    file = tmp_path / "password"
    file.write_text(content)
    assert call("init", "--password-file", str(file)) == 1
    assert says in capsys.readouterr().err


def test_s25_a_database_that_is_not_there_is_named_without_its_password(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    postgres_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = postgres_url.replace("postgres@", "postgres:swordfish@").rpartition("/")[0]
    monkeypatch.setenv("LODGE_MASTER_URL", f"{url}/lodge_of_nobody")
    assert call("init") == 3
    said = "".join(capsys.readouterr())
    assert 'database "lodge_of_nobody" does not exist' in said
    assert "createdb" in said
    assert "swordfish" not in said


def test_a_server_that_is_away_is_named(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LODGE_ACTIVE_URL", "postgresql://lodge:swordfish@127.0.0.1:1/lodge")
    assert call("init") == 3
    said = "".join(capsys.readouterr())
    assert "setting active_url" in said
    assert "swordfish" not in said
