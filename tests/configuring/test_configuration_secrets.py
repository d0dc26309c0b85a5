"""S-25: what is planted as a secret is in no plan, export, history, error, answer or log."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from lodge_core.configuring.showing import plain_change
from lodge_platform.cli.output import json_of
from lodge_platform.configuration import change_configuration
from lodge_platform.configuring.history import changes_made, versions_of
from lodge_platform.configuring.registry import configuration_kinds
from lodge_platform.configuring.undoing import plan_rollback, rollback
from lodge_platform.errors import ConflictError, LodgeError
from lodge_platform.schema.master import User, Webhook

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
PLANTED = "pl4nted-hunter2"


def test_s25_planted_secrets_never_leave(
    home: Any, house: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    (home.lodge.settings.home / "secrets").mkdir(mode=0o700, exist_ok=True)
    (home.lodge.settings.home / "secrets/grace").write_text(f"{PLANTED}-by-name")
    document = house.replace("password: nanoseconds", f"password: {PLANTED}").replace(
        "is_active: false}\naliases", "is_active: false, password_secret: grace}\naliases"
    )
    told: list[Any] = [home.plan(document)]
    applied = home.apply(document)
    told += [[plain_change(change) for change in applied.changes], home.document(), home.files()]
    with change_configuration(home.lodge.stores.master, by="test", now=NOW) as session:
        hashes = [user.password_hash for user in session.query(User) if user.password_hash]
        sealed = [hook.sealed_secret for hook in session.query(Webhook)]
    reset = document.replace("password:", "reset: true\n    password:").replace(
        PLANTED, f"{PLANTED}-other"
    )
    told += [home.plan(reset), home.apply(reset).changes]
    told.append(plan_rollback(home.lodge, applied.version, now=NOW))
    told.append(rollback(home.lodge, applied.version, by="test", now=NOW).changes)
    kinds = configuration_kinds()
    with home.lodge.stores.master.read() as master:
        told.append(changes_made(master, kinds, most=1000))
        told += [versions_of(master, kinds, kind.plural, most=1000) for kind in kinds]
    said = json_of(told) + repr(told) + caplog.text + "".join(capsys.readouterr())
    assert len(hashes) >= 2
    assert sealed
    for secret in (PLANTED, *hashes, *sealed):
        assert secret not in said


@pytest.mark.parametrize(
    "document",
    [
        f"users: {PLANTED}",
        f"users: [{PLANTED}]",
        f"users: [{{sign_in_name: a, password: [{PLANTED}]}}]",
        f"users: [{{sign_in_name: a, display_name: A, department: Sales, password: {PLANTED},"
        f" password_secret: {PLANTED}}}]",
        f"users: [{{sign_in_name: a, display_name: A, department: None, password: {PLANTED}}}]",
        f"users:\n  - sign_in_name: a\n    password: {PLANTED}\n   bad: [",
        f"users: [{{sign_in_name: a, display_name: A, department: Sales, password: {PLANTED},"
        " reset: maybe}]",
        f'users: [{{sign_in_name: a, password: "{PLANTED}\\0"}}]',
        f"webhooks: [{{name: w, department: Sales, user: root,"
        f" url: 'https://x:{PLANTED}@a.example'}}]",
        f"identity_providers: [{{name: p, display_name: P, issuer: 'https://u:{PLANTED}@id.example',"
        " client_id: x, client_secret_name: y}]",
    ],
)
def test_s25_a_refusal_never_repeats_a_secret(housed: Any, document: str) -> None:
    with pytest.raises(LodgeError) as refused:
        housed.apply(document)
    assert PLANTED not in str(refused.value)


def test_s25_what_a_store_refuses_is_told_without_the_row(housed: Any) -> None:
    def make_twice() -> None:
        with change_configuration(housed.lodge.stores.master, by="test", now=NOW) as session:
            twice = User(sign_in_name="grace", display_name="G", department_id=1)
            twice.password_hash = f"$argon2id${PLANTED}"
            session.add(twice)

    with pytest.raises(ConflictError) as refused:
        make_twice()
    assert PLANTED not in str(refused.value)
    assert PLANTED not in str(refused.value.__cause__).split("DETAIL")[0]
