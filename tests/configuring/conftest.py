"""A house that uses every kind of configuration, and homes to apply it in."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.house import House, house_of
from fixtures.workplace import NINE, Workplace
from lodge_platform.configuration import version_in_force
from lodge_platform.configuring.applying import Applied, Plan, apply, plan
from lodge_platform.configuring.exporting import as_files, as_yaml, configuration_of_rows
from lodge_platform.configuring.reading import read_configuration, read_configuration_file
from lodge_platform.configuring.registry import configuration_kinds
from lodge_platform.configuring.rows import read_rows
from lodge_platform.identity import grant_role
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.schema.master import Department
from lodge_platform.settings import Settings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)

HOUSE = """\
departments:
  - name: Customer care
  - {name: Sales, is_active: true}
media_routing_domains:
  - {name: E-mail, media: email, task_limit: 2, offer_seconds: 45, misses_allowed: 3}
  - {name: Chat, media: chat, task_limit: 3, offer_seconds: 20, misses_allowed: 2}
skill_groups:
  - {name: Orders, department: Customer care}
  - {name: Refunds, department: Customer care}
  - {name: Shop floor, department: Sales}
roles:
  - {name: agent, actions: [activity.read, activity.work, console.use]}
  - {name: administrator, actions: [user.manage, configuration.read, configuration.write]}
  - {name: "Überblick: 'alles', #1", actions: []}
queues:
  - name: Orders
    department: Customer care
    media_routing_domain: E-mail
    skill_group: Orders
    service_level_seconds: 1800
    priority: 2
  - name: Refunds
    department: Customer care
    media_routing_domain: E-mail
    skill_group: Refunds
    service_level_seconds: 3600
  - name: Exceptions
    department: Customer care
    media_routing_domain: E-mail
    is_exception: true
    service_level_seconds: 86400
  - name: Web shop
    department: Sales
    media_routing_domain: Chat
    skill_group: Shop floor
    service_level_seconds: 30
users:
  - sign_in_name: grace
    display_name: Grace Hopper
    department: Customer care
    email_address: grace@example.org
    roles: [agent, {role: agent, department: Sales, queues: [Web shop]}]
    skill_groups: [Orders, Refunds]
    password: nanoseconds
  - sign_in_name: root
    display_name: "007"
    department: Sales
    roles: [administrator, {role: administrator, department: Customer care}]
    skill_groups: []
  - {sign_in_name: gone, display_name: "no", department: Sales, is_active: false}
aliases:
  - address: Support@lodge.test
    department: Customer care
    source_kind: imap
    source_host: 127.0.0.1
    source_port: 11143
    source_encryption: none
    source_secret_name: support_imap
    folders: [INBOX, "Sales & more"]
  - {address: shop@lodge.test, department: Sales, source_kind: maildir, is_active: false}
workflows:
  - document: |
      # Kommentar mit Ümlaut, and a tab:\\there
      name: triage
      kind: inbound
      department: Customer care
      rules:
        - name: refunds
          when: {subject_contains: [refund, "money: back"]}
          queue: Refunds

      otherwise: Orders
  - document: |
      name: late/Triage?
      kind: inbound
      department: Customer care
      position: 2
      active: false
      otherwise: Orders
calendars:
  - name: Office hours
    department: Customer care
    time_zone: Europe/Berlin
    hours: {mon: {09:00: 12:30, "13:00": 17:00}, sun: {10:00: 24:00}, fri: {09:00: 15:00}}
    holidays: [2026-12-25, 2026-12-26]
    shifts: {2026-12-24: {09:00: 12:00}, 2026-12-31: {}}
    breaks: {fri: {12:00: 12:30}}
policies:
  - {name: Gold, department: Customer care, calendar: Office hours, first_response_seconds: 3600}
  - {name: Round the clock, department: Sales, resolution_seconds: 86400, is_active: false}
entry_points:
  - name: Shop page
    department: Sales
    media: chat
    queue: Web shop
    allowed_origins: ["https://shop.example.org"]
categories:
  - {name: Late, department: Customer care, parent: Delivery}
  - {name: Delivery, department: Customer care}
  - {name: "1e3", department: Sales}
resolution_codes:
  - {name: Refunded, department: Customer care}
  - {name: "null", department: Sales, is_active: false}
custom_attributes:
  - {object_type: case, name: order_number, label: Order number, attribute_type: text}
  - object_type: customer
    name: tier
    label: Tier
    attribute_type: choice
    choices: [bronze, gold]
    is_required: true
    sensitivity: personal
webhooks:
  - name: warehouse
    department: Customer care
    user: root
    url: https://hooks.example.org/in
    event_types: [case_closed]
identity_providers:
  - name: staff
    display_name: Staff account
    issuer: https://id.example.org/realm
    client_id: lodge
    client_secret_name: staff_oidc
service_instances:
  - {name: web, process_name: web, desired_state: running}
  - {name: second router, process_name: router, host_name: other, desired_state: stopped}
"""


class Home:
    """A Lodge and short ways to configure it and look at what became of it."""

    def __init__(self, lodge: Lodge) -> None:
        self.lodge = lodge

    def apply(self, document: str, *, now: datetime = NOW, **options: Any) -> Applied:
        """Apply a document."""
        read = read_configuration(document, "f.yaml", folder=None)
        return apply(self.lodge, read, by="test", now=now, **options)

    def plan(self, document: str, **options: Any) -> Plan:
        """Plan a document."""
        read = read_configuration(document, "f.yaml", folder=None)
        return plan(self.lodge, read, now=NOW, **options)

    def apply_files(self, path: Path, **options: Any) -> Applied:
        """Apply a file or folder."""
        read = read_configuration_file(path)
        return apply(self.lodge, read, by="test", now=NOW, **options)

    def said(self) -> dict[str, list[dict[str, Any]]]:
        """All of the configuration in plain values."""
        with self.lodge.stores.master.read() as master:
            return configuration_of_rows(read_rows(master, configuration_kinds()))

    def files(self) -> dict[str, str]:
        """The export, by file name."""
        return as_files(self.said())

    def document(self) -> str:
        """The export as one document."""
        return as_yaml(self.said())

    def version(self) -> int:
        """The configuration version in force."""
        with self.lodge.stores.master.read() as master:
            return version_in_force(master)

    def entry(self, plural: str, name: str, by: str = "name") -> dict[str, Any]:
        """What an export says of one row."""
        [found] = [entry for entry in self.said()[plural] if entry[by] == name]
        return found


@pytest.fixture
def open_home() -> Generator[Callable[[Settings], Home]]:
    """Opens homes, as many as a test wants; they are closed at its end."""
    with ExitStack() as stack:

        def opened(settings: Settings) -> Home:
            lodge = open_lodge(settings)
            stack.callback(lodge.close)
            return Home(lodge)

        yield opened


@pytest.fixture
def home(settings: Settings, open_home: Callable[[Settings], Home]) -> Home:
    """An empty home, on each engine."""
    return open_home(settings)


@pytest.fixture
def house() -> str:
    """A file that uses every kind."""
    return HOUSE


@pytest.fixture
def housed(home: Home) -> Home:
    """A home in which the whole file is applied."""
    home.apply(HOUSE)
    return home


@pytest.fixture
def offices(workplace: Workplace) -> House:
    """Customer care with everything registered, and another department."""
    made = house_of(workplace, None)
    made.department("Sales")
    return made


@pytest.fixture
def integrator(offices: House) -> Any:
    """A program that changes the configuration of Customer care, and no other."""
    return offices.asker("ivy", "integrator")


@pytest.fixture
def everywhere(offices: House) -> Any:
    """A program of an administrator of every department."""
    offices.person("root", "administrator")
    grant_in(offices, "root", "administrator", "Sales")
    return offices.program(offices.key("root"))


def grant_in(offices: House, name: str, role: str, department: str) -> None:
    """Grant a role in a department, by names."""
    with offices.lodge.stores.master.read() as master:
        query = select(Department.department_id).where(Department.name == department)
        department_id = master.execute(query).scalar_one()
    grant_role(
        offices.lodge,
        offices.people[name],
        role=role,
        department_id=department_id,
        by="test",
        now=NINE,
    )
