"""`lodge api key`: a key for a program, said once, for no more than its user may do."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from fixtures.workplace import NINE, Workplace
from lodge_platform.cli import main
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import Action, create_user, seed_roles, who_is_key
from lodge_platform.schema.master import ApiKey


@pytest.fixture
def people(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """Ada, administrator, and Grace, agent; `lodge` finds their home by the environment."""
    settings = workplace.lodge.settings
    monkeypatch.setenv("LODGE_HOME", str(settings.home))
    monkeypatch.setenv("LODGE_MASTER_URL", settings.master_url)
    monkeypatch.setenv("LODGE_ACTIVE_URL", settings.active_url)
    with change_configuration(workplace.lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
    for name, role in (("ada", "administrator"), ("grace", "agent")):
        create_user(
            workplace.lodge,
            name,
            display_name=name,
            department_id=workplace.department_id,
            password=None,
            roles=[role],
            by="test",
            now=NINE,
        )
    return workplace


def test_a_key_is_printed_once_and_works(
    people: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["api", "key", "reports", "--user", "Ada", "--action", "audit.read"]) == 0
    key = capsys.readouterr().out.strip()
    found = who_is_key(people.lodge, key, utc_now(), "")
    assert found is not None
    assert found.rights == {people.department_id: {Action.AUDIT_READ}}
    with people.lodge.stores.master.read() as connection:
        row = connection.execute(select(ApiKey.__table__)).one()
    assert key not in str(row)
    assert timedelta(days=89) < row.expires_at - utc_now() < timedelta(days=91)


def test_without_actions_it_is_for_all_that_the_user_may_do(
    people: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["api", "key", "all", "--user", "ada", "--json"]) == 0
    [said] = json.loads(capsys.readouterr().out)
    found = who_is_key(people.lodge, said["key"], utc_now(), "")
    assert found is not None
    assert found.may(Action.CONFIGURATION_WRITE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--user", "nobody"], "no active user 'nobody'"),
        (["x", "--user", "ada", "--action", "audit.raed"], "audit.read"),
        (["x", "--user", "ada", "--days", "3000"], "at the latest"),
        (["", "--user", "ada"], "1 to 100 characters"),
        (["x", "--user", "grace"], "grace lacks the right key.own; name a user with a role"),
    ],
)
def test_what_cannot_be_is_refused(
    people: Workplace, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert people
    assert main(["api", "key", *arguments]) == 1
    assert said in capsys.readouterr().err
