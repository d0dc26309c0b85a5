"""Rollback and prune: rows as they were, rows made since, and what never comes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from lodge_platform.configuring.exporting import configuration_of_rows
from lodge_platform.configuring.history import changes_made, versions_of
from lodge_platform.configuring.registry import configuration_kinds
from lodge_platform.configuring.undoing import past_of, plan_rollback, rollback
from lodge_platform.errors import ConflictError, RefusedError, StaleError
from lodge_platform.identity import sign_in

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SINCE = """
departments: [{name: Afterwards}]
skill_groups: [{name: New group, department: Customer care, members: [grace]}]
queues:
  - {name: Orders, department: Customer care, media_routing_domain: E-mail, skill_group: New group,
     service_level_seconds: 60, priority: 7, is_active: true}
users:
  - {sign_in_name: grace, display_name: Grace M., department: Sales, roles: [],
     skill_groups: [New group], password: picoseconds, reset: true}
workflows:
  - document: |
      name: triage
      kind: inbound
      department: Customer care
      otherwise: Refunds
categories:
  - {name: Delivery, department: Customer care, parent: Post}
  - {name: Post, department: Customer care}
custom_attributes:
  - {object_type: customer, name: tier, label: Level, attribute_type: text, choices: []}
"""


def test_a_rollback_brings_every_row_back_as_new_versions(housed: Any) -> None:
    said, version = housed.said(), housed.version()
    housed.apply(SINCE)
    assert housed.said() != said
    applied = rollback(housed.lodge, version, by="test", now=NOW)
    assert (
        housed.said()
        == said
        | {"departments": [{"name": "Afterwards", "is_active": False}, *said["departments"]]}
        or housed.said() == said
    )
    assert applied.version > applied.from_version > version


def test_a_rollback_keeps_passwords_as_they_are_now(housed: Any) -> None:
    version = housed.version()
    housed.apply(SINCE)
    rollback(housed.lodge, version, by="test", now=NOW)
    assert sign_in(housed.lodge, "grace", "picoseconds", "127.0.0.1", NOW)


def test_a_dry_run_says_what_a_rollback_would_do_and_keeps_nothing(housed: Any) -> None:
    version = housed.version()
    housed.apply(SINCE)
    before = housed.version()
    planned = plan_rollback(housed.lodge, version, now=NOW)
    assert housed.version() == before
    told = {(one.action, one.kind, one.name) for one in planned.changes}
    assert ("changed", "queue", "Orders") in told
    assert ("removed", "skill group", "New group") in told
    assert ("made", "role of user", "grace: agent in Customer care") in told
    done = rollback(housed.lodge, version, by="test", now=NOW)
    assert done.changes == planned.changes


def test_a_rollback_to_the_present_changes_nothing(housed: Any) -> None:
    version = housed.version()
    assert rollback(housed.lodge, version, by="test", now=NOW).changes == []
    assert housed.version() == version


def test_a_row_that_was_deleted_comes_back_under_its_key(housed: Any) -> None:
    keys = _keys(housed, "resolution_codes", "resolution_code_id")
    version, said = housed.version(), housed.said()
    housed.apply("resolution_codes: []", is_pruning=True)
    assert _keys(housed, "resolution_codes", "resolution_code_id") == {}
    rollback(housed.lodge, version, by="test", now=NOW)
    assert _keys(housed, "resolution_codes", "resolution_code_id") == keys
    assert housed.said() == said
    # and it lives on like any other row
    housed.apply("resolution_codes: [{name: Refunded, department: Sales}]")
    assert housed.entry("resolution_codes", "Refunded")["department"] == "Sales"


def test_names_that_were_exchanged_come_back(housed: Any) -> None:
    version, said = housed.version(), housed.said()
    with housed.lodge.stores.master.read() as master:
        rows = master.execute(text("select name, category_id from categories"))
        names = {row.name: row.category_id for row in rows}
    _rename(housed, {names["Late"]: "Zwischen"})
    _rename(housed, {names["Delivery"]: "Late"})
    _rename(housed, {names["Late"]: "Delivery"})
    assert housed.said() != said
    rollback(housed.lodge, version, by="test", now=NOW)
    assert housed.said() == said


@pytest.mark.parametrize("version", [0, -1, 10**12])
def test_a_version_that_never_was_is_refused(housed: Any, version: int) -> None:
    with pytest.raises(RefusedError, match=f"no configuration version {version}; allowed: 1 to"):
        rollback(housed.lodge, version, by="test", now=NOW)


def test_a_rollback_that_was_planned_on_another_version_is_refused(housed: Any) -> None:
    version = housed.version()
    housed.apply(SINCE)
    with pytest.raises(StaleError, match="plan again"):
        rollback(housed.lodge, version, by="test", now=NOW, expect=version)


def test_nobody_can_lock_the_house(housed: Any) -> None:
    before = housed.version()
    with pytest.raises(ConflictError, match="nobody active could manage users"):
        housed.apply("users: []", is_pruning=True)
    with pytest.raises(ConflictError, match="nobody active could manage users"):
        housed.apply("roles: [{name: administrator, actions: []}]")
    assert housed.version() == before


def test_prune_takes_away_only_of_kinds_that_are_named(housed: Any) -> None:
    changes = housed.apply(
        "categories: [{name: Delivery, department: Customer care}]", is_pruning=True
    ).changes
    assert {(one.action, one.kind, one.name) for one in changes} == {
        ("removed", "category", "Late"),
        ("removed", "category", "1e3"),
    }


def test_prune_switches_off_what_others_refer_to_and_keeps_what_cannot_be(housed: Any) -> None:
    changes = housed.apply(
        """
queues:
  - {name: Exceptions, department: Customer care, media_routing_domain: E-mail,
     is_exception: true, service_level_seconds: 86400}
media_routing_domains: []
workflows: []
""",
        is_pruning=True,
    ).changes
    told = {(one.action, one.kind, one.name) for one in changes}
    assert ("changed", "queue", "Web shop") in told  # an entry point leads there
    assert ("removed", "queue", "Refunds") in told
    assert ("kept", "media routing domain", "E-mail") in told
    assert ("removed", "workflow", "triage") in told
    assert housed.entry("queues", "Web shop")["is_active"] is False


def test_history_tells_changes_and_rows_newest_first(housed: Any) -> None:
    kinds = configuration_kinds()
    first = housed.version()
    housed.apply(SINCE, now=NOW + timedelta(minutes=1))
    with housed.lodge.stores.master.read() as master:
        newest, oldest = changes_made(master, kinds, most=2)
        lines = versions_of(master, kinds, "queues", most=1)
        past = configuration_of_rows(past_of(master, kinds, first))
    assert (newest.version, oldest.version) == (housed.version(), first)
    assert "queue" in newest.kinds
    assert (lines[0].name, lines[0].old_values["priority"]) == ("Orders", 2)
    assert past["users"][1]["display_name"] == "Grace Hopper"
    with (
        housed.lodge.stores.master.read() as master,
        pytest.raises(RefusedError, match="did you mean 'queues'"),
    ):
        versions_of(master, kinds, "queue", most=1)


def _keys(home: Any, table: str, column: str) -> dict[str, int]:
    with home.lodge.stores.master.read() as master:
        rows = master.execute(text(f"select name, {column} from {table}"))  # noqa: S608
        return {row[0]: row[1] for row in rows}


def _rename(home: Any, names: dict[int, str]) -> None:
    from lodge_platform.configuration import change_configuration
    from lodge_platform.schema.master import Category

    with change_configuration(home.lodge.stores.master, by="test", now=NOW) as session:
        for key, name in names.items():
            row = session.get(Category, key)
            assert row is not None
            row.name = name
