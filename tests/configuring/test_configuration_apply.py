"""A configuration file applied to master: what it makes, changes, leaves alone and refuses."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from lodge_platform.cli.first_rows import seed
from lodge_platform.configuration import version_in_force
from lodge_platform.configuring.applying import apply, plan
from lodge_platform.configuring.comparing import Change
from lodge_platform.configuring.reading import read_configuration
from lodge_platform.errors import RefusedError
from lodge_platform.identity import rights_of, sign_in
from lodge_platform.identity.actions import Action
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.settings import Settings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
WHOLE = """\
departments:
  - name: Customer care
media_routing_domains:
  - {name: E-mail, media: email, task_limit: 2, offer_seconds: 45, misses_allowed: 3}
skill_groups:
  - {name: Orders, department: Customer care}
  - {name: Refunds, department: Customer care}
users:
  - sign_in_name: Grace
    display_name: Grace Hopper
    department: Customer care
    roles: [agent]
    skill_groups: [Orders, Refunds]
    password: nanoseconds
queues:
  - name: Orders
    department: Customer care
    media_routing_domain: E-mail
    skill_group: Orders
    service_level_seconds: 1800
  - name: Exceptions
    department: Customer care
    media_routing_domain: E-mail
    is_exception: true
    service_level_seconds: 86400
aliases:
  - address: Support@lodge.test
    department: Customer care
    source_kind: imap
    source_host: 127.0.0.1
    source_port: 11143
    source_encryption: none
    source_secret_name: support_imap
    folders: [INBOX, Sales]
workflows:
  - document: |
      name: triage
      kind: inbound
      department: Customer care
      otherwise: Orders
"""


@pytest.fixture
def lodge(settings: Settings) -> Generator[Lodge]:
    """A seeded home, on each engine."""
    opened = open_lodge(settings)
    seed(opened, department="Customer care", now=NOW)
    yield opened
    opened.close()


def test_a_file_makes_all_that_it_names(lodge: Lodge) -> None:
    changes = _apply(lodge, WHOLE)
    assert {change.kind for change in changes if change.action == "made"} == {
        "skill group",
        "user",
        "role of user",
        "skill group of user",
        "queue",
        "alias",
        "workflow",
    }
    [domain] = [change for change in changes if change.kind == "media routing domain"]
    assert "task_limit: 3 → 2" in domain.told()
    assert _rows(lodge, "select address, source_port, folders, smtp_port from aliases") == [
        ("support@lodge.test", 11143, ["INBOX", "Sales"], 587)
    ]
    user_id = _rows(lodge, "select user_id from users where sign_in_name = 'grace'")[0][0]
    assert Action.ACTIVITY_WORK in next(iter(rights_of(lodge, user_id).values()))
    assert sign_in(lodge, "grace", "nanoseconds", "127.0.0.1", NOW)


def test_applying_twice_leaves_no_new_version(lodge: Lodge) -> None:
    _apply(lodge, WHOLE)
    before = _version(lodge)
    assert _apply(lodge, WHOLE) == []
    assert _version(lodge) == before


def test_a_plan_says_what_apply_would_do_and_keeps_nothing(lodge: Lodge) -> None:
    before = _version(lodge)
    planned = plan(lodge, _read(WHOLE), now=NOW)
    assert _version(lodge) == before
    assert planned.version == before
    assert planned.changes == _apply(lodge, WHOLE)


def test_what_a_file_does_not_name_is_left_alone(lodge: Lodge) -> None:
    _apply(lodge, WHOLE)
    changes = _apply(
        lodge,
        """
users:
  - {sign_in_name: grace, display_name: Grace M. Hopper, department: Customer care}
""",
    )
    assert [(change.action, change.kind, change.name, change.told()) for change in changes] == [
        ("changed", "user", "grace", ["display_name: Grace Hopper → Grace M. Hopper"])
    ]
    assert len(_rows(lodge, "select 1 from skill_group_members")) == 2


def test_roles_and_skill_groups_that_are_named_are_all_the_user_has(lodge: Lodge) -> None:
    _apply(lodge, WHOLE)
    changes = _apply(
        lodge,
        WHOLE.replace("[Orders, Refunds]", "[Refunds]").replace("[agent]", "[supervisor]"),
    )
    assert {(change.action, change.name) for change in changes} == {
        ("removed", "grace: Orders"),
        ("removed", "grace: agent in Customer care"),
        ("made", "grace: supervisor in Customer care"),
    }


def test_a_password_is_set_anew_only_when_asked(lodge: Lodge) -> None:
    _apply(lodge, WHOLE)
    changed = WHOLE.replace("nanoseconds", "microseconds")
    assert _apply(lodge, changed) == []
    reset = changed.replace("password: micro", "reset: true\n    password: micro")
    assert [change.told() for change in _apply(lodge, reset)] == [["password: set anew"]]
    assert _apply(lodge, reset) == []
    assert sign_in(lodge, "grace", "microseconds", "127.0.0.1", NOW)


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        (
            "roles: [agent]",
            "roles: [agnet]",
            "line 12: users[0].roles[0]: there is no role 'agnet'",
        ),
        ("[Orders, Refunds]", "[Order]", "there is no skill group 'Order'; did you mean 'Orders'?"),
        ("skill_group: Orders", "skill_group: Odd", "line 19: queues[0].skill_group"),
        ("    skill_group: Orders\n", "", "queue 'Orders' names no skill group"),
        ("otherwise: Orders", "otherwise: Ordes", "no queue 'Ordes'"),
        ("name: Exceptions", "name: Oddities", "has the exception queue 'Exceptions' already"),
        ("nanoseconds", "short", "line 14: users[0].password: a password has 8"),
        ("    password: nanoseconds", "    reset: true", "give password or password_secret"),
    ],
)
def test_what_cannot_be_is_refused_whole_with_its_line(
    lodge: Lodge, written: str, instead: str, said: str
) -> None:
    before = _version(lodge)
    assert written in WHOLE
    with pytest.raises(RefusedError) as refused:
        _apply(lodge, WHOLE.replace(written, instead))
    assert said in str(refused.value)
    assert _version(lodge) == before


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("queus: []\n", "f.yaml line 1: unknown entry 'queus'; did you mean 'queues'?"),
        ("departments:\n  - nam: X\n", "line 2: departments[0]: unknown entry 'nam'"),
        ("departments:\n  - name: X\n  - name: x\n", "line 3: departments[1]: 'x' is named above"),
        ("queues:\n  - name: Q\n", "line 2: queues[0]: 'department' is missing"),
        ("queues: [\n", "line 2: not YAML"),
        (
            "aliases:\n  - {address: a@b.test, department: X, source_kind: pop}\n",
            "line 2: aliases[0].source_kind: 'pop' is not allowed; allowed: imap, maildir",
        ),
        ("aliases:\n  - {address: nobody, department: X, source_kind: imap}\n", "aliases[0].addr"),
        ("workflows:\n  - file: none.yaml\n", "line 2: workflows[0].file:"),
        (
            "workflows:\n  - document: |\n      name: x\n      kinde: y\n",
            "line 2: workflows[0]: document line 2: unknown entry 'kinde'; did you mean 'kind'?",
        ),
    ],
)
def test_bad_files_are_refused_with_line_key_and_what_is_allowed(document: str, said: str) -> None:
    with pytest.raises(RefusedError) as refused:
        _read(document)
    assert said in str(refused.value)


def _read(document: str) -> Any:
    return read_configuration(document, "f.yaml", folder=Path())


def _apply(lodge: Lodge, document: str) -> list[Change]:
    return apply(lodge, _read(document), by="test", now=NOW).changes


def _version(lodge: Lodge) -> int:
    with lodge.stores.master.read() as connection:
        return version_in_force(connection)


def _rows(lodge: Lodge, query: str) -> list[Any]:
    with lodge.stores.master.read() as connection:
        rows = [tuple(row) for row in connection.execute(text(query))]
    return [_plain(row) for row in rows]


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """SQLite gives JSON as text."""
    import json

    return tuple(
        json.loads(value) if isinstance(value, str) and value.startswith("[") else value
        for value in row
    )
