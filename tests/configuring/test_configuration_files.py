"""Files of configuration: what is refused, where it stands, and what is allowed instead."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lodge_platform.configuring.reading import read_configuration, read_configuration_file
from lodge_platform.errors import RefusedError

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CALENDAR = "calendars:\n  - {name: C, department: D, time_zone: Europe/Berlin, hours: %s}\n"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("queus: []", "f.yaml line 1: unknown entry 'queus'; did you mean 'queues'?"),
        ("queues:", "line 1: queues: nothing is written here; write [] for none"),
        ("queues: {}", "line 1: queues: entries where a list is wanted"),
        ("queues:\n  - name: Q\n    nam: R", "line 3: queues[0]: unknown entry 'nam'"),
        ("queues:\n  - name: Q", "line 2: queues[0]: 'department' is missing"),
        ("queues:\n  - {name: Q, name: R}", "line 2: queues[0]: 'name' is given twice"),
        ("roles:\n  - {name: R, actions: [odd]}", "roles[0].actions[0]: 'odd' is not allowed"),
        ("roles:\n  - {name: R, actions: [activity.reed]}", "did you mean 'activity.read'?"),
        ("departments:\n  - {name: 7}", "line 2: departments[0].name: Expected `str`, got `int`"),
        ("departments:\n  - {name: ''}", "departments[0].name: Expected `str` of length >= 1"),
        ('departments:\n  - {name: "a\\0b"}', "departments[0].name: the text holds the character"),
        ("departments:\n  - &a {name: A}\n  - *a", "line 2: anchors and references are not"),
        ("a: &a [x]\nb: &b [*a, *a]", "line 1: anchors and references are not allowed"),
        ("departments: !!python/name:os.system ''", "f.yaml line 1: departments: one value where"),
        ("departments:\n  - !!set {A}", "line 2: departments[0]: "),
        ("[" * 100, "line 1: nested more than 40 deep"),
        ("", "f.yaml is empty"),
        ("--- {}\n--- {}", "line 2: not YAML"),
        (
            "users:\n  - {sign_in_name: a, display_name: A, department: D, roles: [{rol: x}]}",
            "line 2: users[0].roles[0]: unknown entry 'rol'; did you mean 'role'?",
        ),
        (
            "users:\n  - {sign_in_name: a, display_name: A, department: D, email_address: a@b@c}",
            "users[0].email_address: this is no e-mail address",
        ),
        ("workflows:\n  - {}", "line 2: workflows[0]: give one of file and document"),
        (CALENDAR % "{mon: {09:00: 25:00}}", "hours.mon.09:00: '25:00' is no time"),
        (CALENDAR % "{mon: {09:00: 08:00}}", "ends before it begins"),
        (CALENDAR % "{mon: {09:00: 12:00, 11:00: 13:00}}", "11:00 to 13:00 overlaps"),
        (CALENDAR % "{mo: {09:00: 12:00}}", "'mo' is no day; allowed: mon, tue"),
        (CALENDAR % "{}", "no day has open times"),
        (CALENDAR % "{mon: 9}", "line 2: calendars[0].hours: Expected `object`, got `int`"),
        (
            (CALENDAR % "{mon: {09:00: 12:00}}").replace("Europe/Berlin", "Europe/Berlni"),
            "calendars[0].time_zone: there is no time zone 'Europe/Berlni'; did you mean",
        ),
        (
            "service_instances:\n  - {name: a, process_name: rooter}",
            "service_instances[0].process_name: there is no service process 'rooter'; allowed:",
        ),
        (
            "webhooks:\n  - {name: a, department: D, user: u, url: 'https://a', event_types: [x]}",
            "webhooks[0].event_types[0]: there is no event type 'x'",
        ),
    ],
)
def test_a_bad_file_is_refused_naming_line_place_and_what_is_allowed(
    document: str, said: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        read_configuration(document, "f.yaml", folder=None)
    assert said in str(refused.value)


def test_bytes_that_are_no_text_and_files_that_are_too_large_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"departments:\n  - name: \xff\n")
    with pytest.raises(RefusedError, match=r"bad.yaml line 2: not UTF-8 text: byte 0xff at 23"):
        read_configuration_file(bad)
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(21_000_000)
    with pytest.raises(RefusedError, match=r"huge.yaml is larger than 20000000 bytes"):
        read_configuration_file(huge)
    with pytest.raises(RefusedError, match="is not a file"):
        read_configuration_file(tmp_path / "none.yaml")
    with pytest.raises(RefusedError, match=r"configuration\.yaml is not a file"):
        read_configuration_file(tmp_path)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (
            "categories: [{name: A, department: Sales, parent: B},"
            " {name: B, department: Sales, parent: A}]",
            "there is no category 'A'",
        ),
        ("categories: [{name: Delivery, department: Customer care, parent: Late}]", "part of itse"),
        ("categories: [{name: X, department: Sales, parent: Late}]", "none of this one's departm"),
        ("categories: [{name: late, department: Sales}]", "there is a category 'Late' already"),
        (
            "entry_points: [{name: P, department: Sales, media: chat, queue: Orders}]",
            "queue 'Orders' is none of this entry point's department",
        ),
        (
            "users: [{sign_in_name: grace, display_name: G, department: Customer care,"
            " roles: [{role: agent, department: Sales, queues: [Orders]}]}]",
            "queue 'Orders' is none of department 'Sales'",
        ),
        (
            "users: [{sign_in_name: grace, display_name: G, department: Customer care,"
            " roles: [agent, {role: agent, department: Customer care}]}]",
            "is given twice",
        ),
        (
            "skill_groups: [{name: Orders, department: Customer care, members: []}]\n"
            "users: [{sign_in_name: grace, display_name: G, department: Customer care,"
            " skill_groups: [Orders]}]",
            "another entry says otherwise of the same; say it once",
        ),
        (
            "queues: [{name: Orders, department: Customer care, media_routing_domain: E-mail,"
            " service_level_seconds: 1, is_active: false}]\n"
            'workflows: [{document: "name: triage\\nkind: inbound\\ndepartment: Customer care\\n'
            'otherwise: Orders\\n"}]',
            "queue 'Orders' is not active",
        ),
        (
            "custom_attributes: [{object_type: case, name: a, label: A, attribute_type: choice}]",
            "a choice has at least one value",
        ),
        ("roles: [{name: r, actions: [public]}]", "'public' needs no role"),
    ],
)
def test_what_cannot_be_of_the_whole_is_refused_and_nothing_is_kept(
    housed: Any, document: str, said: str
) -> None:
    before = housed.version()
    with pytest.raises(RefusedError) as refused:
        housed.apply(document)
    assert said in str(refused.value)
    assert "f.yaml line" in str(refused.value)
    assert housed.version() == before


def test_members_of_a_skill_group_may_be_said_at_the_group(housed: Any) -> None:
    changes = housed.apply(
        "skill_groups: [{name: Shop floor, department: Sales, members: [root, GRACE]}]"
    ).changes
    assert {(change.action, change.kind, change.name) for change in changes} == {
        ("made", "skill group of user", "root: Shop floor"),
        ("made", "skill group of user", "grace: Shop floor"),
    }


def test_a_large_house_is_read_applied_and_exported_in_reasonable_time(home: Any) -> None:
    entries = "\n".join(
        f"  - {{sign_in_name: u{number}, display_name: User {number}, department: D,"
        f" skill_groups: [G{number % 10}]}}"
        for number in range(500)
    )
    groups = "\n".join(f"  - {{name: G{number}, department: D}}" for number in range(10))
    document = f"departments: [{{name: D}}]\nskill_groups:\n{groups}\nusers:\n{entries}\n"
    assert len(home.apply(document).changes) == 1 + 10 + 500 + 500
    assert home.plan(home.document()).changes == []
